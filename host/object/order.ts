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

/** The order behind an entry of this kind and cycle, or what should have stood there instead. */
export function nextOrder(order: Order, kind: EntryKind, cycle: number): Order | string {
  const starts = order.stage === 'between' && !STANDS_ALONE.has(kind);
  const expectedCycle = starts ? order.cycle + 1 : order.cycle;
  if (cycle !== expectedCycle) return `cycle ${expectedCycle}, found ${cycle}`;
  const stage = nextStage(order, kind);
  if (!STAGES.has(stage)) return `${stage}, found a ${kind} entry`;
  return { stage: stage as Order['stage'], cycle, unsealed: kind === 'seal' ? 0 : order.unsealed + 1 };
}

const STAGES: ReadonlySet<string> = new Set<Order['stage']>(['new', 'between', 'open', 'closed']);
/** Kinds that belong to no cycle of their own. */
const STANDS_ALONE: ReadonlySet<EntryKind> = new Set<EntryKind>(['blob', 'signal', 'recover', 'seal']);

/** The next stage, or a text about what was expected. */
function nextStage(order: Order, kind: EntryKind): Order['stage'] | string {
  switch (order.stage) {
    case 'new':
      return kind === 'blob' ? 'new' : kind === 'seal' ? 'between' : 'a blob, or the seal of the genesis';
    case 'between':
      if (kind === 'blob' || kind === 'signal') return 'between';
      if (kind === 'seal' || kind === 'recover') return order.unsealed > 0 ? 'between' : 'an entry that needs a seal';
      return kind === 'outcome' ? 'closed' : 'open';
    case 'open':
      if (kind === 'signal') return 'the end of the cycle';
      if (kind === 'seal') return 'the outcome of the cycle';
      return kind === 'outcome' ? 'closed' : 'open';
    case 'closed':
      return kind === 'seal' ? 'between' : kind === 'recover' ? 'closed' : 'the seal of the cycle';
  }
}
