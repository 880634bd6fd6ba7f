/**
 * Merged attempts that stand behind the last seal: the one part of an object that may be there unsealed without a crash. They belong to
 * what the object is, and the last entry of them is replaced while no seal covers it.
 */
import type { Stored } from '../kernel/tape.ts';
import { applyEntry } from '../object/fold.ts';
import type { EntryOf } from '../object/model.ts';
import type { State } from '../object/state.ts';
import { equalBytes } from '../object/codec.ts';

export interface MergedTail {
  /** State behind them. */
  readonly state: State;
  readonly merged: readonly Stored[];
  /** What follows them: the beginning of a cycle, left in a crash. */
  readonly rest: readonly Stored[];
  /** The last of them where it is this node's own: one with a higher count may take its place, behind this state. */
  readonly open: { readonly entry: EntryOf<'attempts'>; readonly before: State } | null;
  /** Node of the last of them where it is another one: whoever goes on says so first. Null where nobody else's stand there. */
  readonly lost: Uint8Array | null;
}

/** `tail`: what stands behind the last seal, at which the state was `sealed`. */
export function splitTail(sealed: State, tail: readonly Stored[], node: Uint8Array): MergedTail {
  const end = tail.findIndex(({ entry }) => entry.kind !== 'attempts' && entry.kind !== 'recover');
  const leading = end < 0 ? tail : tail.slice(0, end);
  const count = leading.findLastIndex(({ entry }) => entry.kind === 'attempts') + 1;
  const merged = tail.slice(0, count);
  const rest = tail.slice(count);
  let before = sealed;
  let state = sealed;
  for (const { entry, hash } of merged) {
    before = state;
    state = applyEntry(state, entry, hash);
  }
  const last = merged.at(-1)?.entry;
  if (last?.kind !== 'attempts') return { state, merged, rest, open: null, lost: null };
  const own = equalBytes(last.node, node);
  return { state, merged, rest, open: own ? { entry: last, before } : null, lost: own ? null : last.node };
}
