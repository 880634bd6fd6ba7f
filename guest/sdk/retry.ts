/**
 * What the host may try again by itself, and how often. The bounds are the handler's; within them the next delay follows from what
 * happened (docs/backoff.md). Pure.
 */
import type { OutcomeClass } from './task.ts';
import type { Predicate } from './predicate.ts';

/** What follows an outcome: try again after a delay; try again when policy or place have changed; let the handler go on with it. */
export type Response = 'retry' | 'wait' | 'give-up';

/** Times are milliseconds. When the bounds are used up, the object ends with the reason. */
export interface Retry {
  /** 1 or more; the first try counts. */
  readonly maxAttempts: number;
  /** Since the first try. */
  readonly maxElapsed: number;
  readonly minDelay: number;
  readonly maxDelay: number;
  /** An answer that took longer is told as a failure signal of class `latency`; it is a success all the same. */
  readonly latency?: number;
  /** What differs from the rules of docs/backoff.md. */
  readonly rules?: { readonly [name in OutcomeClass]?: Response };
}

/** Asks again until the predicate holds of the result. Needs a `retry`. */
export interface Poll {
  readonly predicate: Predicate;
  readonly cursor?: Cursor;
}

/** Where the next request goes on. */
export interface Cursor {
  /** RFC 6901, into the result: a text or a whole number. */
  readonly pointer: string;
  /** The query parameter of the request's URL, or the member of the tool's input, that it is put into. */
  readonly parameter: string;
}
