/**
 * What an object is at a given entry: the fold of all entries up to it, and nothing else (R21). Every value keeps the `seq` of
 * the entry that produced it, so that node and verdict can be looked up (R22). Immutable: a fold step makes a new state.
 */
import type { Child } from './child.ts';
import type { Counters } from './charges.ts';
import type { FileRef } from './files.ts';
import type { IntentStep } from './intent.ts';
import type { Known, OutcomeNote } from './known.ts';
import type { Condition, Entry, EntryOf, Genesis, Intent, NegativeBody, OutcomeClass } from './model.ts';
import type { Continuity } from './trust.ts';
import type { Value, ValueMap } from '../value.ts';

export type Status = 'active' | 'dormant' | 'terminated';

/** A committed value and the `call` or `result` entry that it comes from. */
export interface Traced {
  readonly value: Value;
  readonly seq: number;
}

export interface SignalNote {
  readonly seq: number;
  readonly time: number;
  /** Node id, hexadecimal. */
  readonly node: string;
  readonly name: string;
  readonly key: string;
}

/** A signal that no run of the handler could read yet. */
export interface WaitingSignal {
  readonly seq: number;
  readonly payload: Value;
}

/** An entry under the creator's seal that a carried object keeps. */
export interface BlobRef {
  readonly seq: number;
  readonly media: string;
  /** SHA-256 of the entry's stored bytes. */
  readonly hash: Uint8Array;
}

export interface Dormancy {
  /** `seq` of the outcome entry that put it to sleep. */
  readonly seq: number;
  readonly since: number;
  readonly condition: Condition;
  /** Unsatisfied or refused wake attempts recorded since. */
  readonly attempts: number;
  /** Outcomes since, its own and those that witnesses brought; the first ones of each class (`outcomesAwaited`). */
  readonly outcomes: readonly OutcomeNote[];
}

/** An execution that the kernel tries again by itself when the object wakes (docs/backoff.md). */
export interface Pending {
  /** `seq` of the proposal. */
  readonly proposal: number;
  /** The proposed execution, as it is stored. */
  readonly body: ValueMap;
  /** Time of the proposal: what may elapse in all counts from it. */
  readonly first: number;
  /** All attempts, the first one and merged ones included. */
  readonly attempts: number;
  /** Attempts in a row, up to the last one, that ended in its class. */
  readonly consecutive: number;
  readonly class: OutcomeClass;
  readonly reason: string | null;
  /** The cycle of the last attempt that has one of its own. */
  readonly cycle: number;
  /** Attempts since then, merged. */
  readonly merged: number;
  /** Where the next request goes on: a text or a whole number; null: at the beginning. */
  readonly cursor: Value;
  /** The idempotency key that the next attempt has to go out with, for the end of the last one is not known. Null: one of its own. */
  readonly key: string | null;
  /** SHA-256 (hexadecimal) of all that makes an attempt worth an entry. One that gives the same changed nothing. */
  readonly digest: string;
}

/** Something that is known not to work (docs/failure-signals.md). */
export interface NegativeNote {
  readonly seq: number;
  readonly cycle: number;
  /** When it was met: by its entry, or by the last merged attempt that met it again. */
  readonly since: number;
  readonly body: NegativeBody;
}

export interface Spent {
  readonly fuel: number;
  readonly calls: number;
  readonly bytes: number;
  readonly cycles: number;
  /** By name; a counter that nothing was spent from is not there. */
  readonly counters: Counters;
}

/** A cycle that has no outcome yet: entries since its first, in order. */
export interface OpenCycle {
  readonly cycle: number;
  readonly entries: readonly Entry[];
  /** What its calls cost so far, by counter. */
  readonly charged: Counters;
}

export interface State {
  readonly id: Uint8Array;
  readonly genesis: Genesis;
  readonly status: Status;
  /** As it stands now; the original is in the genesis. */
  readonly intent: Intent;
  /** `seq` and SHA-256 of the last item. */
  readonly seq: number;
  readonly head: Uint8Array;
  /** The last seal, and how many entries stand behind it. */
  readonly sealed: { readonly seq: number; readonly hash: Uint8Array; readonly time: number } | null;
  readonly unsealed: number;
  /** Number of the last cycle that has an outcome; 0 before the first. */
  readonly cycle: number;
  readonly open: OpenCycle | null;
  /** Trust slope of the last seal, 0 to 1000. */
  readonly trust: number;
  readonly continuity: Continuity;
  /** Id of the node that let the object in though it is quarantined; until that node has ended a cycle. */
  readonly readmitted: Uint8Array | null;
  /** SHA-256 (hexadecimal) of each receipt of another branch beside which this one is gone on with. */
  readonly followed: readonly string[];
  /** The `kv` state: committed values only. */
  readonly values: ReadonlyMap<string, Traced>;
  /** What the object carries, by path; all of it from under its creator's seal. */
  readonly files: ReadonlyMap<string, FileRef>;
  /** Every blob under the creator's seal, in order. */
  readonly blobs: readonly BlobRef[];
  readonly spent: Spent;
  /** The last `SIGNALS_KEPT` of them, in order. */
  readonly signals: readonly SignalNote[];
  /** Of those, what came in since the handler ran last. A checkpoint takes them along. */
  readonly waiting: readonly WaitingSignal[];
  /** The changes of the intent, in order. */
  readonly steps: readonly IntentStep[];
  readonly children: ReadonlyMap<string, Child>;
  /** What is known of other objects, by id in hexadecimal. */
  readonly objects: ReadonlyMap<string, Known>;
  readonly dormancy: Dormancy | null;
  /** The execution that is tried again when it wakes; null: the handler goes on. */
  readonly pending: Pending | null;
  /** What is known not to work, in order; retired ones left out. */
  readonly negatives: readonly NegativeNote[];
  readonly last: EntryOf<'outcome'> | null;
  /** `seq` of the last proposal and SHA-256 of its action and body, to see when a handler repeats itself. */
  readonly lastProposal: { readonly seq: number; readonly digest: string } | null;
  /** `seq` of the last checkpoint, where memory begins; 0 where there is none. */
  readonly checkpoint: number;
}

/** Signals that a state knows: an older one may be delivered again, and no condition sees it any more. */
export const SIGNALS_KEPT = 512;
/** Blobs under the creator's seal. */
export const BLOBS_MOST = 1024;
/** Entries that may stand without a seal. Bounds what an unsealed history can make a reader keep. */
export const UNSEALED_MOST = 16_384;
