/**
 * State = fold(entries): pure, one entry after the other. It trusts the chain (chain.ts checks that) and refuses entries that
 * make no sense where they stand.
 */
import { itemHash } from './chain-bytes.ts';
import { encode } from './codec.ts';
import { chargedBehind } from './charges.ts';
import { closeCycle } from './close-cycle.ts';
import { createOpener } from './confidential.ts';
import { sha256 } from './crypto.ts';
import { decodeEntry } from './entry.ts';
import { filePath } from './files.ts';
import { decodeGenesis } from './genesis.ts';
import { readItems } from './items.ts';
import { applyWitness } from './learn.ts';
import { nextOrder } from './order.ts';
import { withAttempts } from './pending.ts';
import { decodeStatement } from './seal.ts';
import { refuseNonsense } from './sense.ts';
import { restoreState } from './snapshot.ts';
import { BLOBS_MOST, SIGNALS_KEPT, UNSEALED_MOST } from './state.ts';
import { FIRST_CONTINUITY, TRUST_START } from './trust.ts';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { Entry, EntryOf, Genesis } from './model.ts';
import type { Order } from './order.ts';
import type { State } from './state.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Hash, ReaderKey } from '../ports.ts';

/** State at the genesis. `id` is the SHA-256 of its stored bytes. */
export function createState(genesis: Genesis, id: Uint8Array): State {
  return {
    id,
    genesis,
    status: 'active',
    intent: genesis.intent,
    seq: 0,
    head: id,
    sealed: null,
    unsealed: 1,
    cycle: 0,
    open: null,
    trust: TRUST_START,
    continuity: FIRST_CONTINUITY,
    readmitted: null,
    followed: [],
    values: new Map(),
    files: new Map(),
    blobs: [],
    spent: { fuel: 0, calls: 0, bytes: 0, cycles: 0, counters: {} },
    signals: [],
    waiting: [],
    steps: [],
    children: new Map(),
    objects: new Map(),
    dormancy: null,
    pending: null,
    negatives: [],
    last: null,
    lastProposal: null,
    checkpoint: 0,
  };
}

/**
/**
 * State behind `entry`, whose hash in the chain is `entryHash`; `state` stays as it is. A checkpoint ahead of any seal begins a carried
 * object: the state is what it says. Errors: `object.chain` with the `seq` of an entry that makes no sense there, `object.terminated`
 * for one behind the end of the object, `object.limit` for too much that no seal covers, `object.confidential` for one that could not
 * be opened: what follows from it is not known.
 */
export function applyEntry(state: State, entry: Entry, entryHash: Uint8Array, hash: Hash = sha256): State {
  if (entry.kind === 'checkpoint' && state.sealed === null)
    return applyEntry(restoreState(state.genesis, state.id, entry), entry, entryHash, hash);
  if (entry.seq <= state.seq) throw nonsense(entry, `a seq above ${state.seq}`, `${entry.seq}`);
  if (entry.kind === 'confidential') throw closed(entry);
  const order = nextOrder(orderOf(state), entry.kind, entry.cycle);
  if ('expected' in order) {
    throw new SojournError('object.chain', `entry ${entry.seq}: expected ${order.expected}`, {
      details: { index: entry.seq },
    });
  }
  if (order.unsealed > UNSEALED_MOST) throw overLimit(entry, `at most ${UNSEALED_MOST} entries without a seal`);
  refuseNonsense(state, entry);
  const next: State = { ...state, seq: entry.seq, head: entryHash, unsealed: order.unsealed };
  switch (entry.kind) {
    case 'blob':
      return state.sealed === null ? noteFile(noteBlob(next, entry, entryHash), entry) : next;
    case 'signal':
      return noteSignal(next, entry);
    case 'checkpoint':
      return { ...next, checkpoint: entry.seq };
    case 'seal':
      return applySeal(next, entry, entryHash);
    case 'witness':
      return applyWitness(state, next, entry, hash);
    case 'attempts':
      return withAttempts(next, entry);
    case 'follow':
      return withinCycle({ ...next, followed: [...state.followed, hex(hash(entry.body.receipt))] }, entry);
    case 'readmit':
      return withinCycle({ ...next, readmitted: entry.node }, entry);
    case 'recover':
      return withinCycle(next, entry);
    case 'outcome':
      return closeCycle(next, entry, hash);
    case 'proposal':
      return addToCycle(noteProposal(next, entry, hash), entry);
    default:
      return addToCycle(next, entry);
  }
}

