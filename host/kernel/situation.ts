/**
 * What a handler is told: the folded state and the cycle's own limits in the contract's words, and nothing of the host.
 */
import { hex, stringifyJson } from '../json.ts';
import type { CycleLimits } from '../limits.ts';
import type { BudgetName, EntryOf, OpenBody } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Hash, Situation } from '../ports.ts';
import { isList, isMap } from '../value.ts';
import type { Value } from '../value.ts';
import { countOf } from '../object/charges.ts';
import { budgetLeft, covers } from './scope.ts';

/** The limits of a cycle, lowered to what the object's budgets leave. Recorded in `open`. */
export function effectiveLimits(state: State, limits: CycleLimits): CycleLimits {
  const { budgets } = state.genesis.context;
  const lower = (name: BudgetName, limit: number): number =>
    Math.min(limit, budgetLeft(budgets, state.spent, name) ?? limit);
  return {
    ...limits,
    fuel: lower('fuel', limits.fuel),
    calls: lower('calls', limits.calls),
    cycleBytes: lower('bytes', limits.cycleBytes),
  };
}

/** Wall time: each host bounds it by its own limits, whatever the record says. */
const TIMES: readonly string[] = ['deadlineMs', 'callMs'] satisfies (keyof CycleLimits)[];

/** The first of these limits, those of wall time aside, that is wider than its bound; null where none is. */
export function exceededLimit(limits: CycleLimits, bounds: CycleLimits): keyof CycleLimits | null {
  // the keys of a record of limits are its own
  const names = Object.keys(bounds) as (keyof CycleLimits)[];
  return names.find((name) => !TIMES.includes(name) && limits[name] > bounds[name]) ?? null;
}

/** Recorded limits as this host runs under them. */
export function ownTimes(recorded: CycleLimits, own: CycleLimits): CycleLimits {
  return { ...recorded, deadlineMs: own.deadlineMs, callMs: own.callMs };
}

/** What starts a cycle on this state. */
export function triggerOf(state: State): Pick<OpenBody, 'trigger' | 'because'> {
  const { last } = state;
  if (last === null) return { trigger: 'created', because: null };
  const woken = last.body.action === 'reentry' && last.body.class === 'success';
  return woken ? { trigger: 'woken', because: last.seq } : { trigger: 'continued', because: null };
}

export function situationOf(state: State, open: EntryOf<'open'>, hash: Hash): Situation {
  const { context } = state.genesis;
  const { limits } = open.body;
  return {
    intent: {
      kind: state.intent.kind,
      goal: state.intent.goal,
      input: stringifyJson(state.intent.input),
      constraints: stringifyJson(state.intent.constraints),
    },
    context: {
      id: hex(state.id),
      creator: hex(hash(context.creator).subarray(0, 16)),
      capabilities: context.scope.capabilities,
      zones: context.scope.zones,
      budgets: budgetsOf(state),
      trust: state.trust,
      continuousOver: 0,
      parent: context.parent === null ? null : hex(context.parent.id),
    },
    trigger: triggerView(state, open.body),
    last: lastOutcome(state),
    cycle: open.cycle,
    now: open.time,
    limits: {
      fuel: limits.fuel,
      memoryPages: limits.memoryPages,
      calls: limits.calls,
      bytes: limits.cycleBytes,
      proposalBytes: limits.proposalBytes,
    },
    ...filesOf(state),
  };
}

function filesOf({ files, genesis }: State): Pick<Situation, 'files'> {
  if (files.size === 0 || !covers(genesis.context.scope.capabilities, 'files.read')) return {};
  return { files: Array.from(files, ([path, { size }]) => ({ path, size })) };
}

function budgetsOf(state: State): Situation['context']['budgets'] {
  const { budgets } = state.genesis.context;
  const names: readonly BudgetName[] = ['fuel', 'calls', 'bytes', 'cycles'];
  const bounded = names.flatMap((name) => {
    const limit = budgets[name];
    return limit === undefined ? [] : [{ name, limit, spent: state.spent[name] }];
  });
  const { counters = {} } = budgets;
  const counted = Object.keys(counters)
    .toSorted()
    .map((name) => ({
      name,
      limit: countOf(counters, name),
      spent: countOf(state.spent.counters, name),
    }));
  return [...bounded, ...counted];
}

function triggerView(state: State, open: OpenBody): Situation['trigger'] {
  if (open.trigger !== 'woken') return { tag: open.trigger };
  const value = state.last?.body.value;
  const wake = value !== undefined && isMap(value) ? value : {};
  const { dormancy, signals, witnesses } = wake;
  return {
    tag: 'woken',
    val: {
      dormancy: typeof dormancy === 'number' ? dormancy : 0,
      signals: positions(signals),
      witnesses: positions(witnesses),
    },
  };
}

function positions(value: Value | undefined): readonly number[] {
  return isList(value) ? value.filter((seq) => typeof seq === 'number') : [];
}

function lastOutcome(state: State): Situation['last'] {
  if (state.last === null) return null;
  const { seq, body } = state.last;
  return { seq, class: body.class, action: body.action, reason: body.reason, value: stringifyJson(body.value) };
}
