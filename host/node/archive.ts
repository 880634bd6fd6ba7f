/**
 * Leaving the past behind (docs/archive.md): a checkpoint and its seal, then an archive of all before it, byte for byte, and only when
 * that is durable and was read back, the carried object in the place of the whole one. A crash at any point loses nothing; the same
 * command again goes on.
 */
import { SojournError } from '../errors.ts';
import { frontierOf, WASM_MEDIA } from '../object/carried.ts';
import { itemHash } from '../object/chain-bytes.ts';
import { applyEntry } from '../object/fold.ts';
import { readItems } from '../object/items.ts';
import { NO_LEAVES, sameFrontier, TreeBuilder } from '../object/merkle.ts';
import type { Frontier } from '../object/merkle.ts';
import { snapshotOf } from '../object/snapshot.ts';
import type { State } from '../object/state.ts';
import type { Limits } from '../limits.ts';
import type { HostPorts } from './host-ports.ts';
import type { Session } from './session.ts';

export interface CheckpointReport {
  /** Of the checkpoint. */
  readonly seq: number;
  /** Of its seal; null where there was a checkpoint already, and nothing behind it. */
  readonly receipt: Uint8Array | null;
}

export interface ArchiveReport extends CheckpointReport {
  /** Items `first` to `seq - 1` are in the archive; null where all was archived before. */
  readonly first: number | null;
  readonly archiveBytes: number;
  readonly carriedBytes: number;
}

export interface ArchiveOptions {
  /** Name of the archive in the store. */
  readonly to: string;
  readonly withoutHandler: boolean;
}

/** Errors: `store.busy` for an unfinished cycle, `object.confidential`, `object.limit` for a state that is too large. */
export async function checkpointObject(session: Session, ports: HostPorts, limits: Limits): Promise<CheckpointReport> {
  if (session.tail.length > 0)
    throw new SojournError(
      'store.busy',
      `${session.name}: a cycle was left unfinished by a crash: run the object first, then archive it`,
    );
  if (session.confidential > 0)
    throw new SojournError(
      'object.confidential',
      `${session.name}: expected no confidential bodies, found some: a checkpoint would tell what is in them`,
    );
  const stamp = { cycle: session.state.cycle, policy: null };
  if (session.state.unsealed > 0) await session.seal(session.state, { ...stamp, policy: session.policy });
  const { state } = session;
  if (endsInCheckpoint(state)) return { seq: state.checkpoint, receipt: null };
  const { size, hashes } = await currentTree(session, ports, limits);
  const body = { size, frontier: hashes, state: snapshotOf(state) };
  const { entry, hash } = await session.append(state, { kind: 'checkpoint', body }, stamp, false);
  const receipt = await session.seal(applyEntry(state, entry, hash, ports.hash), stamp);
  return { seq: entry.seq, receipt };
}

/** Errors: those of `checkpointObject`; `store.*`; `object.exists` where another file has the archive's name. */
export async function archiveObject(
  session: Session,
  ports: HostPorts,
  limits: Limits,
  { to, withoutHandler }: ArchiveOptions,
): Promise<ArchiveReport> {
  // an archive that a crash left behind has its checkpoint at the end of the object; any other file is refused before one is made
  if (!endsInCheckpoint(session.state) && (await isThere(to, ports))) throw isAnother(to);
  const { seq, receipt } = await checkpointObject(session, ports, limits);
  const first = session.carried?.seq ?? 0;
  const carriedBytes = session.length;
  if (first === seq) return { seq, receipt, first: null, archiveBytes: 0, carriedBytes };
  const [start, end] = [await offsetOf(session, first, limits), await offsetOf(session, seq, limits)];
  const expected = await frontierAt(session, seq);
  const before = first === 0 ? NO_LEAVES : await frontierAt(session, first);
  try {
    await ports.store.create(to, slice(session.read(start), end - start));
  } catch (error) {
    // made by this very command before a crash, if it holds the same
    if (!(error instanceof SojournError && error.code === 'object.exists')) throw error;
  }
  const there = await treeOfFile(to, before, ports, limits);
  if (there === null || !sameFrontier(there, expected)) throw isAnother(to);
  await session.replace(carriedForm(session, session.state, end, { limits, withoutHandler }));
  return { seq, receipt, first, archiveBytes: end - start, carriedBytes: session.length };
}

