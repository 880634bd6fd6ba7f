/**
 * What an object knows of its children, and what their ends do to it: the result is there, and what a child did not use of its budgets
 * comes back, once (R54).
 */
import { countOf } from './charges.ts';
import type { BudgetName, Budgets } from './model.ts';
import type { Spent } from './state.ts';
import type { Value } from '../value.ts';

export const CHILD_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** `missing`: it did not come back in time. What comes back late is `returned` all the same. */
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
  readonly achieved: boolean;
  readonly result: Value;
  /** Of its carved budgets, what came back. */
  readonly back: Budgets;
  /** It came after the child was missing. */
  readonly late: boolean;
}

const NAMES: readonly BudgetName[] = ['fuel', 'calls', 'bytes', 'cycles'];

/** What is left of carved budgets: never more than was carved, and nothing where it is not known what was spent. */
export function unusedOf(carved: Budgets, spent: Budgets | null): Budgets {
  if (spent === null) return {};
  const back: { [name in BudgetName]?: number } = {};
  for (const name of NAMES) {
    const [given, used] = [carved[name], spent[name]];
    if (given !== undefined && used !== undefined) back[name] = Math.max(0, given - used);
  }
  const { counters = {} } = carved;
  const unused = Object.keys(counters).map((name) => {
    return [name, Math.max(0, countOf(counters, name) - countOf(spent.counters ?? {}, name))] as const;
  });
  return unused.length === 0 ? back : { ...back, counters: Object.fromEntries(unused) };
}

/** What is spent when this much comes back. */
export function giveBack(spent: Spent, back: Budgets): Spent {
  const counters = Object.entries(back.counters ?? {}).map(([name, amount]) => {
    return [name, Math.max(0, countOf(spent.counters, name) - amount)] as const;
  });
  return {
    fuel: Math.max(0, spent.fuel - (back.fuel ?? 0)),
    calls: Math.max(0, spent.calls - (back.calls ?? 0)),
    bytes: Math.max(0, spent.bytes - (back.bytes ?? 0)),
    cycles: Math.max(0, spent.cycles - (back.cycles ?? 0)),
    counters: { ...spent.counters, ...Object.fromEntries(counters) },
  };
}
