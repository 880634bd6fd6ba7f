/**
 * The situation of a cycle as a handler reads it: JSON fields as values, whole numbers as numbers, absent things as null. The two
 * engines hand records over in slightly different dress (bigint or number, undefined or null); here that ends. Pure.
 */
import type { Context, Outcome, OutcomeClass, Situation, Trigger } from 'sojourn:object/situation@0.1.0';
import { decodeJson } from './json.ts';
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
  /** 0 to 1000. */
  readonly trust: number;
  readonly parent: string | null;
}

export type TaskTrigger =
  | { readonly tag: 'created' }
  | { readonly tag: 'continued' }
  | { readonly tag: 'woken'; readonly dormancy: number; readonly signals: readonly number[] };

export interface TaskOutcome {
  readonly seq: number;
  readonly class: OutcomeClass;
  readonly action: string | null;
  readonly reason: string | null;
  readonly value: Json;
}

/** Reads the contract's record. `Input` is what the caller expects; nothing is checked. */
export function readTask<Input>(situation: Situation): Task<Input> {
  const input = decodeJson<Input>(situation.intent.input);
  const { limits } = situation;
  return {
    input,
    intent: {
      kind: situation.intent.kind,
      goal: situation.intent.goal,
      input,
      constraints: decodeJson(situation.intent.constraints),
    },
    context: readContext(situation.context),
    trigger: readTrigger(situation.trigger),
    last: readOutcome(situation.last ?? null),
    cycle: Number(situation.cycle),
    now: Number(situation.now),
    limits: {
      fuel: Number(limits.fuel),
      memoryPages: limits.memoryPages,
      calls: limits.calls,
      bytes: Number(limits.bytes),
      proposalBytes: limits.proposalBytes,
    },
  };
}

function readContext(context: Context): TaskContext {
  return {
    ...context,
    budgets: context.budgets.map(({ name, limit, spent }) => ({ name, limit: Number(limit), spent: Number(spent) })),
    parent: context.parent ?? null,
  };
}

function readTrigger(trigger: Trigger): TaskTrigger {
  if (trigger.tag !== 'woken') return { tag: trigger.tag };
  return { tag: 'woken', dormancy: Number(trigger.val.dormancy), signals: Array.from(trigger.val.signals, Number) };
}

function readOutcome(outcome: Outcome | null): TaskOutcome | null {
  if (outcome === null) return null;
  return {
    seq: Number(outcome.seq),
    class: outcome.class,
    action: outcome.action ?? null,
    reason: outcome.reason ?? null,
    value: decodeJson(outcome.value),
  };
}
