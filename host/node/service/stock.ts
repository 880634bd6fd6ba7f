/**
 * What objects and handlers a node has: found in the store when they are asked for, taken into the index from their notes or from
 * themselves, and all of them once at the start.
 */
import { setImmediate } from 'node:timers/promises';
import { SojournError } from '../../errors.ts';
import { hex } from '../../json.ts';
import { equalBytes } from '../../object/codec.ts';
import { decodeGenesis, isBadObject } from '../../object/genesis.ts';
import { readItems } from '../../object/items.ts';
import type { Limits } from '../../limits.ts';
import type { State } from '../../object/state.ts';
import type { Listed, Mark, NodeStore, Store } from '../../ports.ts';
import type { HostPorts } from '../host-ports.ts';
import { readOther } from '../read-other.ts';
import type { NodeLog } from './node.ts';
import { FLAGS, decodeNote, encodeNote } from './note.ts';
import type { Note } from './note.ts';
import type { Notes } from './notes.ts';
import type { WakeIndex } from './wake-index.ts';
import { whole } from './whole.ts';

export interface StockInputs {
  readonly store: NodeStore;
  readonly ports: Pick<HostPorts, 'hash' | 'verify' | 'reader'>;
  readonly limits: Limits;
  readonly index: WakeIndex;
  readonly notes: Notes;
  readonly log: NodeLog;
  /** Told of each object that is taken over. */
  readonly onTaken: (taken: Taken) => void;
}

export interface Stock {
  /** Slot of an object that is here. Errors: `store.missing`. */
  expect(id: string): Promise<number>;
  /** Takes over what the store says of an object. */
  take(listed: Listed): Promise<number>;
  /** Of objects that were taken over at the start and went on behind their notes, those that the index has not caught up with. */
  isBehind(slot: number): boolean;
  /** Reads such an object, so that its line is true. */
  catchUp(slot: number): Promise<void>;
  /** All that the store has and the index does not. */
  takeAll(abort: AbortSignal): Promise<void>;
}

export interface Taken {
  readonly slot: number;
  /** More is stored than its note knows of: a cycle was left open, or is under way elsewhere. */
  readonly unfinished: boolean;
  /** It waits for a change of the node, and the node is not as it was. */
  readonly changed: boolean;
  /** Who wrote the note. */
  readonly node: Uint8Array;
}

const RESTS = 'rests: its last cycle carried nothing out';
const OBJECT_ID = /^[0-9a-f]{64}$/;
/** How long objects are taken over before others have their turn. */
const SLICE_MS = 8;

