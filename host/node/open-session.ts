/**
 * From an object's name to a session: takes the lock, verifies all that is stored, and cuts off what no seal covers and no effect stands
 * behind. What this very process knew when it closed the object is gone on with instead, where the store says that the bytes are the same.
 */
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { operationSpec } from '../kernel/operations.ts';
import { allows } from '../kernel/performed.ts';
import type { Stored } from '../kernel/tape.ts';
import type { Limits } from '../limits.ts';
import { isBadObject } from '../object/genesis.ts';
import type { Parting } from '../object/heads.ts';
import type { Entry, EntryKind } from '../object/model.ts';
import { nodeIdOf } from '../object/seal.ts';
import { findTail } from '../object/tail.ts';
import type { ObjectFile } from '../ports.ts';
import { decideBranch } from './branch.ts';
import type { Branching } from './branch.ts';
import { expectAccepted } from './carried.ts';
import { expectOpen } from './census.ts';
import type { HostPorts } from './host-ports.ts';
import { expectSound, loadObject } from './load.ts';
import { splitTail } from './merged-tail.ts';
import { sayBetween } from './own-word.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';

/** Whose word is taken, and which branch is followed. */
export interface OpenOptions {
  /** Nodes (ids) whose checkpoints this one takes the word of. */
  readonly accepted?: readonly string[];
  readonly branching?: Branching;
}

/** Which branch is followed is recorded at once where it has to be. Errors: `store.*`, `object.*`, those of `decideBranch`. */
export async function openSession(
  name: string,
  ports: HostPorts,
  limits: Limits,
  { accepted = [], branching = {} }: OpenOptions = {},
): Promise<Session> {
  const file = await ports.store.open(name);
  try {
    const resumed = await resumeSession(name, file, ports, limits, { accepted, branching });
    return resumed ?? (await startSession(name, file, ports, limits, { accepted, branching }));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens, does the job and closes. What is known then is kept for the next opening, unless something went wrong. */
export async function withSession<T>(
  name: string,
  ports: HostPorts,
  limits: Limits,
  options: OpenOptions,
  job: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(name, ports, limits, options);
  let keep = false;
  try {
    const result = await job(session);
    keep = true;
    return result;
  } catch (error) {
    keep = isRefusal(error);
    throw error;
  } finally {
    await session.close(keep);
  }
}

/** Said of what was asked for, and of nothing that is stored: it must not cost the object's next caller a verification. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['signal.invalid', 'object.terminated', 'witness.unasked']);

/** Behind such an error what a session knows is what is stored. */
export function isRefusal(error: unknown): boolean {
  return error instanceof SojournError && REFUSALS.has(error.code);
}

type Options = Required<OpenOptions>;

/** Null where nothing is known of these very bytes, or more has to be looked for in them than what is. */
async function resumeSession(
  name: string,
  file: ObjectFile,
  ports: HostPorts,
  limits: Limits,
  { accepted, branching }: Options,
): Promise<Session | null> {
  const known = ports.residents?.take(name, file) ?? null;
  if (known === null || receiptsOf(branching).length > 0) return null;
  const { sealed } = known;
  expectAccepted(known.carried, sealed.genesis, name, ports, accepted);
  const split = { state: sealed, merged: [], rest: [], open: null, lost: null };
  return createSession(name, file, ports, limits, { known, split, tail: [], words: [], mergedAt: file.length });
}

function receiptsOf({ heads = [], known = [] }: Branching): readonly Uint8Array[] {
  return [...heads, ...known];
}

async function startSession(
  name: string,
  file: ObjectFile,
  ports: HostPorts,
  limits: Limits,
  { accepted, branching }: Options,
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
  const receipts = receiptsOf(branching);
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
  const { chain, index, confidential } = loaded;
  const last = sealed.seq + kept;
  index.cut(last);
  const blobs = new Map([...loaded.blobs].filter(([, seq]) => seq <= last));
  const { carried, frontier } = chain;
  const known = { sealed, carried, frontier, confidential: confidential.bodies, index, blobs };
  const mergedAt = loaded.ends[split.merged.length - 1] ?? file.length;
  const session = await createSession(name, file, ports, limits, { known, split, tail, words, mergedAt });
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
