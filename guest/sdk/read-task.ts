/**
 * The contract's situation as a task. The two engines hand records over in slightly different dress (bigint or number, undefined or
 * null, and from 2^31 on QuickJS has a u32 below zero); here that ends. Pure.
 */
import type { Context, Outcome, Situation, Trigger } from 'sojourn:object/situation@0.2.0';
import { decodeJson } from './json.ts';
import type { Task, TaskContext, TaskOutcome, TaskTrigger } from './task.ts';

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
      memoryPages: limits.memoryPages >>> 0,
      calls: limits.calls >>> 0,
      bytes: Number(limits.bytes),
      proposalBytes: limits.proposalBytes >>> 0,
    },
  };
}

function readContext(context: Context): TaskContext {
  return {
    ...context,
    budgets: context.budgets.map(({ name, limit, spent }) => ({ name, limit: Number(limit), spent: Number(spent) })),
    continuousOver: context.continuousOver >>> 0,
    parent: context.parent ?? null,
  };
}

function readTrigger(trigger: Trigger): TaskTrigger {
  if (trigger.tag !== 'woken') return { tag: trigger.tag };
  const { dormancy, signals, witnesses } = trigger.val;
  return {
    tag: 'woken',
    dormancy: Number(dormancy),
    signals: Array.from(signals, Number),
    witnesses: Array.from(witnesses, Number),
  };
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
