/**
 * What the host and its workers say to each other. Plain data and compiled modules; each evaluation is one `run`, any number of
 * `call` and `reply` in turn, and one `done`.
 */
import type { ErrorCode } from '../errors.ts';
import type { Program } from './program.ts';
import type { AdmissionOptions } from './admission.ts';
import type { CycleLimits } from '../limits.ts';
import type { GuestReply, HandlerResult, Situation } from '../ports.ts';
import type { ValueMap } from '../value.ts';

export type ToWorker =
  /** Keeps a program for later runs, under a key. */
  | { readonly type: 'load'; readonly key: string; readonly program: Program }
  | { readonly type: 'drop'; readonly key: string }
  | { readonly type: 'run'; readonly key: string; readonly situation: Situation; readonly limits: CycleLimits }
  | { readonly type: 'reply'; readonly reply: GuestReply };

/** `fuel` is what was used so far. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'call'; readonly operation: string; readonly request: ValueMap; readonly fuel: number }
  /** `spent`: something of this run is still under way in the worker, which must not be used again. */
  | { readonly type: 'done'; readonly result: RunResult; readonly spent: boolean }
  /** The worker's own failure, not the guest's. */
  | { readonly type: 'failed'; readonly message: string };

export type RunResult = Exclude<HandlerResult, { readonly kind: 'refused' }>;

export interface AdmissionRequest {
  readonly bytes: Uint8Array;
  readonly options: AdmissionOptions;
}

export type AdmissionReply =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };
