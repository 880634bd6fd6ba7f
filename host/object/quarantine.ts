/**
 * Quarantine (R56, docs/trust.md): an object whose trust is badly broken is not taken over by another node than the one that ended its
 * last cycle, unless that node readmits it. Follows from the entries alone, so anyone sees whether a node kept to it.
 */
import { compareBytes } from './codec.ts';
import { findLargeBreak } from './trust.ts';
import type { LargeBreak } from './trust.ts';
import type { State } from './state.ts';

/** An object that is handed over with a large break. */
export interface Quarantine extends LargeBreak {
  /** The node that ended its last cycle. */
  readonly from: Uint8Array;
}

/** What any other node than that of its last cycle would meet; null where nothing would hold the object up. */
export function quarantineOf(state: State): Quarantine | null {
  if (state.last === null || state.status === 'terminated') return null;
  const found = findLargeBreak(state.trust, state.continuity);
  return found === null ? null : { ...found, from: state.last.node };
}

/** What this node meets; null where it is no hand-over, or the object was let in already. */
export function quarantineAt(state: State, node: Uint8Array): Quarantine | null {
  if (state.last === null || compareBytes(state.last.node, node) === 0) return null;
  const letIn = state.readmitted !== null && compareBytes(state.readmitted, node) === 0;
  return letIn ? null : quarantineOf(state);
}