export function createStock({ store, ports, limits, index, notes, log, onTaken }: StockInputs): Stock {
  const reading = { ...ports, store };
  /** Slots whose notes end before what is stored, with the entry that the notes tell of. */
  const behind = new Map<number, number>();

  /** From the object itself. */
  async function read(listed: Listed): Promise<Note | null> {
    try {
      const { name, standing } = await readOther(listed.name, reading, limits);
      await expectNamed({ name, state: standing });
      const note = notes.of(standing, listed.length);
      // it does not say itself whether its nonce is of an idempotency key
      return { ...note, flags: note.flags | FLAGS.keyed };
    } catch (error) {
      if (!isUnusable(error)) throw error;
      index.setAside(listed.name, error.message);
      log.warn({ object: listed.name, reason: error.message }, 'object set aside');
      return null;
    }
  }

  /** With `known`, one that came into the index meanwhile is left as it is there. */
  async function take(listed: Listed, known = false): Promise<number> {
    const stored = listed.note === null ? null : decodeNote(listed.note);
    const note = stored !== null && stored.length <= listed.length ? stored : await read(listed);
    const there = index.find(listed.name);
    if (note === null || (known && index.isHere(there))) return there;
    const slot = index.apply(listed.name, note, listed.mark);
    index.setBytes(slot, listed.length);
    if ((note.flags & FLAGS.resting) !== 0) index.setReason(slot, RESTS);
    const changed = (note.flags & FLAGS.context) !== 0 && !equalBytes(note.facets, notes.fingerprint);
    const ours = listed.mark === null;
    if (known && note.length < listed.length) behind.set(slot, note.seq);
    onTaken({ slot, unfinished: ours && note.length < listed.length, changed: ours && changed, node: note.node });
    return slot;
  }

  return {
    take,
    isBehind: (slot) => behind.get(slot) === index.seqOf(slot),
    async catchUp(slot) {
      const listed = await store.find(index.idOf(slot));
      const note = listed === null ? null : await read(listed);
      // a turn may have brought the index there, or further
      if (listed !== null && note !== null && behind.get(slot) === index.seqOf(slot))
        applyLate(index, { slot, name: listed.name, note, mark: listed.mark });
      behind.delete(slot);
    },
    async expect(id) {
      const slot = index.find(id);
      if (index.isHere(slot)) return slot;
      const listed = OBJECT_ID.test(id) ? await store.find(id) : null;
      if (listed === null)
        throw new SojournError('store.missing', `object ${id}: expected it here, found none of that id`);
      return take(listed, true);
    },
    async takeAll(abort) {
      let since = Date.now();
      for await (const listed of store.list()) {
        if (abort.aborted) return;
        if (index.isHere(index.find(listed.name))) continue;
        await take(listed, true);
        if (Date.now() - since < SLICE_MS) continue;
        await setImmediate();
        since = Date.now();
      }
    },
  };
}

export interface Late {
  readonly slot: number;
  readonly name: string;
  readonly note: Note;
  readonly mark: Mark | null;
}

/** Brings the index to where an object is by now. What stood still there goes on standing still until somebody asks for more. */
export function applyLate(index: WakeIndex, { slot, name, note, mark }: Late): void {
  const stood = (index.flagsOf(slot) & (FLAGS.held | FLAGS.resting)) !== 0;
  const reason = index.reasonOf(slot);
  const rests = (note.flags & FLAGS.resting) !== 0;
  index.apply(name, note, mark);
  if (note.status !== 'active') return;
  if (stood && !rests) index.setFlag(slot, FLAGS.held, true);
  index.setReason(slot, rests ? RESTS : reason === RESTS ? null : reason);
}

/** A copy under another name would be gone on with beside the object itself. Errors: `object.malformed`, after `undo`. */
export async function expectNamed(
  { name, state }: { readonly name: string; readonly state: Pick<State, 'id'> },
  undo: () => Promise<void> = async () => {},
): Promise<void> {
  const id = hex(state.id);
  if (id === name) return;
  await undo();
  throw new SojournError('object.malformed', `object ${name}: expected the object of that id, found object ${id}`);
}

/** What is wrong with one object, or closed to this node, and no failure of the store. */
export function isUnusable(error: unknown): error is SojournError {
  return isBadObject(error) || (error instanceof SojournError && error.code === 'object.confidential');
}

/** The store as a host sees it: what it makes by itself, its children, gets a note, and the node is told. */
export function storeWithNotes(
  store: NodeStore,
  { notes, limits }: Pick<StockInputs, 'notes' | 'limits'>,
  onChild: (id: string, note: Note) => void,
): Store {
  return {
    open: (name) => store.open(name),
    read: (name, offset) => store.read(name, offset),
    async create(name, content) {
      if (!(content instanceof Uint8Array)) return store.create(name, content);
      const note = await noteOfChild(content);
      await store.create(name, content, encodeNote(note));
      onChild(name, note);
    },
  };

  async function noteOfChild(bytes: Uint8Array): Promise<Note> {
    let seq = 0;
    let first: Uint8Array = new Uint8Array(0);
    for await (const item of readItems(whole(bytes), limits.object)) {
      if (item.seq === 0) first = item.bytes;
      seq = item.seq;
    }
    return notes.ofNew(decodeGenesis(first, limits.object), seq, bytes.length, { held: false, keyed: false });
  }
}
