/**
 * Makes the notes of one node: what it adds to an object's own state is what the node is, and what it means to do with the object.
 */
import { fromHex } from '../../json.ts';
import type { Facets } from '../../kernel/facets.ts';
import { parentsWord } from '../../object/lineage.ts';
import type { Genesis } from '../../object/model.ts';
import type { State } from '../../object/state.ts';
import type { Clock, Hash } from '../../ports.ts';
import { hex } from '../../json.ts';
import { FLAGS, encodeNote, newNote, noteOf } from './note.ts';
import type { Note, NoteFacts } from './note.ts';
import type { WakeIndex } from './wake-index.ts';

export interface NotesInputs {
  readonly index: WakeIndex;
  readonly facets: Facets;
  readonly clock: Clock;
  readonly hash: Hash;
  /** Node id, hexadecimal. */
  readonly node: string;
}

export interface Notes {
  /** What the facets of this node come to, as notes hold it. */
  readonly fingerprint: Uint8Array;
  of(state: State, length: number): Note;
  ofNew(genesis: Genesis, seq: number, length: number, made: { readonly held: boolean; readonly keyed: boolean }): Note;
  /** For the store, at a seal; undefined amid a run, where the one before says that there is more to do. */
  atSeal(state: State, length: number): Uint8Array | undefined;
  /** Of a sleeper: whether there is a reason to look at it now. */
  isAwake(state: State): boolean;
}

export function createNotes({ index, facets, clock, hash, node }: NotesInputs): Notes {
  const fingerprint = hash(new TextEncoder().encode(Object.values(facets).join('\n'))).slice(0, 8);
  const own = fromHex(node) ?? new Uint8Array(16);

  function facts(held: boolean, keyed: boolean): NoteFacts {
    return { facets, fingerprint, node: own, now: clock.now(), held, keyed };
  }

  /** What was made for a seal is what the index is told behind it. */
  const made = new WeakMap<State, Note>();

  function of(state: State, length: number): Note {
    const known = made.get(state);
    if (known?.length === length) return known;
    const flags = index.flagsOf(index.find(hex(state.id)));
    return noteOf(state, length, facts((flags & FLAGS.held) !== 0, (flags & FLAGS.keyed) !== 0));
  }

  return {
    fingerprint,
    of,
    ofNew: (genesis, seq, length, { held, keyed }) => newNote(genesis, seq, length, facts(held, keyed)),
    atSeal(state, length) {
      const goesOn = state.status === 'active' && state.last !== null && state.last.body.action !== null;
      // a note that ends before what is stored says by itself that a cycle is open
      if (goesOn && state.last?.seq === state.seq - 1) return undefined;
      const note = of(state, length);
      made.set(state, note);
      return encodeNote(note);
    },
    isAwake(state) {
      const { wakesAt, flags } = of(state, 0);
      return (flags & FLAGS.ready) !== 0 || parentsWord(state) !== null || (wakesAt !== null && wakesAt <= clock.now());
    },
  };
}
