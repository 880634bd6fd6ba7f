/**
 * The closed sets of words that bodies of entries are made of, and the three records that stand in many of them: budgets, verdicts
 * and wake conditions.
 */
import type { ValueMap } from '../value.ts';

export type BudgetName = 'fuel' | 'calls' | 'bytes' | 'cycles';
/** What the object may spend in all its life; an absent name is unbounded. */
export type Budgets = { readonly [name in BudgetName]?: number } & {
  /** Counters that policy charges (`@spend`), by name: 1 to 32 of a-z, 0-9, `-`. What has no counter here cannot be spent. */
  readonly counters?: { readonly [name: string]: number };
};

export type OutcomeClass =
  | 'success'
  | 'partial'
  | 'failure'
  | 'deferral'
  | 'refusal'
  | 'timeout'
  | 'latency'
  | 'no-response'
  | 'node-loss'
  | 'capability-missing';

export type ActionName = 'execution' | 'mutation' | 'delegation' | 'dormancy' | 'reentry' | 'termination';
export type VerdictName = 'permit' | 'constrain' | 'defer' | 'reject';

/** What authority said, and who made it say so (R34). */
export interface Verdict {
  readonly verdict: VerdictName;
  /** Ids of the policies that decided, `node:` or `carried:` in front. */
  readonly policies: readonly string[];
  /** A code for a verdict that no policy made: `no-permit`, `scope`, `policy-missing`, `policy-expired`, `policy-revoked`, `policy-error` … */
  readonly reason: string | null;
  /** For `constrain`: the narrowed values, by name. */
  readonly constraints: ValueMap | null;
  /** For `defer`: what to wait for. */
  readonly wake: Condition | null;
}

/** What a node's surroundings are made of, as far as a sleeper can wait for a change of it. */
export type ContextFacet = 'policy' | 'node' | 'zone' | 'capabilities';
/** How far another object has come: its history holds an entry, it has ended, it has ended with its intent fulfilled. */
export type ObjectState = 'reached' | 'ended' | 'achieved';

/** A wake condition. Stored as a list: its tag and its fields in this order (docs/format.md). */
export type Condition =
  | { readonly tag: 'instant'; readonly at: number }
  | { readonly tag: 'elapsed'; readonly ms: number }
  | { readonly tag: 'signal'; readonly name: string }
  /** So many outcomes of these classes since it fell asleep; no classes: of any. */
  | { readonly tag: 'outcomes'; readonly classes: readonly OutcomeClass[]; readonly count: number }
  /** The facet is no longer what it was when the object fell asleep. */
  | { readonly tag: 'context'; readonly facet: ContextFacet; readonly was: string }
  /** `seq` is the entry that must be there for `reached`, else 0. */
  | { readonly tag: 'object'; readonly id: Uint8Array; readonly state: ObjectState; readonly seq: number }
  | { readonly tag: 'group'; readonly need: number; readonly members: readonly Condition[] };
