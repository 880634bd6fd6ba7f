/**
 * What the end of a cycle does to the state. Until then everything in the cycle is pending: what the handler wrote is committed
 * once it gave a proposal, a changed intent and a new child once the action succeeded.
 */
import { addCounters, sumOf } from './charges.ts';
import { childrenAfter } from './children.ts';
import { nextContinuity } from './trust.ts';
import { SojournError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { isMap } from '../value.ts';
import type { Value } from '../value.ts';
import { readEnd } from './end.ts';
import { withNote } from './known.ts';
import { stepsAfter } from './intent.ts';
import type { Entry, EntryOf } from './model.ts';
import { negativesAfter } from './negatives.ts';
import { isTry, pendingAfter } from './pending.ts';
import type { Spent, State, Traced } from './state.ts';
import type { Hash } from '../ports.ts';

/** State behind the outcome of the open cycle. Errors: `object.chain` for a recorded write that is none. */
export function closeCycle(state: State, outcome: EntryOf<'outcome'>, hash: Hash): State {
  const entries = state.open?.entries ?? [];
  const kept = outcome.body.class === 'success' ? entries : [];
  const intents = kept.filter((entry) => entry.kind === 'intent');
  const children = kept.filter((entry) => entry.kind === 'child');
  return {
    ...state,
    ...sleepOrWake(state, outcome),
    pending: pendingAfter(state, entries, outcome, hash),
    negatives: negativesAfter(state.negatives, entries),
    cycle: outcome.cycle,
    open: null,
    last: outcome,
    waiting: entries.some((entry) => entry.kind === 'open') ? [] : state.waiting,
    continuity: nextContinuity(state.continuity, outcome.body),
    readmitted: null,
    intent: intents.at(-1)?.body.after ?? state.intent,
    steps: stepsAfter(state.steps, intents, hash),
    children: kept.length === 0 ? state.children : childrenAfter(state.children, kept),
    values: withWrites(state, entries, outcome),
    spent: addSpent(state, outcome, children),
  };
}

function sleepOrWake(state: State, outcome: EntryOf<'outcome'>): Pick<State, 'status' | 'dormancy'> {
  const { action, class: outcomeClass, wake } = outcome.body;
  if (action === 'reentry' && state.dormancy !== null) {
    if (outcomeClass === 'success') return { status: 'active', dormancy: null };
    const { attempts, outcomes } = state.dormancy;
    // that it was not time yet is no outcome that anything could wait for
    const noted =
      outcome.body.reason === 'not-yet'
        ? outcomes
        : withNote(outcomes, { seq: outcome.seq, class: outcomeClass, count: 1, own: true });
    return { status: 'dormant', dormancy: { ...state.dormancy, attempts: attempts + 1, outcomes: noted } };
  }
  if (readEnd(outcome.body) !== null) return { status: 'terminated', dormancy: null };
  if (wake === null) {
    // a pending execution that came to its end: the handler goes on
    if (action !== null && state.pending !== null && isTry(state.open?.entries ?? []))
      return { status: 'active', dormancy: null };
    return { status: state.status, dormancy: state.dormancy };
  }
  return {
    status: 'dormant',
    dormancy: { seq: outcome.seq, since: outcome.time, condition: wake, attempts: 0, outcomes: [] },
  };
}

/** What a child may spend counts as spent by its parent, so that both together keep to the parent's budget (R53). */
function addSpent({ spent, open }: State, outcome: EntryOf<'outcome'>, children: readonly EntryOf<'child'>[]): Spent {
  const own = outcome.body;
  const total = {
    fuel: sumOf(spent.fuel, own.fuel),
    calls: sumOf(spent.calls, own.calls),
    bytes: sumOf(spent.bytes, own.bytes),
    cycles: sumOf(spent.cycles, 1),
    counters: addCounters(spent.counters, open?.charged ?? {}),
  };
  for (const { body } of children) {
    total.fuel = sumOf(total.fuel, body.budgets.fuel ?? 0);
    total.calls = sumOf(total.calls, body.budgets.calls ?? 0);
    total.bytes = sumOf(total.bytes, body.budgets.bytes ?? 0);
    total.cycles = sumOf(total.cycles, body.budgets.cycles ?? 0);
    total.counters = addCounters(total.counters, body.budgets.counters ?? {});
  }
  return total;
}

function withWrites(state: State, entries: readonly Entry[], outcome: EntryOf<'outcome'>): State['values'] {
  const proposal = entries.findLast(isProposal);
  const writes = proposal === undefined ? [] : pendingWrites(entries);
  const into = committedKey(proposal?.body.body ?? state.pending?.body ?? null, outcome);
  if (writes.length === 0 && into === null) return state.values;
  const values = new Map(state.values);
  for (const { key, traced } of writes) {
    if (traced === null) values.delete(key);
    else values.set(key, traced);
  }
  if (into !== null) values.set(into, { value: outcome.body.value, seq: outcome.seq });
  return values;
}

function isProposal(entry: Entry): entry is EntryOf<'proposal'> {
  return entry.kind === 'proposal' && entry.body.source === 'handler';
}

/** The key under which the result of an execution is committed, or null. */
function committedKey(execution: Value, outcome: EntryOf<'outcome'>): string | null {
  if (outcome.body.class !== 'success' || outcome.body.action !== 'execution') return null;
  const into = isMap(execution) ? execution['into'] : undefined;
  return typeof into === 'string' ? into : null;
}

interface Write {
  readonly key: string;
  /** Null deletes. */
  readonly traced: Traced | null;
}

/** Permitted writes of the cycle, in order, those left out whose result is an error. */
export function pendingWrites(entries: readonly Entry[]): Write[] {
  const failed = new Set(
    entries.flatMap((entry) => (entry.kind === 'result' && entry.body.error !== null ? [entry.body.call] : [])),
  );
  return entries.flatMap((entry) => {
    if (entry.kind !== 'call' || failed.has(entry.seq)) return [];
    const { verdict } = entry.body.verdict;
    if (verdict !== 'permit' && verdict !== 'constrain') return [];
    return entry.body.operation === 'kv.set' || entry.body.operation === 'kv.delete' ? [readWrite(entry)] : [];
  });
}

function readWrite(entry: EntryOf<'call'>): Write {
  const { key, value } = entry.body.request;
  if (typeof key !== 'string') throw badWrite(entry, 'a text as key');
  if (entry.body.operation === 'kv.delete') return { key, traced: null };
  if (typeof value !== 'string') throw badWrite(entry, 'a JSON text as value');
  const parsed = parseJson(value, value.length * 3);
  if (!parsed.ok) throw badWrite(entry, `a JSON text as value (${parsed.message})`);
  return { key, traced: { value: parsed.value, seq: entry.seq } };
}

function badWrite(entry: Entry, expected: string): SojournError {
  return new SojournError('object.chain', `entry ${entry.seq}: expected ${expected}`, {
    details: { index: entry.seq },
  });
}
