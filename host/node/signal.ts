/**
 * Delivering a signal: one entry under one seal of the node that delivers it. A key that was seen before appends nothing.
 */
import { SojournError } from '../errors.ts';
import type { Readers } from '../kernel/ports.ts';
import { SIGNAL_NAME } from '../kernel/wake.ts';
import type { Limits } from '../limits.ts';
import { encode } from '../object/codec.ts';
import { applyEntry } from '../object/fold.ts';
import type { SignalBody } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Session } from './session.ts';

export interface SignalReport {
  /** Position of the signal's entry; of the earlier one for a duplicate. */
  readonly seq: number;
  readonly duplicate: boolean;
  /** Null for a duplicate. */
  readonly receipt: Uint8Array | null;
}

/** With `readers`, the signal is confidential to them and to its sender. Errors: `signal.invalid` (name, key, size, too many waiting), `object.terminated`. */
export async function deliverSignal(
  session: Session,
  signal: SignalBody,
  limits: Limits,
  readers: Readers | null = null,
): Promise<SignalReport> {
  const { state } = session;
  checkSignal(signal, limits);
  const earlier = state.signals.find((note) => note.key === signal.key);
  if (earlier !== undefined) return { seq: earlier.seq, duplicate: true, receipt: null };
  refuseSignal(state, session, limits);
  const stamp = { cycle: state.cycle, policy: null };
  const { entry, hash } = await session.append(state, { kind: 'signal', body: signal }, stamp, false, readers);
  const receipt = await session.seal(applyEntry(state, entry, hash), stamp);
  return { seq: entry.seq, duplicate: false, receipt };
}

function checkSignal({ name, key, payload }: SignalBody, limits: Limits): void {
  if (!SIGNAL_NAME.test(name)) {
    throw new SojournError(
      'signal.invalid',
      `signal name: expected 1 to 64 of a-z, 0-9, ".", "_", "-", found ${JSON.stringify(name.slice(0, 80))}`,
    );
  }
  if (key.length < 1 || key.length > 256)
    throw new SojournError('signal.invalid', `signal key: expected 1 to 256 characters, found ${key.length}`);
  const size = encode(payload).length;
  if (size > limits.object.signalBytes)
    throw new SojournError(
      'signal.invalid',
      `signal payload: expected at most ${limits.object.signalBytes} bytes, found ${size}`,
    );
}

function refuseSignal(state: State, session: Session, limits: Limits): void {
  if (state.status === 'terminated')
    throw new SojournError(
      'object.terminated',
      `${session.name}: it ended at entry ${state.last?.seq ?? 0}: it takes no signal`,
    );
  if (session.tail.length > 0)
    throw new SojournError(
      'store.busy',
      `${session.name}: a cycle was left unfinished by a crash: run the object first, then deliver the signal`,
    );
  const since = state.last?.seq ?? 0;
  const waiting = state.signals.filter((note) => note.seq > since).length;
  if (waiting >= limits.object.signalsWaiting)
    throw new SojournError(
      'signal.invalid',
      `${session.name}: expected at most ${limits.object.signalsWaiting} signals between two cycles, found ${waiting} waiting: run the object first`,
    );
}