/** True of a checkpoint and its seal with nothing behind them. */
function endsInCheckpoint({ checkpoint, seq }: State): boolean {
  return checkpoint > 0 && checkpoint === seq - 1;
}

async function isThere(name: string, ports: HostPorts): Promise<boolean> {
  try {
    for await (const _piece of ports.store.read(name)) break;
    return true;
  } catch (error) {
    if (error instanceof SojournError && error.code === 'store.missing') return false;
    throw error;
  }
}

function isAnother(name: string): SojournError {
  return new SojournError('object.exists', `${name}: expected no file, or this very archive, found another one`);
}

/** The tree with the items of a file; null where it holds something else. Errors: `store.*`. */
async function treeOfFile(path: string, before: Frontier, ports: HostPorts, limits: Limits): Promise<Frontier | null> {
  try {
    return await treeOf(ports.store.read(path), before, ports, limits);
  } catch (error) {
    if (error instanceof SojournError && error.code.startsWith('object.')) return null;
    throw error;
  }
}

/** Genesis, the blobs that are still needed, and all from the checkpoint on. */
async function* carriedForm(
  session: Session,
  state: State,
  checkpoint: number,
  options: { readonly limits: Limits; readonly withoutHandler: boolean },
): AsyncGenerator<Uint8Array> {
  yield await itemAt(session, 0, options.limits);
  const blobs = state.blobs.filter(({ media }) => !(options.withoutHandler && media === WASM_MEDIA));
  for (const { seq, media } of blobs) {
    // left out of what this object was carried in already
    if (media === WASM_MEDIA && session.carried !== null && session.find(seq)?.seq !== seq) continue;
    yield await itemAt(session, seq, options.limits);
  }
  yield* session.read(checkpoint);
}

/** The tree of all items; what this session appended is read back. */
async function currentTree(session: Session, ports: HostPorts, limits: Limits): Promise<Frontier> {
  const { frontier, state } = session;
  if (frontier.size === state.seq + 1) return frontier;
  const { offset } = await findItem(session, frontier.size, limits);
  return treeOf(session.read(offset), frontier, ports, limits);
}

async function frontierAt(session: Session, seq: number): Promise<Frontier> {
  for await (const entry of session.entries(seq, seq)) if (entry.kind === 'checkpoint') return frontierOf(entry);
  throw new SojournError('internal', `expected a checkpoint at entry ${seq}, found none`);
}

/** The tree behind the items of an archive; `before` is the one in front of them. */
async function treeOf(
  source: AsyncIterable<Uint8Array>,
  before: Frontier,
  ports: HostPorts,
  limits: Limits,
): Promise<Frontier> {
  const tree = new TreeBuilder(ports.hash, before);
  for await (const item of readItems(source, limits.object)) tree.add(itemHash(item.bytes, ports.hash));
  return tree.frontier();
}

async function itemAt(session: Session, seq: number, limits: Limits): Promise<Uint8Array> {
  const { bytes } = await findItem(session, seq, limits);
  return bytes;
}

async function offsetOf(session: Session, seq: number, limits: Limits): Promise<number> {
  const { offset } = await findItem(session, seq, limits);
  return offset;
}

async function findItem(
  session: Session,
  seq: number,
  limits: Limits,
): Promise<{ readonly bytes: Uint8Array; readonly offset: number }> {
  const place = session.find(seq);
  if (place === null) throw new SojournError('internal', `expected entry ${seq} in the object, found none`);
  for await (const item of readItems(session.read(place.offset), limits.object)) {
    if (place.seq + item.seq === seq) return { bytes: item.bytes, offset: place.offset + item.offset };
  }
  throw new SojournError('internal', `expected entry ${seq} in the object, found its end`);
}

async function* slice(source: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let left = length;
  for await (const piece of source) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}
