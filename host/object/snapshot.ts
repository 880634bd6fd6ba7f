/**
 * A state in plain values, for checkpoints, and back: what comes out is the same state. Left out is what the entries around a
 * checkpoint say themselves: id and genesis, the place in the chain, and an open cycle, which there is none of between cycles.
 */
import { compareBytes, encode } from './codec.ts';
import { outcomeShape } from './entry.ts';
import { intentShape } from './genesis.ts';
import { anyValue, byteString, list, Mismatch, nullable, oneOf, record, text, uint } from './shape.ts';
import {
  childShape,
  continuityShape,
  countersShape,
  dormancyShape,
  hexBytes,
  knownShape,
  mapOf,
  negativeShape,
  noteShape,
  pendingShape,
} from './state-shapes.ts';
import { SojournError } from '../errors.ts';
import type { FileRef } from './files.ts';
import type { IntentStep } from './intent.ts';
import type { EntryOf, Genesis } from './model.ts';
import type { Shape } from './shape.ts';
import type { BlobRef, Spent, State, Status, Traced, WaitingSignal } from './state.ts';
import type { Value } from '../value.ts';

/** Fields of a state that follow from where its checkpoint stands. */
export const PLACED_FIELDS = ['id', 'genesis', 'seq', 'head', 'sealed', 'unsealed', 'open'] as const;

type LastProposal = NonNullable<State['lastProposal']>;
type Kept = Omit<State, (typeof PLACED_FIELDS)[number]> & {
  /** Time of the seal that a checkpoint stands behind. */
  readonly sealedAt: number;
};

/** One row for each field: a field that has none does not compile. Stored in this order; what a reader of a carried object needs stands first. */
const FIELDS: { readonly [K in keyof Kept]-?: Shape<Kept[K]> } = {
  sealedAt: uint(),
  cycle: uint(),
  blobs: list(record<BlobRef>({ seq: uint(), media: text(1, 128), hash: byteString(32) })),
  trust: uint(1000),
  status: oneOf<Status>('active', 'dormant', 'terminated'),
  intent: intentShape,
  continuity: continuityShape,
  readmitted: nullable(byteString(16)),
  followed: list(hexBytes(32)),
  values: mapOf(record<Traced>({ value: anyValue, seq: uint() })),
  files: mapOf(record<FileRef>({ seq: uint(), size: uint() })),
  spent: record<Spent>({ fuel: uint(), calls: uint(), bytes: uint(), cycles: uint(), counters: countersShape }),
  signals: list(noteShape),
  waiting: list(record<WaitingSignal>({ seq: uint(), payload: anyValue })),
  steps: list(record<IntentStep>({ seq: uint(), digest: hexBytes(32) })),
  children: mapOf(childShape),
  objects: mapOf(knownShape),
  dormancy: nullable(dormancyShape),
  pending: nullable(pendingShape),
  negatives: list(negativeShape),
  last: nullable(outcomeShape),
  lastProposal: nullable(record<LastProposal>({ seq: uint(), digest: hexBytes(32) })),
  checkpoint: uint(),
};
const shape = record<Kept>(FIELDS);

/** The state right behind a seal and between two cycles, in plain values. */
export function snapshotOf(state: State): Value {
  if (state.sealed === null || state.unsealed > 0 || state.open !== null)
    throw new SojournError('internal', `snapshot: expected the state behind a seal, found that at entry ${state.seq}`);
  const { time } = state.sealed;
  try {
    return shape.write({ ...state, sealedAt: time });
  } catch (error) {
    throw error instanceof Mismatch ? error.toError('internal', 'snapshot') : error;
  }
}

/** The state before a checkpoint, as the checkpoint tells it. Errors: `object.malformed` with the path of the field. */
export function restoreState(genesis: Genesis, id: Uint8Array, entry: EntryOf<'checkpoint'>): State {
  try {
    const { sealedAt, ...kept } = shape.read(entry.body.state);
    const seq = entry.seq - 1;
    expectPast(kept, seq);
    const sealed = { seq, hash: entry.prev, time: sealedAt };
    return { ...kept, id, genesis, seq, head: entry.prev, sealed, unsealed: 0, open: null };
  } catch (error) {
    throw error instanceof Mismatch ? error.within('state').toError('object.malformed', `entry ${entry.seq}`) : error;
  }
}

/** What the kernel relies on where it reads a state. */
function expectPast(
  { status, dormancy, last, blobs }: Pick<State, 'status' | 'dormancy' | 'last' | 'blobs'>,
  seal: number,
): void {
  if ((status === 'dormant') !== (dormancy !== null))
    throw new Mismatch('a sleeper with its condition', status).within('status');
  if (last !== null && last.seq >= seal) throw new Mismatch(`an entry before ${seal}`, `${last.seq}`).within('last');
  let before = 0;
  for (const { seq } of blobs) {
    if (seq <= before || seq >= seal) throw new Mismatch('blobs in their order', `${seq}`).within('blobs');
    before = seq;
  }
}

/** Whether a checkpoint tells this state, which it stands right behind. */
export function tellsState(entry: EntryOf<'checkpoint'>, state: State): boolean {
  return compareBytes(encode(entry.body.state), encode(snapshotOf(state))) === 0;
}
