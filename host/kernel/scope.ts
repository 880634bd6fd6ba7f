/**
 * What travels with an object can only narrow what it may do (R38, R53): whether an operation lies within a scope, and
 * whether a child's scope and budgets lie within what its parent has left.
 */
import { addCounters, countOf, readCharges } from '../object/charges.ts';
import type { Counters } from '../object/charges.ts';
import type { BudgetName, Budgets, Scope, Verdict } from '../object/model.ts';
import type { Spent, State } from '../object/state.ts';

const BUDGETS: readonly BudgetName[] = ['fuel', 'calls', 'bytes', 'cycles'];

/** `*` covers all, `http.*` covers every operation of `http`, a full name itself. Compared byte by byte: no case folding. */
export function covers(capabilities: readonly string[], operation: string): boolean {
  return capabilities.some((pattern) => matches(pattern, operation));
}

function matches(pattern: string, operation: string): boolean {
  if (pattern === '*' || pattern === operation) return true;
  return pattern.endsWith('.*') && operation.startsWith(pattern.slice(0, -1)) && operation.length >= pattern.length - 1;
}

export interface ScopeMisfit {
  readonly path: string;
  readonly message: string;
}

/** Null where the child's scope lies within the parent's, else the first thing that does not. */
export function checkWithin(parent: Scope, child: Pick<Scope, 'capabilities' | 'zones'>): ScopeMisfit | null {
  if (parent.depth < 1) return { path: 'depth', message: 'expected a parent that may delegate, found depth 0' };
  const wider = child.capabilities.find((capability) => !covers(parent.capabilities, capability));
  if (wider !== undefined)
    return { path: 'capabilities', message: `expected capabilities within the parent's, found ${wider}` };
  if (parent.zones.length === 0) return null;
  if (child.zones.length === 0)
    return { path: 'zones', message: "expected the parent's zones or fewer, found any zone" };
  const outside = child.zones.find((zone) => !parent.zones.includes(zone));
  return outside === undefined
    ? null
    : { path: 'zones', message: `expected zones within the parent's, found ${outside}` };
}

/** Null where the parent can give this from what it has left. Where the parent is bounded, the child must be too. */
export function checkBudgets(parent: Budgets, spent: Spent, child: Budgets): ScopeMisfit | null {
  for (const name of BUDGETS) {
    const left = budgetLeft(parent, spent, name);
    const asked = child[name];
    if (left === null) continue;
    if (asked === undefined) return { path: `budgets/${name}`, message: `expected at most ${left}, found no bound` };
    if (asked > left) return { path: `budgets/${name}`, message: `expected at most ${left}, found ${asked}` };
  }
  return checkCounters(parent, spent, child.counters ?? {});
}

/** What has no counter cannot be spent, so a child may have fewer counters than its parent, and no other. */
function checkCounters(parent: Budgets, spent: Spent, asked: Counters): ScopeMisfit | null {
  for (const [counter, amount] of Object.entries(asked)) {
    const left = counterLeft(parent, spent, counter);
    if (amount > left) return { path: `budgets/${counter}`, message: `expected at most ${left}, found ${amount}` };
  }
  return null;
}

/** What is left of a budget; null where it is unbounded. */
export function budgetLeft(budgets: Budgets, spent: Spent, name: BudgetName): number | null {
  const limit = budgets[name];
  return limit === undefined ? null : Math.max(0, limit - spent[name]);
}

/** What is left of a counter: nothing of one that the object was not given. */
export function counterLeft({ counters = {} }: Budgets, { counters: spent }: Spent, counter: string): number {
  return Math.max(0, countOf(counters, counter) - countOf(spent, counter));
}

/** What the object has spent once the open cycle ends as it stands; `run` is what the cycle has used beside its handler's fuel. */
export function spentSoFar({ spent, open }: State, run: { readonly calls: number; readonly bytes: number }): Spent {
  const entries = open?.entries ?? [];
  const proposal = entries.findLast((entry) => entry.kind === 'proposal' && entry.body.source === 'handler');
  return {
    fuel: spent.fuel + (proposal?.kind === 'proposal' ? proposal.body.fuel : 0),
    calls: spent.calls + run.calls,
    bytes: spent.bytes + run.bytes,
    cycles: spent.cycles + 1,
    counters: addCounters(spent.counters, open?.charged ?? {}),
  };
}

/** The first counter that what is left does not cover, of those that the verdict charges; or null. */
export function overspent(state: State, { constraints }: Verdict): string | null {
  const charges = Object.entries(readCharges(constraints) ?? {});
  if (charges.length === 0) return null;
  const spent = spentSoFar(state, { calls: 0, bytes: 0 });
  const beyond = charges.find(
    ([counter, amount]) => amount > counterLeft(state.genesis.context.budgets, spent, counter),
  );
  return beyond?.[0] ?? null;
}

/** An allowing verdict that charges more than is left, as a rejection. Any other as it is. */
export function withinCounters(verdict: Verdict, state: State): Verdict {
  const counter = overspent(state, verdict);
  if (counter === null || (verdict.verdict !== 'permit' && verdict.verdict !== 'constrain')) return verdict;
  return { ...verdict, verdict: 'reject', reason: `budget:${counter}` };
}

/**
 * The first budget that is used up, or null. Counters are none of them: what has spent its last cent may still say so, and end.
 */
export function exhaustedBudget(budgets: Budgets, spent: Spent): BudgetName | null {
  return BUDGETS.find((name) => budgetLeft(budgets, spent, name) === 0) ?? null;
}
