/**
 * What an object knows of others, one record an object (R20, R41, R54): the fold of its witnesses (learn.ts). What it says of another
 * object is as good as the seals in it.
 */
import { DEFAULT_LIMITS } from '../limits.ts';
import type { Budgets, OutcomeClass } from './model.ts';

/** The end of another object. */
export interface KnownEnd {
  readonly achieved: boolean;
  readonly class: OutcomeClass;
  /** Where the result is: `seq` of the witness in this object, and position in its items. */
  readonly seq: number;
  readonly item: number;
  /** `seq` of the outcome in the other object. */
  readonly at: number;
}

/** The last outcome of another object that a witness brought. */
export interface KnownOutcome {
  readonly class: OutcomeClass;
  readonly reason: string | null;
  /** `seq` of the witness in this object. */
  readonly seq: number;
  /** `seq` of the outcome in the other object. */
  readonly at: number;
}

/** Two seals of one object that cannot stand in one history. */
export interface KnownFork {
  /** `seq` of the seal at which the two part, or stand apart. */
  readonly at: number;
  /** Hexadecimal heads: the one that was known, and the other. */
  readonly heads: readonly [string, string];
  /** `seq` of the witness that showed it. */
  readonly seq: number;
}

/** The newest that is known of another object, and what its witnesses brought so far. */
export interface Known {
  /** `seq` of the newest witness. */
  readonly seq: number;
  /** `seq` of the newest seal that is known, what it says is its head (hexadecimal), its node, time, cycle and trust slope. */
  readonly at: number;
  readonly head: string;
  readonly node: string;
  readonly time: number;
  readonly cycle: number;
  readonly trust: number;
  readonly ended: KnownEnd | null;
  readonly last: KnownOutcome | null;
  /** Children that it gave up: name → `seq` of the witness, and the reason. */
  readonly cancelled: ReadonlyMap<string, { readonly seq: number; readonly reason: string }>;
  readonly spent: Budgets | null;
  readonly fork: KnownFork | null;
}

/** An outcome that came about while the object slept. */
export interface OutcomeNote {
  readonly seq: number;
  readonly class: OutcomeClass;
  readonly count: number;
  /** False where a witness brought it. */
  readonly own: boolean;
}

/** Notes of one class that are kept for one dormancy. More would decide nothing: conditions ask for no more (host/limits.ts). */
const NOTES_KEPT = DEFAULT_LIMITS.object.outcomesAwaited;

/** The notes with one more, within the bound of its class. */
export function withNote(notes: readonly OutcomeNote[], note: OutcomeNote): readonly OutcomeNote[] {
  const kept = notes.filter((other) => other.class === note.class).length;
  return kept >= NOTES_KEPT ? notes : [...notes, note];
}
