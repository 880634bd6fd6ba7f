/**
 * What the host and its workers say to each other. Plain data and compiled modules. Each attempt at an evaluation has a number
 * and is one `run`, any number of `call` and `reply` in turn, and one `done`; the host may `abandon` it at any time.
 */
import type { ErrorCode } from '../errors.ts';
import type { Program } from './program.ts';
import type { Admission, AdmissionOptions } from './admission.ts';
import type { FreshReason } from './instances.ts';
import type { CycleLimits } from '../limits.ts';
import type { GuestReply, HandlerResult, Situation } from '../ports.ts';
import type { ValueMap } from '../value.ts';

/** What a worker is started with. */
export interface WorkerOptions {
  /** Bytes of linear memory that its idle instances may hold together. */
  readonly idleBytes: number;
  /** One Int32: the attempt whose turn it is, written by the worker alone. */
  readonly current: SharedArrayBuffer;
}

export interface StartRun {
  readonly type: 'run';
  readonly attempt: number;
  readonly key: string;
  /** JSON of a `RunInput`: a text crosses between threads for a fraction of what a record costs. */
  readonly input: string;
}

/** Plain data without bytes, whose numbers are whole and safe. */
export interface RunInput {
  readonly situation: Situation;
  readonly limits: CycleLimits;
}

export interface SendReply {
  readonly type: 'reply';
  readonly attempt: number;
  readonly reply: GuestReply;
}

export type ToWorker =
  /** Keeps a program for later runs, under a key. */
  | { readonly type: 'load'; readonly key: string; readonly program: Program }
  | { readonly type: 'drop'; readonly key: string }
  | StartRun
  | SendReply
  /** Whatever the attempt has not done yet is not to be done, and its instance is let go. */
  | { readonly type: 'abandon'; readonly attempt: number }
  /** Asks for `alive`, which comes once the present turn is over. */
  | { readonly type: 'ask' };

/** `fuel` is what was used so far; `bytes` the linear memory that the attempt's instance holds. */
export interface GuestCalled {
  readonly type: 'call';
  readonly attempt: number;
  readonly operation: string;
  readonly request: ValueMap;
  readonly fuel: number;
  readonly bytes: number;
}

/** `fresh`: why it had a fresh instance, or null. */
export interface RunEnded {
  readonly type: 'done';
  readonly attempt: number;
  readonly result: RunResult;
  readonly fresh: FreshReason | null;
}

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'alive' }
  | GuestCalled
  | RunEnded
  /** The worker's own failure, not the guest's. */
  | { readonly type: 'failed'; readonly attempt: number; readonly message: string };

export type RunResult = Exclude<HandlerResult, { readonly kind: 'refused' }>;

export interface AdmissionRequest {
  /** SHA-256 that the bytes must have, in hexadecimal. */
  readonly handler: string;
  readonly bytes: Uint8Array;
  readonly options: AdmissionOptions;
}

export type AdmissionReply =
  | ({ readonly ok: true } & Admission)
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };
