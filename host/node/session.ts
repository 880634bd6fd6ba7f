/**
 * One object held open for appending: the lock, the state at the last seal, what a crash left behind it, and a buffer that is
 * written before anything leaves the node and at every seal.
 */
import { SojournError } from '../errors.ts';
import { addAttempt, isSealedAt } from '../kernel/attempts.ts';
import { operationSpec } from '../kernel/operations.ts';
import { allows } from '../kernel/performed.ts';
import type { Readers } from '../kernel/ports.ts';
import type { Stored } from '../kernel/tape.ts';
import type { Limits } from '../limits.ts';
import { itemHash } from '../object/chain-bytes.ts';
import { equalBytes } from '../object/codec.ts';
import { createOpener } from '../object/confidential.ts';
import type { Sealing } from '../object/confidential.ts';
import { applyEntry } from '../object/fold.ts';
import { decodeEntry, encodeEntry } from '../object/entry.ts';
import { isBadObject } from '../object/genesis.ts';
import type { Parting } from '../object/heads.ts';
import type { AttemptsBody, Entry, EntryBody, EntryKind, EntryOf, SealStatement } from '../object/model.ts';
import { createSeal, encodeReceipt, nodeIdOf } from '../object/seal.ts';
import { nextTrust, TRUST_START } from '../object/trust.ts';
import type { State } from '../object/state.ts';
import { findTail } from '../object/tail.ts';
import type { ObjectFile } from '../ports.ts';
import type { ItemPlace } from '../object/item-index.ts';
import type { Frontier } from '../object/merkle.ts';
import type { Carried } from '../object/walk.ts';
import { expectAccepted } from './carried.ts';
import { AppendBuffer } from './append-buffer.ts';
import { decideBranch } from './branch.ts';
import type { Branching } from './branch.ts';
import { expectOpen } from './census.ts';
import { expectSound, loadObject } from './load.ts';
import type { Loaded } from './load.ts';
import { splitTail } from './merged-tail.ts';
import type { MergedTail } from './merged-tail.ts';
import { sayBetween } from './own-word.ts';
import type { OwnWord } from './own-word.ts';
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
  /** The checkpoint that the object begins with; null for a whole one. */
  readonly carried: Carried | null;
  /** The tree of all items up to the last seal, as it was when the session began. */
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
  close(): Promise<void>;
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

/**
 * Takes the lock, verifies all, and cuts off what no seal covers and no effect stands behind. `accepted` are nodes (ids) whose
 * checkpoints this one takes the word of. Which branch is followed is recorded at once where it has to be. Errors: `store.*`,
 * `object.*`, those of `decideBranch`.
 */
export async function openSession(
  name: string,
  ports: HostPorts,
  limits: Limits,
  accepted: readonly string[] = [],
  branching: Branching = {},
): Promise<Session> {
  const file = await ports.store.open(name);
  try {
    return await startSession(name, file, ports, limits, accepted, branching);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function startSession(
  name: string,
  file: ObjectFile,
  ports: HostPorts,
  limits: Limits,
  accepted: readonly string[],
  branching: Branching,
): Promise<Session> {
  const end = await findTail(file.read(0), limits.object).catch(async (error: unknown) => {
    if (!isBadObject(error)) throw error;
    // no crash did this: the first entry that does not hold may stand before the place where the bytes stop making sense
    expectSound(await loadObject(file.read(0), { ports, limits }), name);
    throw new SojournError(error.code, `${name}: ${error.message}`, { details: error.details, cause: error });
  });
  // a crash tears what stands behind a seal; a file without any was never finished, or is part of a copy: nothing to mend
  const torn = end.torn && end.sealEnd > 0;
  const source = torn ? readTo(file, end.completeEnd) : file.read(0);
  const partings: Parting[] = [];
  const receipts = [...(branching.heads ?? []), ...(branching.known ?? [])];
  const onParting = (parting: Parting): number => partings.push(parting);
  const loaded = expectSound(await loadObject(source, { ports, limits, receipts, onParting }), name);
  // what can't be gone on with is left as it is, a torn tail included
  expectOpen(loaded.confidential, name);
  expectAccepted(loaded.chain.carried, loaded.sealed.genesis, name, ports, accepted);
  const { sealed } = loaded;
  const own = nodeIdOf(ports.signer?.publicKey ?? null, ports.hash);
  const split = splitTail(sealed, loaded.tail, own);
  // no effect stands in the cycle of a sleeper without a pending execution: what looks like one was put there
  const tail = sealed.dormancy === null || sealed.pending !== null ? keptTail(split.rest, sealed.cycle) : [];
  const branch = { name, hash: ports.hash, left: tail.length };
  const parted = decideBranch(split.state, partings, branching, branch).length > 0;
  if (torn) await file.truncate(end.completeEnd);
  const kept = split.merged.length + tail.length;
  if (kept < loaded.tail.length) await file.truncate(loaded.ends[kept] ?? file.length);
  // what is left open is taken up before the branch is
  const words = tail.length > 0 ? decideBranch(split.state, partings, branching, branch) : [];
  const session = await createSession(name, file, ports, limits, { loaded, split, tail, words });
  if (parted && tail.length === 0) {
    const said = decideBranch(session.state, partings, branching, branch);
    await sayBetween({ session, hash: ports.hash, onEntry: () => {} }, said);
  }
  return session;
}

async function* readTo(file: ObjectFile, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of file.read(0)) {
    yield piece.subarray(0, end - at);
    at += piece.length;
    if (at >= end) return;
  }
}

/**
 * Of what stands behind the last seal: all of it where an effect may stand behind it (but not what a cycle ends with, which is made again),
 * else nothing. Only what no seal covers is ever cut. What stands alone between cycles is under a seal before a cycle begins: where it is
 * not, nobody said it, and this node's seal must not say that somebody did. `cycle`: the last one that is sealed.
 */
function keptTail(tail: readonly Stored[], cycle: number): readonly Stored[] {
  if (!tail.some(({ entry }) => mayHaveLeft(entry))) return [];
  if (tail.find(({ entry }) => entry.kind !== 'recover')?.entry.cycle === cycle) return [];
  return tail.slice(0, tail.findLastIndex(({ entry }) => !ENDS_A_CYCLE.has(entry.kind)) + 1);
}

/** Derived from the entries before them, by the node that ends the cycle. */
const ENDS_A_CYCLE: ReadonlySet<EntryKind> = new Set<EntryKind>(['failure', 'negative', 'retire', 'outcome']);

/** True of an entry behind which something may have happened outside the object. */
function mayHaveLeft(entry: Entry): boolean {
  if (entry.kind === 'child') return true;
  return entry.kind === 'call' && allows(entry.body.verdict) && operationSpec(entry.body.operation)?.class === 'effect';
}

interface Start {
  readonly loaded: Loaded;
  readonly split: MergedTail;
  readonly tail: readonly Stored[];
  readonly words: readonly OwnWord[];
}

async function createSession(
  name: string,
  file: ObjectFile,
  ports: HostPorts,
  limits: Limits,
  start: Start,
): Promise<Session> {
  const { loaded, split, tail, words } = start;
  const { index } = loaded;
  const last = loaded.sealed.seq + split.merged.length + tail.length;
  index.cut(last);
  const blobs = new Map([...loaded.blobs].filter(([, seq]) => seq <= last));
  const open = createOpener(loaded.sealed.id, ports.reader ?? null);
  const node = nodeIdOf(ports.signer?.publicKey ?? null, ports.hash);
  let [sealed, current] = [loaded.sealed, split.state];
  /** The attempts at the end that one with a higher count may take the place of. */
  let merged = split.open === null ? null : { ...split.open, at: loaded.ends[split.merged.length - 1] ?? file.length };
  let lastPolicy = split.merged.at(-1)?.entry.policy ?? null;
  const buffer = new AppendBuffer(file, index);

  const append: Session['append'] = async (state, body, stamp, sync, readers = null) => {
    const entry: Entry = { seq: state.seq + 1, prev: state.head, time: ports.clock.now(), node, ...stamp, ...body };
    const bytes = encodeEntry(entry, limits.object, readers === null ? null : sealingFor(state.id, readers, ports));
    buffer.add(entry.seq, bytes);
    lastPolicy = stamp.policy;
    if (sync) await buffer.flush(true);
    // as a later reader will see it: keys in the order of the stored bytes, for one
    return { entry: decodeEntry(bytes, limits.object, 0, open), hash: itemHash(bytes, ports.hash) };
  };

  async function seal(state: State, stamp: Stamp): Promise<Uint8Array> {
    const time = ports.clock.now();
    const trust = trustAfter(sealed, state);
    const statement: SealStatement = {
      id: state.id,
      seq: state.seq + 1,
      head: state.head,
      time,
      node,
      cycle: stamp.cycle,
      trust,
    };
    const body = createSeal(statement, ports.signer);
    const entry: Entry = { seq: statement.seq, prev: state.head, time, node, ...stamp, kind: 'seal', body };
    const bytes = encodeEntry(entry, limits.object);
    buffer.add(entry.seq, bytes);
    buffer.release();
    const next = applyEntry(state, entry, ports.hash(bytes));
    await buffer.flush(true, ports.note?.(next, buffer.end));
    sealed = next;
    [current, merged] = [sealed, null];
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
    ...storedParts(file, loaded),
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
function storedParts(file: ObjectFile, { chain, confidential, index }: Loaded): Pick<Session, StoredPart> {
  return {
    carried: chain.carried,
    frontier: chain.frontier,
    confidential: confidential.bodies,
    read: (offset) => file.read(offset),
    find: (seq) => index.find(seq),
    replace: (content) => file.replace(content),
    close: () => file.close(),
  };
}

type StoredPart = 'carried' | 'frontier' | 'confidential' | 'read' | 'find' | 'replace' | 'close';

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
