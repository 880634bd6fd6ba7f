/**
 * One object held open for appending: the lock, the state at the last seal, what a crash left behind it, and a buffer that is
 * written before anything leaves the node and at every seal.
 */
import { SojournError } from '../errors.ts';
import { addAttempt, isSealedAt } from '../kernel/attempts.ts';
import type { Readers } from '../kernel/ports.ts';
import type { Stored } from '../kernel/tape.ts';
import type { Limits } from '../limits.ts';
import { itemHash } from '../object/chain-bytes.ts';
import { equalBytes } from '../object/codec.ts';
import { createOpener } from '../object/confidential.ts';
import type { Sealing } from '../object/confidential.ts';
import { applyEntry } from '../object/fold.ts';
import { decodeEntry, encodeEntry } from '../object/entry.ts';
import type { AttemptsBody, Entry, EntryBody, EntryOf } from '../object/model.ts';
import { createSeal, encodeReceipt, nodeIdOf } from '../object/seal.ts';
import { nextTrust, TRUST_START } from '../object/trust.ts';
import type { State } from '../object/state.ts';
import type { ObjectFile } from '../ports.ts';
import type { ItemPlace } from '../object/item-index.ts';
import type { Frontier } from '../object/merkle.ts';
import type { Carried } from '../object/walk.ts';
import { AppendBuffer } from './append-buffer.ts';
import type { MergedTail } from './merged-tail.ts';
import type { OwnWord } from './own-word.ts';
import type { Known } from './residents.ts';
import { readBlob, readEntries } from './read-entries.ts';
import type { EntrySource } from './read-entries.ts';
import type { HostPorts } from './host-ports.ts';

