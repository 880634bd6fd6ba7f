/**
 * What the host and its workers say to each other. Plain data and compiled modules; each evaluation has a number and is one
 * `run`, any number of `call` and `reply` in turn, and one `done`.
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
}

export type ToWorker =
  /** Keeps a program for later runs, under a key. */
  | { readonly type: 'load'; readonly key: string; readonly program: Program }
  | { readonly type: 'drop'; readonly key: string }
  | {
      readonly type: 'run';
      readonly run: number;
      readonly key: string;
      readonly situation: Situation;
      readonly limits: CycleLimits;
    }
  | { readonly type: 'reply'; readonly run: number; readonly reply: GuestReply };

/** `fuel` is what was used so far. */
export type FromWorker =
  | { readonly type: 'ready' }
  | {
      readonly type: 'call';
      readonly run: number;
      readonly operation: string;
      readonly request: ValueMap;
      readonly fuel: number;
    }
  /** `spent`: something of this run is still under way in the worker. `fresh`: why it had a fresh instance, or null. */
  | {
      readonly type: 'done';
      readonly run: number;
      readonly result: RunResult;
      readonly spent: boolean;
      readonly fresh: FreshReason | null;
    }
  /** The worker's own failure, not the guest's. */
  | { readonly type: 'failed'; readonly run: number; readonly message: string };

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
