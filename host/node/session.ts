/**
 * One object held open for appending: the lock, the state at the last seal, what a crash left behind it, and a buffer that is
 * written before anything leaves the node and at every seal.
 */
import { SojournError } from '../errors.ts';
import { operationSpec } from '../kernel/operations.ts';
import { allows } from '../kernel/performed.ts';
import type { Stored } from '../kernel/tape.ts';
import type { Limits } from '../limits.ts';
import { itemHash } from '../object/chain-bytes.ts';
import { applyEntry } from '../object/fold.ts';
import { decodeEntry, encodeEntry } from '../object/entry.ts';
import { isBadObject } from '../object/genesis.ts';
import type { Entry, EntryBody, SealStatement } from '../object/model.ts';
import { createSeal, encodeReceipt, nodeIdOf } from '../object/seal.ts';
import { nextTrust, TRUST_START } from '../object/trust.ts';
import type { State } from '../object/state.ts';
import { findTail } from '../object/tail.ts';
import type { ObjectFile } from '../ports.ts';
import { expectOpen } from './census.ts';
import { expectSound, loadObject } from './load.ts';
import type { Loaded } from './load.ts';
import { readBlob, readEntries } from './read-entries.ts';
import type { EntrySource } from './read-entries.ts';
import type { HostPorts } from './host-ports.ts';

export interface Session {
  /** State at the last seal. */
  readonly state: State;
  /** Entries of a cycle that was left in a crash after something may have left the node; empty otherwise. */
  readonly tail: readonly Stored[];
  /** Appends behind `state`. */
  append(state: State, body: EntryBody, stamp: Stamp, sync: boolean): Promise<Stored>;
  /** Seals everything up to `state`, durably. Gives the receipt. */
  seal(state: State, stamp: Stamp): Promise<Uint8Array>;
  /** Entries from `start` to `end`, both included. */
  entries(start: number, end: number): AsyncGenerator<Entry>;
  /** An embedded blob by its digest (hexadecimal); null where there is none. */
  blob(digest: string): Promise<Uint8Array | null>;
  close(): Promise<void>;
}

/** What the entry's header says beside its place in the chain. */
export interface Stamp {
  readonly cycle: number;
  readonly policy: Uint8Array | null;
}

/** Takes the lock, verifies all, and cuts off what no seal covers and no effect stands behind. Errors: `store.*`, `object.*`. */
export async function openSession(name: string, ports: HostPorts, limits: Limits): Promise<Session> {
  const file = await ports.store.open(name);
  try {
    return await startSession(name, file, ports, limits);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function startSession(name: string, file: ObjectFile, ports: HostPorts, limits: Limits): Promise<Session> {
  const end = await findTail(file.read(0), limits.object).catch(async (error: unknown) => {
    if (!isBadObject(error)) throw error;
    // no crash did this: the first entry that does not hold may stand before the place where the bytes stop making sense
    expectSound(await loadObject(file.read(0), { ports, limits }), name);
    throw new SojournError(error.code, `${name}: ${error.message}`, { details: error.details, cause: error });
  });
  // a crash tears what stands behind a seal; a file without any was never finished, or is part of a copy: nothing to mend
  const torn = end.torn && end.sealEnd > 0;
  const source = torn ? readTo(file, end.completeEnd) : file.read(0);
  const loaded = expectSound(await loadObject(source, { ports, limits }), name);
  // what can't be gone on with is left as it is, a torn tail included
  expectOpen(loaded.confidential, name);
  if (torn) await file.truncate(end.completeEnd);
  // no effect stands in the cycle of a sleeper: what looks like one was put there
  const tail = loaded.sealed.dormancy === null ? keptTail(loaded.tail) : [];
  if (tail.length < loaded.tail.length) await file.truncate(loaded.ends[tail.length] ?? file.length);
  return createSession(file, ports, limits, { loaded, tail });
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
 * Of what stands behind the last seal: all of it where an effect may stand behind it (but not an outcome, which is made again), else
 * nothing. Only what no seal covers is ever cut.
 */
function keptTail(tail: readonly Stored[]): readonly Stored[] {
  if (!tail.some(({ entry }) => mayHaveLeft(entry))) return [];
  return tail.at(-1)?.entry.kind === 'outcome' ? tail.slice(0, -1) : tail;
}

/** True of an entry behind which something may have happened outside the object. */
function mayHaveLeft(entry: Entry): boolean {
  if (entry.kind === 'child') return true;
  return entry.kind === 'call' && allows(entry.body.verdict) && operationSpec(entry.body.operation)?.class === 'effect';
}

interface Start {
  readonly loaded: Loaded;
  readonly tail: readonly Stored[];
}

function createSession(file: ObjectFile, ports: HostPorts, limits: Limits, start: Start): Session {
  const { loaded, tail } = start;
  const { index } = loaded;
  const last = loaded.sealed.seq + tail.length;
  index.cut(last);
  const blobs = new Map([...loaded.blobs].filter(([, seq]) => seq <= last));
  const node = nodeIdOf(ports.signer?.publicKey ?? null, ports.hash);
  let sealed = loaded.sealed;
  let buffer: Uint8Array[] = [];
  let buffered = 0;

  async function flush(sync: boolean): Promise<void> {
    if (buffer.length === 0 && !sync) return;
    const bytes = concat(buffer);
    [buffer, buffered] = [[], 0];
    await file.append(bytes, sync);
  }

  function hold(seq: number, bytes: Uint8Array): void {
    index.add(seq, file.length + buffered);
    buffer.push(bytes);
    buffered += bytes.length;
  }

  async function append(state: State, body: EntryBody, stamp: Stamp, sync: boolean): Promise<Stored> {
    const entry: Entry = { seq: state.seq + 1, prev: state.head, time: ports.clock.now(), node, ...stamp, ...body };
    const bytes = encodeEntry(entry, limits.object);
    hold(entry.seq, bytes);
    if (sync) await flush(true);
    // as a later reader will see it: the order of keys, for one, is that of the stored bytes
    return { entry: decodeEntry(bytes, limits.object), hash: itemHash(bytes, ports.hash) };
  }

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
    hold(entry.seq, bytes);
    await flush(true);
    sealed = applyEntry(state, entry, ports.hash(bytes));
    return encodeReceipt(body);
  }

  const source: EntrySource = { read: (offset) => file.read(offset), index, blobs, limits: limits.object };

  async function* entries(first: number, last: number): AsyncGenerator<Entry> {
    await flush(false);
    yield* readEntries(source, first, last);
  }

  return {
    tail,
    append,
    seal,
    entries,
    blob: (digest) => readBlob(source, digest),
    close: () => file.close(),
    get state() {
      return sealed;
    },
  };
}

/** The slope for the seal that follows: unchanged where no cycle ended since the last one. */
export function trustAfter(sealed: State | null, state: State): number {
  if (sealed === null) return TRUST_START;
  const { last } = state;
  return last === null || last.seq === sealed.last?.seq ? sealed.trust : nextTrust(sealed.trust, last.body);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
