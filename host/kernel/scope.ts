/**
 * What travels with an object can only narrow what it may do (R38, R53): whether an operation lies within a scope, and
 * whether a child's scope and budgets lie within what its parent has left.
 */
import type { BudgetName, Budgets, Scope } from '../object/model.ts';
import type { Spent } from '../object/state.ts';

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
  return null;
}

/** What is left of a budget; null where it is unbounded. */
export function budgetLeft(budgets: Budgets, spent: Spent, name: BudgetName): number | null {
  const limit = budgets[name];
  return limit === undefined ? null : Math.max(0, limit - spent[name]);
}

/** The first budget that is used up, or null. */
export function exhaustedBudget(budgets: Budgets, spent: Spent): BudgetName | null {
  return BUDGETS.find((name) => budgetLeft(budgets, spent, name) === 0) ?? null;
}
