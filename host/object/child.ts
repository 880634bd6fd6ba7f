/** What an object knows of one of its children. */
import type { Budgets } from './terms.ts';
import type { Value } from '../value.ts';

export const CHILD_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * `missing`: it did not come back in time; what comes back late is `returned` all the same. `cancelled`: it was given up, and has not
 * ended since, or has ended for that.
 */
export type ChildStatus = 'running' | 'returned' | 'cancelled' | 'missing';

export interface Child {
  /** `seq` of its `child` entry. */
  readonly seq: number;
  /** Hexadecimal. */
  readonly id: string;
  readonly status: ChildStatus;
  /** `seq` of the entry that tells the status. */
  readonly told: number;
  /** Budgets that were carved for it. */
  readonly carved: Budgets;
  readonly end: ChildEnd | null;
}

export interface ChildEnd {
  /** `seq` of the witness that told of it. */
  readonly seq: number;
  readonly achieved: boolean;
  readonly result: Value;
  /** Of its carved budgets, what came back. */
  readonly back: Budgets;
  /** It came after the child was missing. */
  readonly late: boolean;
}
