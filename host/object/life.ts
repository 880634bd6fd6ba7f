/**
 * Bodies of the entries of a long life (docs/format.md): what is known of other objects, what was tried and failed, what is ruled out,
 * checkpoints, and the branches and nodes that were chosen.
 */
import type { Budgets, Condition, OutcomeClass, Verdict } from './terms.ts';
import type { Value } from '../value.ts';

/** The parent gives a child up. The child learns it from a witness of its parent. */
export interface CancelBody {
  readonly name: string;
  readonly reason: string;
}

/** What came back of the children that a sleeper waited for. */
export interface AggregateBody {
  /** How many had to come back. */
  readonly need: number;
  readonly of: readonly string[];
  /** The children that came back, with the `seq` of their witness. */
  readonly returned: readonly { readonly name: string; readonly seq: number }[];
  readonly missing: readonly string[];
}

/** What is known of another object: its seal, and the entries right before that seal (R20, R41, R54). */
export interface WitnessBody {
  readonly id: Uint8Array;
  /** The seal's COSE_Sign1. */
  readonly receipt: Uint8Array;
  /** Stored bytes; the last one's hash is the statement's head. May be empty. */
  readonly items: readonly Uint8Array[];
  /** What the other object has spent in all; null where nobody asks. */
  readonly spent: Budgets | null;
}

/** A failure signal: made by the host, never by a guest (R47). */
export interface FailureBody {
  readonly class: OutcomeClass;
  readonly operation: string | null;
  /** What it aimed at, for example a host or a child's name. */
  readonly target: string | null;
  readonly reason: string | null;
  /** `seq` of the entry that it follows from. */
  readonly because: number | null;
}

/** Something that cannot be done: this operation towards this target, here, until the condition holds (R49). */
export interface NegativeBody {
  readonly operation: string;
  /** `*` for any. */
  readonly target: string;
  /** The node that it was met on; null for any. */
  readonly node: Uint8Array | null;
  /** The zone that it was met in; null for any. */
  readonly zone: string | null;
  readonly reason: string;
  readonly because: number;
  readonly until: Condition;
}

export interface RetireBody {
  /** `seq` of the negative capability. */
  readonly negative: number;
  readonly reason: string;
}

/**
 * Attempts of a pending execution that changed nothing, merged. While no seal covers it, it is replaced by one with a higher count
 * (docs/polling.md).
 */
export interface AttemptsBody {
  /** `seq` of the proposal that is tried again. */
  readonly proposal: number;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly class: OutcomeClass;
  readonly fuel: number;
  readonly calls: number;
  readonly bytes: number;
  /** SHA-256 of the last answer; null where there was none. */
  readonly digest: Uint8Array | null;
}

/** All entries before this one in a Merkle tree (RFC 6962 hashing), and the state that they fold to (R23). */
export interface CheckpointBody {
  /** Items before this one. */
  readonly size: number;
  /** Hashes of the perfect subtrees along the right edge, the largest first. */
  readonly frontier: readonly Uint8Array[];
  readonly state: Value;
}

/** This branch is gone on with though another, or more of this one, is known (R29). */
export interface FollowBody {
  /** Receipt of what this copy does not hold. */
  readonly receipt: Uint8Array;
  readonly found: 'fork' | 'behind';
  readonly reason: string;
}

/** A quarantined object is let in again by this node's policy (R56). */
export interface ReadmitBody {
  /** The node that it came from. */
  readonly from: Uint8Array;
  /** Trust slope as it came. */
  readonly slope: number;
  readonly verdict: Verdict;
}
