/**
 * The situation of a cycle as a handler reads it: JSON fields as values, whole numbers as numbers, absent things as null.
 */
import type { Json } from './json.ts';

export interface Task<Input = Json> {
  /** Same as `intent.input`. */
  readonly input: Input;
  readonly intent: {
    readonly kind: string;
    readonly goal: string;
    readonly input: Input;
    readonly constraints: { readonly [name: string]: Json };
  };
  readonly context: TaskContext;
  /** Why the handler runs now. */
  readonly trigger: TaskTrigger;
  /** How the last cycle ended; null in the first. */
  readonly last: TaskOutcome | null;
  readonly cycle: number;
  /** Milliseconds since 1970. Stands still within the cycle. */
  readonly now: number;
  /** What is left for this cycle. */
  readonly limits: {
    readonly fuel: number;
    readonly memoryPages: number;
    readonly calls: number;
    readonly bytes: number;
    readonly proposalBytes: number;
  };
}

export interface TaskContext {
  readonly id: string;
  readonly creator: string;
  readonly capabilities: readonly string[];
  readonly zones: readonly string[];
  readonly budgets: readonly { readonly name: string; readonly limit: number; readonly spent: number }[];
  /** Trust slope, 0 to 1000. */
  readonly trust: number;
  /** Cycles in a row, up to the last one, that cost no trust. */
  readonly continuousOver: number;
  readonly parent: string | null;
}

export type TaskTrigger =
  | { readonly tag: 'created' }
  | { readonly tag: 'continued' }
  | {
      readonly tag: 'woken';
      /** Position of the entry that put it to sleep. */
      readonly dormancy: number;
      /** Positions of the signals that helped to wake it. */
      readonly signals: readonly number[];
      /** Positions of what is known of other objects that helped to wake it. */
      readonly witnesses: readonly number[];
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

export interface TaskOutcome {
  readonly seq: number;
  readonly class: OutcomeClass;
  readonly action: string | null;
  readonly reason: string | null;
  readonly value: Json;
}
