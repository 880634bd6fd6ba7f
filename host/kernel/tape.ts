/**
 * The tape that a cycle runs along. In a plain cycle every `take` appends. After a crash, and in a replay, the entries that are
 * there already are taken first, and each must be what this run would have written.
 */
import type { Entry, EntryBody, EntryKind, EntryOf } from '../object/model.ts';
import { applyEntry } from '../object/fold.ts';
import type { State } from '../object/state.ts';
import { createCovers } from './cover.ts';
import { Divergence } from './divergence.ts';
import type { Readers, Tape, TakeOptions, Taken } from './ports.ts';

/** An entry with the SHA-256 of its stored bytes. */
export interface Stored {
  readonly entry: Entry;
  readonly hash: Uint8Array;
}

/** What a node says that takes up a cycle which another left open. */
const OF_HOLDER: ReadonlySet<EntryKind> = new Set<EntryKind>(['recover', 'follow', 'readmit']);

export interface TapeInputs {
  /** State before the first entry of the tape. */
  readonly state: State;
  readonly recorded: readonly Stored[];
  /** Appends behind `state`; null for a replay, where nothing may be added. */
  readonly append: ((state: State, body: EntryBody, sync: boolean, readers: Readers | null) => Promise<Stored>) | null;
}

export function createTape(inputs: TapeInputs): Tape {
  const { append, recorded } = inputs;
  const covers = createCovers();
  let state = inputs.state;
  let next = 0;

  /** The next recorded entry. What tells of the holder, and not of what the handler did, is passed over. */
  function upcoming(): Stored | undefined {
    for (
      let stored = recorded[next];
      stored !== undefined && OF_HOLDER.has(stored.entry.kind);
      stored = recorded[++next]
    ) {
      state = applyEntry(state, stored.entry, stored.hash);
    }
    return recorded[next];
  }

  async function take<K extends EntryKind>(
    kind: K,
    make: () => EntryOf<K>['body'],
    options: TakeOptions<K> = {},
  ): Promise<Taken<K>> {
    const stored = upcoming();
    if (stored !== undefined) {
      const entry = expectEntry(stored.entry, kind, options);
      if (append !== null) noteRecorded(stored.entry, options.readers);
      next++;
      state = applyEntry(state, stored.entry, stored.hash);
      return { entry, recorded: true };
    }
    if (append === null)
      throw new Divergence(state.seq + 1, `expected no ${kind} entry, for the record ends the cycle before it`);
    // kind and body belong together by the signature of take
    const entry = { kind, body: make() } as EntryBody;
    const readers = covers.readersOf(entry, options.readers?.());
    const written = await append(state, entry, options.sync === true, readers);
    covers.note(written.entry, readers);
    state = applyEntry(state, written.entry, written.hash);
    return { entry: written.entry as EntryOf<K>, recorded: false };
  }

  /** What follows from a confidential entry is confidential, too: who can't say to whom can't go on with it. */
  function noteRecorded(entry: Entry, own: (() => Readers | null) | undefined): void {
    const readers = covers.readersOf(entry, own?.());
    if (entry.cover !== undefined && readers === null)
      throw new Divergence(entry.seq, 'it is confidential, and no policy of this node says whom its result is for');
    covers.note(entry, readers);
  }

  function skip(): void {
    for (const stored of recorded.slice(next)) state = applyEntry(state, stored.entry, stored.hash);
    next = recorded.length;
  }

  return {
    live: append !== null,
    take,
    cover: (readers) => covers.setAction(readers),
    skip,
    peek: () => upcoming()?.entry ?? null,
    get state() {
      return state;
    },
    get seq() {
      return state.seq;
    },
  };
}

function expectEntry<K extends EntryKind>(entry: Entry, kind: K, options: TakeOptions<K>): EntryOf<K> {
  if (entry.kind !== kind) throw new Divergence(entry.seq, `expected a ${kind} entry, found ${entry.kind}`);
  // the line above makes it one
  const found = entry as EntryOf<K>;
  if (options.check !== undefined && !options.check(found.body)) {
    throw new Divergence(entry.seq, `expected the ${kind} that this run gives, found another one`);
  }
  return found;
}