export interface Session {
  /** The object's name in the store. */
  readonly name: string;
  /** State at the last seal, and behind the merged attempts that no seal covers yet. */
  readonly state: State;
  /** Entries of a cycle that was left in a crash after something may have left the node; empty otherwise. */
  readonly tail: readonly Stored[];
  /** What has to be said behind the recover entry of a cycle that was left open: which branch is followed. */
  readonly words: readonly OwnWord[];
  /** Appends behind `state`; with `readers`, confidential to them and to this node. Errors: `object.limit` for too many of them. */
  append(state: State, body: EntryBody, stamp: Stamp, sync: boolean, readers?: Readers | null): Promise<Stored>;
  /** Seals everything up to `state`, durably. Gives the receipt. */
  seal(state: State, stamp: Stamp): Promise<Uint8Array>;
  /** From here on nothing is written before the next seal, whatever is to be durable: for a cycle that may be given up by `drop`. */
  hold(): void;
  /** Forgets what was appended since `hold`. */
  drop(): void;
  /** Adds an attempt to the merged ones behind the last seal, durably, and seals them when it is time. */
  merge(one: AttemptsBody, stamp: Stamp): Promise<Merged>;
  /** Entries from `start` to `end`, both included. */
  entries(start: number, end: number): AsyncGenerator<Entry>;
  /** An embedded blob by its digest (hexadecimal); null where there is none. */
  blob(digest: string): Promise<Uint8Array | null>;
  /** Whether `blob` gives one. */
  hasBlob(digest: string): boolean;
  /** The checkpoint that the object begins with; null for a whole one. */
  readonly carried: Carried | null;
  /** The tree of all items up to the last seal, as it was when the session began, or up to an earlier one. */
  readonly frontier: Frontier;
  /** Bodies that are confidential, as of then. */
  readonly confidential: number;
  /** Policy of the last entry that no seal covers: its seal has the same. */
  readonly policy: Uint8Array | null;
  /** Bytes stored. */
  readonly length: number;
  /** Stored bytes from an offset on; the place of an item, or of one before it. */
  read(offset: number): AsyncIterable<Uint8Array>;
  find(seq: number): ItemPlace | null;
  /** Puts another form of the object in its place. The session is of no more use then. */
  replace(content: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Where nothing stands behind the last seal, what is known of the object is kept for whoever opens it next in this process, if the store
   * can tell versions apart; with `keep` false, it is not.
   */
  close(keep?: boolean): Promise<void>;
}

export interface Merged {
  readonly entry: EntryOf<'attempts'>;
  /** Null where they stand unsealed. */
  readonly receipt: Uint8Array | null;
}

/** What the entry's header says beside its place in the chain. */
export interface Stamp {
  readonly cycle: number;
  readonly policy: Uint8Array | null;
}

export interface Start {
  readonly known: Known;
  readonly split: MergedTail;
  /** Byte offset behind the seal or the merged attempts before the last ones. */
  readonly mergedAt: number;
  readonly tail: readonly Stored[];
  readonly words: readonly OwnWord[];
}

/** Goes on behind what is stored. */
export async function createSession(
  name: string,
  file: ObjectFile,
  ports: HostPorts,
  limits: Limits,
  start: Start,
): Promise<Session> {
  const { known, split, tail, words, mergedAt } = start;
  const { index, blobs } = known;
  const open = createOpener(known.sealed.id, ports.reader ?? null);
  const node = nodeIdOf(ports.signer?.publicKey ?? null, ports.hash);
  let [sealed, current] = [known.sealed, split.state];
  /** Byte offset behind the last seal; null where something stands behind it that this session did not put there. */
  let sealedEnd = split.merged.length + tail.length > 0 ? null : file.length;
  /** The attempts at the end that one with a higher count may take the place of. */
  let merged = split.open === null ? null : { ...split.open, at: mergedAt };
  let lastPolicy = split.merged.at(-1)?.entry.policy ?? null;
  const buffer = new AppendBuffer(file, index);

  const append: Session['append'] = async (state, body, stamp, sync, readers = null) => {
    const entry: Entry = { seq: state.seq + 1, prev: state.head, time: ports.clock.now(), node, ...stamp, ...body };
    const bytes = encodeEntry(entry, limits.object, readers === null ? null : sealingFor(state.id, readers, ports));
    buffer.add(entry.seq, bytes, readers !== null);
    lastPolicy = stamp.policy;
    if (sync) await buffer.flush(true);
    // as a later reader will see it: keys in the order of the stored bytes, for one
    return { entry: decodeEntry(bytes, limits.object, 0, open), hash: itemHash(bytes, ports.hash) };
  };

  async function seal(state: State, stamp: Stamp): Promise<Uint8Array> {
    const { id, head } = state;
    const header = { seq: state.seq + 1, time: ports.clock.now(), node };
    const trust = trustAfter(sealed, state);
    const body = createSeal({ id, head, ...header, cycle: stamp.cycle, trust }, ports.signer);
    const entry: Entry = { ...header, prev: head, ...stamp, kind: 'seal', body };
    const bytes = encodeEntry(entry, limits.object);
    buffer.add(entry.seq, bytes);
    buffer.release();
    const next = applyEntry(state, entry, ports.hash(bytes));
    await buffer.flush(true, ports.note?.(next, buffer.end));
    sealed = next;
    [current, merged, sealedEnd] = [sealed, null, file.length];
    return encodeReceipt(body);
  }

  async function merge(one: AttemptsBody, stamp: Stamp): Promise<Merged> {
    const before = merged?.before ?? current;
    const body = addAttempt(merged?.entry.body ?? null, one);
    if (merged !== null) {
      index.cut(before.seq);
      await file.truncate(merged.at);
    }
    const at = buffer.end;
    const { entry, hash } = await append(before, { kind: 'attempts', body }, stamp, false);
    if (entry.kind !== 'attempts') throw new SojournError('internal', 'expected the entry that was appended');
    current = applyEntry(before, entry, hash);
    await buffer.flush(true, ports.note?.(current, buffer.end));
    merged = { entry, before, at };
    const sealing = isSealedAt(current.pending?.merged ?? 0);
    return { entry, receipt: sealing ? await seal(current, stamp) : null };
  }

  /** Goes on behind the merged attempts of another node: says so, when anything is written at all. */
  async function takeOver(lost: Uint8Array): Promise<void> {
    const body: EntryBody = { kind: 'recover', body: { lost, from: sealed.seq + 1 } };
    const { entry, hash } = await append(current, body, { cycle: current.cycle, policy: null }, false);
    current = applyEntry(current, entry, hash);
  }

  const source: EntrySource = { read: (offset) => file.read(offset), index, blobs, limits: limits.object, open };

  async function* entries(first: number, last: number): AsyncGenerator<Entry> {
    await buffer.flush(false);
    yield* readEntries(source, first, last);
  }

  async function close(keep: boolean): Promise<void> {
    // nothing stands behind the last seal, in the file or on its way there
    const clean = sealedEnd === file.length && buffer.isSettled;
    const confidential = known.confidential + buffer.confidential;
    if (keep && clean) ports.residents?.keep(name, file, { ...known, sealed, confidential });
    await file.close();
  }

  if (split.lost !== null && tail.length === 0) await takeOver(split.lost);
  return {
    name,
    tail,
    words,
    append,
    seal,
    hold: () => buffer.hold(current.seq),
    drop: () => buffer.drop(),
    merge,
    entries,
    blob: (digest) => readBlob(source, digest),
    ...storedParts(file, known),
    replace(content) {
      sealedEnd = null;
      return file.replace(content);
    },
    close: (keep = true) => close(keep),
    get length() {
      return file.length;
    },
    get policy() {
      return lastPolicy;
    },
    get state() {
      return current;
    },
  };
}

/** What a session gives of the file as it is stored. */
function storedParts(
  file: ObjectFile,
  { carried, frontier, confidential, index, blobs }: Known,
): Pick<Session, 'carried' | 'frontier' | 'confidential' | 'hasBlob' | 'read' | 'find'> {
  return {
    carried,
    frontier,
    confidential,
    hasBlob: (digest) => blobs.has(digest),
    read: (offset) => file.read(offset),
    find: (seq) => index.find(seq),
  };
}

/** The node itself is always among the readers: it has to go on with the object. */
function sealingFor(id: Uint8Array, readers: Readers, { reader, random, createReaderKey }: HostPorts): Sealing {
  if (reader === null || reader === undefined)
    throw new SojournError(
      'object.confidential',
      'expected a key to read confidential entries with, found none: give this node one',
    );
  const others = readers.filter((key) => !equalBytes(key, reader.publicKey));
  return {
    id,
    readers: [reader.publicKey, ...others],
    random: (length) => random.bytes(length),
    ...(createReaderKey === undefined ? {} : { createKey: createReaderKey }),
  };
}

/** The slope for the seal that follows: unchanged where no cycle ended since the last one. */
export function trustAfter(sealed: State | null, state: State): number {
  if (sealed === null) return TRUST_START;
  const { last } = state;
  return last === null || last.seq === sealed.last?.seq ? sealed.trust : nextTrust(sealed.trust, last.body);
}
