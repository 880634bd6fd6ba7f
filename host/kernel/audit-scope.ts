/**
 * What the record itself says that an object could not do, whoever allowed it: spend what it did not have, or make a child that may
 * more than its parent (R53). Checked wherever an object is read, so that a node that looked away is found out.
 */
import { readCharges } from '../object/charges.ts';
import type { BudgetName, Entry, EntryOf } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Finding } from './audit.ts';
import { allows } from './performed.ts';
import { checkBudgets, checkWithin, overspent, spentSoFar } from './scope.ts';

/** Null where the entry keeps to what the object has. `before` and `behind` are the states around it. */
export function auditScope(before: State, entry: Entry, behind: State): Finding | null {
  switch (entry.kind) {
    case 'call':
      return auditCall(before, entry);
    case 'child':
      return auditChild(before, entry);
    case 'outcome':
      return auditCarving(before, entry, behind);
    default:
      return null;
  }
}

function auditCall(before: State, { seq, body }: EntryOf<'call'>): Finding | null {
  if (!allows(body.verdict)) return null;
  if (readCharges(body.verdict.constraints) === null)
    return find(seq, 'budget', 'expected names of counters and whole numbers as what is spent, found others');
  const counter = overspent(before, body.verdict);
  return counter === null ? null : find(seq, 'budget', `expected at most what is left of ${counter}, found more spent`);
}

function auditChild(before: State, { seq, body }: EntryOf<'child'>): Finding | null {
  const { context } = before.genesis;
  const { scope, budgets } = body;
  const misfit =
    checkWithin(context.scope, scope) ??
    checkBudgets(context.budgets, spentSoFar(before, { calls: 0, bytes: 0 }), budgets);
  if (misfit !== null) return find(seq, 'scope', `child ${body.name}: ${misfit.path}: ${misfit.message}`);
  if (scope.depth === context.scope.depth - 1) return null;
  return find(seq, 'scope', `child ${body.name}: expected depth ${context.scope.depth - 1}, found ${scope.depth}`);
}

/** What children were given and what the object used itself are within its budgets together. */
function auditCarving(before: State, { seq }: EntryOf<'outcome'>, behind: State): Finding | null {
  if (behind.children.size === before.children.size) return null;
  const { budgets } = before.genesis.context;
  const names: readonly BudgetName[] = ['fuel', 'calls', 'bytes', 'cycles'];
  const made = [...behind.children].filter(([name]) => !before.children.has(name));
  const beyond = names.find((name) => {
    const given = made.some(([, { carved }]) => (carved[name] ?? 0) > 0);
    return given && behind.spent[name] > (budgets[name] ?? Number.POSITIVE_INFINITY);
  });
  return beyond === undefined
    ? null
    : find(seq, 'budget', `expected children within the budget of ${beyond}, found more given away than was left`);
}

function find(seq: number, reason: Finding['reason'], message: string): Finding {
  return { seq, reason, message };
}
