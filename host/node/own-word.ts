/**
 * What a node says in its own name before it goes on with an object: that it lets it in though it is quarantined, that it follows this
 * branch. Between cycles under a seal of its own; in a cycle that was left open, behind the recover entry.
 */
import { applyEntry } from '../object/fold.ts';
import type { Entry, EntryBody } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Hash } from '../ports.ts';
import type { Stored } from '../kernel/tape.ts';

export type OwnWord = Extract<EntryBody, { readonly kind: 'follow' | 'readmit' }>;

interface Stamp {
  readonly cycle: number;
  readonly policy: Uint8Array | null;
}

/** What a session has for it. */
interface Pen {
  readonly state: State;
  append(state: State, body: EntryBody, stamp: Stamp, sync: boolean): Promise<Stored>;
  seal(state: State, stamp: Stamp): Promise<Uint8Array>;
}

export interface SayInputs {
  readonly session: Pen;
  readonly hash: Hash;
  readonly onEntry: (entry: Entry) => void;
}

/** Appends and seals, durably. `policy` is the digest of the set that decided, where one did. Does nothing where there is nothing to say. */
export async function sayBetween(
  { session, hash, onEntry }: SayInputs,
  words: readonly OwnWord[],
  policy: Uint8Array | null = null,
): Promise<void> {
  if (words.length === 0) return;
  const stamp: Stamp = { cycle: session.state.cycle, policy };
  let state = session.state;
  for (const word of words) {
    const stored = await session.append(state, word, stamp, false);
    onEntry(stored.entry);
    state = applyEntry(state, stored.entry, stored.hash, hash);
  }
  await session.seal(state, stamp);
}

/** Takes up what was left: the recover entry and what else there is to say, behind `last`. They are sealed with the cycle. */
export async function sayWithin(
  { session, onEntry }: Omit<SayInputs, 'hash'>,
  words: readonly EntryBody[],
  last: Stored,
  stamp: Stamp,
): Promise<readonly Stored[]> {
  const said: Stored[] = [];
  for (const word of words) {
    const before = said.at(-1) ?? last;
    const behind: State = { ...session.state, seq: before.entry.seq, head: before.hash };
    const stored = await session.append(behind, word, stamp, false);
    onEntry(stored.entry);
    said.push(stored);
  }
  return said;
}