/**
 * State at `seq` (R21), from stored bytes whose chain the caller has verified. Errors: `usage` where the object is shorter, those of
 * reading and of `applyEntry`.
 */
export async function foldTo(
  source: AsyncIterable<Uint8Array>,
  seq: number,
  limits: ObjectLimits,
  hash: Hash = sha256,
  reader: ReaderKey | null = null,
): Promise<State> {
  let state: State | null = null;
  for await (const item of readItems(source, limits)) {
    if (state === null) state = createState(decodeGenesis(item.bytes, limits), hash(item.bytes));
    else {
      const entry = decodeEntry(item.bytes, limits, item.offset, createOpener(state.id, reader));
      state = applyEntry(state, entry, itemHash(item.bytes, hash), hash);
    }
    if (state.seq === seq) return state;
  }
  const found = state === null ? 'nothing' : `the last at ${state.seq}`;
  throw new SojournError('usage', `seq: expected an entry ${seq}, found ${found}`, { details: { expected: seq } });
}

/** Where the next entry of this state stands. */
function orderOf(state: State): Order {
  const cycle = state.open?.cycle ?? state.cycle;
  const { unsealed, sealed } = state;
  if (sealed === null) return { stage: 'new', cycle, unsealed };
  if (state.open !== null) return { stage: 'open', cycle, unsealed };
  return { stage: state.last !== null && state.last.seq > sealed.seq ? 'closed' : 'between', cycle, unsealed };
}

/** What a node says in its own name stands in a cycle only where one was left open. */
function withinCycle(state: State, entry: Entry): State {
  return state.open === null ? state : addToCycle(state, entry);
}

function addToCycle(state: State, entry: Entry): State {
  const { entries: before, charged: sum } = state.open ?? { entries: [], charged: {} };
  const charged = chargedBehind(sum, before, entry, state.genesis.context.budgets.counters ?? {});
  return { ...state, open: { cycle: entry.cycle, entries: [...before, entry], charged } };
}

function applySeal(state: State, entry: EntryOf<'seal'>, entryHash: Uint8Array): State {
  const { trust } = decodeStatement(entry.body.statement);
  return { ...state, trust, sealed: { seq: entry.seq, hash: entryHash, time: entry.time } };
}

function noteBlob(state: State, { seq, body }: EntryOf<'blob'>, hash: Uint8Array): State {
  if (state.blobs.length === BLOBS_MOST)
    throw overLimit({ seq }, `at most ${BLOBS_MOST} blobs under the creator's seal`);
  return { ...state, blobs: [...state.blobs, { seq, media: body.media, hash }] };
}

/** Two blobs of one path: the first is the file. */
function noteFile(state: State, { seq, body }: EntryOf<'blob'>): State {
  const path = filePath(body);
  if (path === null || state.files.has(path)) return state;
  return { ...state, files: new Map([...state.files, [path, { seq, size: body.bytes.length }]]) };
}

function noteSignal(state: State, entry: EntryOf<'signal'>): State {
  const { seq, body } = entry;
  return {
    ...state,
    signals: [...state.signals.slice(1 - SIGNALS_KEPT), noteOf(entry)],
    waiting: [...state.waiting.slice(1 - SIGNALS_KEPT), { seq, payload: body.payload }],
  };
}

function noteOf(entry: EntryOf<'signal'>): State['signals'][number] {
  const { name, key } = entry.body;
  return { seq: entry.seq, time: entry.time, node: hex(entry.node), name, key };
}

/** Advice is no proposal of the handler's: whether that repeats itself is judged without it. */
function noteProposal(state: State, entry: EntryOf<'proposal'>, hash: Hash): State {
  if (entry.body.action === null) return state;
  const digest = hex(hash(encode([entry.body.action, entry.body.body])));
  return { ...state, lastProposal: { seq: entry.seq, digest } };
}

function closed(entry: EntryOf<'confidential'>): SojournError {
  const found = entry.body.sealed === null ? 'a redacted one' : 'one that is confidential to others';
  return new SojournError(
    'object.confidential',
    `entry ${entry.seq}: expected a body that can be read, found ${found}`,
    {
      details: { index: entry.seq },
    },
  );
}

function nonsense(entry: Entry, expected: string, found: string): SojournError {
  return new SojournError('object.chain', `entry ${entry.seq}: expected ${expected}, found ${found}`, {
    details: { index: entry.seq, expected, found },
  });
}

function overLimit({ seq }: Pick<Entry, 'seq'>, expected: string): SojournError {
  return new SojournError('object.limit', `entry ${seq}: expected ${expected}, found more`, {
    details: { index: seq, expected },
  });
}
