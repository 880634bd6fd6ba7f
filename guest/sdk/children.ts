/**
 * The object's children, as far as its own memory tells of them.
 */
import { list as listChildren } from 'sojourn:object/children@0.2.0';
import { callCapability } from './capability-error.ts';
import { decodeJson } from './json.ts';
import type { Json } from './json.ts';

/** `missing`: it did not come back in time; what comes back late is `returned` all the same. */
export type ChildStatus = 'running' | 'returned' | 'cancelled' | 'missing';

export interface ChildNote {
  readonly name: string;
  readonly id: string;
  readonly status: ChildStatus;
  /** Whether its intent was fulfilled; null while its end is not known. */
  readonly achieved: boolean | null;
  /** What it ended with; null while its end is not known. */
  readonly result: Json;
  /** Position of the entry that tells its status. */
  readonly seq: number;
}

/** All children, in the order in which they were made. Throws a CapabilityError: `denied`, `limit`. */
export function list(): ChildNote[] {
  return callCapability('children.list', listChildren).map((child) => ({
    name: child.name,
    id: child.id,
    status: child.status,
    achieved: child.achieved ?? null,
    result: child.result === undefined || child.result === null ? null : decodeJson(child.result),
    seq: Number(child.seq),
  }));
}
