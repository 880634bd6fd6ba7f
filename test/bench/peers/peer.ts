/**
 * What a peer is to the measurement: processes over one data folder, and three requests that name an object by a key.
 */
import type { Program } from './program.ts';

export interface Peer {
  readonly name: string;
  readonly version: string;
  /** What is on the disk when an answer is there, and what is not measured. */
  readonly durable: string;
  /** Brings up what is no part of a start: a database, say. */
  prepare(): Promise<void>;
  /** Starts its processes over its data folder; does not wait for them. */
  start(): readonly Program[];
  /** What a first start needs besides; none by default. */
  register?(): Promise<void>;
  /** A request of one step, of ten steps, or one that leaves a sleeper behind. */
  url(key: string, what: 'one' | 'ten' | 'sleep'): string;
  /** How many sleepers really sleep by now; null where that can't be asked, and the answer to the request says it. */
  asleep(): Promise<number | null>;
  /** Memory of what stays up through a start (a database), by process name. */
  others(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** The value that a request carries, and the one that its answer must have. */
export const INPUT = 41;
export const EXPECTED = { one: 42, ten: 51 } as const;
