/**
 * In which order entries may follow each other: the genesis and its blobs under the creator's seal; then signals, and cycles that each
 * have one outcome and end in a seal. One table for the check of a chain and for the fold of a state.
 */
import type { EntryKind } from './model.ts';

/** Where in the life of an object the next entry stands. */
export interface Order {
  /** `new`: the genesis has no seal yet. `between` cycles. `open`: in one. `closed`: it has its outcome and waits for its seal. */
  readonly stage: 'new' | 'between' | 'open' | 'closed';
  /** Of the last entry. */
  readonly cycle: number;
  /** Entries since the last seal. */
  readonly unsealed: number;
}

export const FIRST_ORDER: Order = { stage: 'new', cycle: 0, unsealed: 1 };

/** What should have stood where an entry stands that may not. */
export interface Misplaced {
  readonly expected: string;
}

/** The order behind an entry of this kind and cycle. */
export function nextOrder(order: Order, kind: EntryKind, cycle: number): Order | Misplaced {
  const starts = order.stage === 'between' && !STANDS_ALONE.has(kind);
  const expected = starts ? order.cycle + 1 : order.cycle;
  const stage = nextStage(order, kind);
  if (typeof stage !== 'string') return { expected: `${stage.expected}, found a ${kind} entry` };
  if (cycle !== expected) return { expected: `cycle ${expected}, found ${cycle}` };
  return { stage, cycle, unsealed: kind === 'seal' ? 0 : order.unsealed + 1 };
}

/** Kinds that come from outside of cycles: they start none, and none stands within one. */
const BETWEEN_CYCLES: ReadonlySet<EntryKind> = new Set<EntryKind>([
  'signal',
  'witness',
  'attempts',
  'checkpoint',
  'follow',
  'readmit',
]);
/** Of these, what a node may say as well that takes up a cycle that another left open. */
const TAKES_UP: ReadonlySet<EntryKind> = new Set<EntryKind>(['follow', 'readmit']);
/** Kinds that start no cycle. */
const STANDS_ALONE: ReadonlySet<EntryKind> = new Set<EntryKind>([...BETWEEN_CYCLES, 'blob', 'recover', 'seal']);

function nextStage(order: Order, kind: EntryKind): Order['stage'] | Misplaced {
  switch (order.stage) {
    case 'new':
      if (kind === 'blob') return 'new';
      return kind === 'seal' ? 'between' : { expected: 'a blob, or the seal of the genesis' };
    case 'between':
      if (kind === 'checkpoint' && order.unsealed > 0) return { expected: 'a seal right before it' };
      if (kind === 'blob' || BETWEEN_CYCLES.has(kind)) return 'between';
      if (kind !== 'seal' && kind !== 'recover') return kind === 'outcome' ? 'closed' : 'open';
      return order.unsealed > 0 ? 'between' : { expected: 'something to seal' };
    case 'open':
      if (BETWEEN_CYCLES.has(kind) && !TAKES_UP.has(kind)) return { expected: 'the end of the cycle' };
      if (kind === 'seal') return { expected: 'the outcome of the cycle' };
      return kind === 'outcome' ? 'closed' : 'open';
    case 'closed':
      if (kind === 'seal') return 'between';
      return kind === 'recover' ? 'closed' : { expected: 'the seal of the cycle' };
  }
}
