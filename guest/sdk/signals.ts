/**
 * Messages from outside that were appended to the object, signed by the node that delivered them.
 */
import { read as readSignals } from 'sojourn:object/signals@0.2.0';
import { callCapability } from './capability-error.ts';
import { decodeJson } from './json.ts';
import { encodeU64 } from './u64.ts';

export interface Signal<T> {
  readonly seq: number;
  readonly time: number;
  readonly node: string;
  readonly name: string;
  readonly payload: T;
}

export interface SignalQuery {
  /** Signals of this name only. */
  readonly name?: string;
  /** Signals with a `seq` above this one; default 0. */
  readonly after?: number;
  /** 1 to 256; default 64. */
  readonly limit?: number;
}

/** Signals in order. The caller says what payload it expects; nothing is checked. */
export function read<T>(query: SignalQuery = {}): Signal<T>[] {
  const after = encodeU64(query.after ?? 0, 'signals.read after');
  const found = callCapability('signals.read', () => readSignals(query.name, after, query.limit ?? 64));
  return found.map((signal) => ({
    seq: Number(signal.seq),
    time: Number(signal.time),
    node: signal.node,
    name: signal.name,
    payload: decodeJson<T>(signal.payload),
  }));
}
