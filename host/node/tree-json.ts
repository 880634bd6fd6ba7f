/** A tree as plain JSON data: what `sojourn tree --json` prints. */
import { hex } from '../json.ts';
import { countOf } from '../object/charges.ts';
import { readEnd } from '../object/end.ts';
import { toJson } from '../object/json.ts';
import type { Budgets } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { ValueMap } from '../value.ts';
import type { Tree, TreeNode } from './tree.ts';
import { childJson } from './view.ts';

export function treeJson({ roots, broken, missing, ok }: Tree): ValueMap {
  return { ok, missing, broken: broken.map((one) => ({ ...one })), roots: roots.map((node) => nodeJson(node)) };
}

function nodeJson({ id, name, file, state, link, problems, children }: TreeNode): ValueMap {
  return {
    id,
    name,
    file,
    ...(state === null ? { status: null } : stateJson(state)),
    known: link === null ? null : childJson(link),
    budgets: state === null ? [] : budgetRows(state).map((row) => ({ ...row })),
    problems: [...problems],
    children: children.map((child) => nodeJson(child)),
  };
}

function stateJson({ status, seq, head, cycle, trust, last }: State): ValueMap {
  const end = last === null ? null : readEnd(last.body);
  const told =
    end === null ? null : { achieved: end.achieved, result: toJson(end.result), reason: last?.body.reason ?? null };
  return { status, seq, head: hex(head), cycle, trust, end: told };
}

export interface BudgetRow {
  readonly name: string;
  /** Null: unbounded. */
  readonly limit: number | null;
  /** Everything that counts against the limit: its own, and what its children were given and did not bring back. */
  readonly spent: number;
  /** What was given to children, in all, and what came back of it. */
  readonly carved: number;
  readonly back: number;
}

/** One row for each budget and counter that is bounded, or that a child was given of. */
export function budgetRows({ genesis, spent, children }: State): readonly BudgetRow[] {
  const { budgets } = genesis.context;
  const given = Array.from(children.values(), ({ carved, end }) => ({ carved, back: end?.back ?? {} }));
  const row = (name: string, limit: number | null, used: number, read: (budgets: Budgets) => number): BudgetRow => ({
    name,
    limit,
    spent: used,
    carved: given.reduce((sum, { carved }) => sum + read(carved), 0),
    back: given.reduce((sum, { back }) => sum + read(back), 0),
  });
  const names = ['fuel', 'calls', 'bytes', 'cycles'] as const;
  const own = names.map((name) => row(name, budgets[name] ?? null, spent[name], (some) => some[name] ?? 0));
  const counters = Object.keys(budgets.counters ?? {}).map((name) =>
    row(name, countOf(budgets.counters ?? {}, name), countOf(spent.counters, name), (some) =>
      countOf(some.counters ?? {}, name),
    ),
  );
  return [...own.filter(({ limit, carved }) => limit !== null || carved > 0), ...counters];
}
