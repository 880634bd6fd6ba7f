/**
 * Whether a parent's file and a child's say the same of each other, with nothing else to go by (R52, R53). What the parent's own
 * record could not give away is found where it is read (audit-scope.ts); here is what takes both.
 */
import { hex } from '../json.ts';
import type { Child } from '../object/child.ts';
import { countOf } from '../object/charges.ts';
import { compareBytes, encode, equalBytes } from '../object/codec.ts';
import { readEnd } from '../object/end.ts';
import { budgetsShape, intentShape, scopeShape } from '../object/genesis.ts';
import type { Budgets, EntryOf, Genesis } from '../object/model.ts';
import { nodeIdOf } from '../object/seal.ts';
import type { Spent, State } from '../object/state.ts';
import type { Hash } from '../ports.ts';
import type { Value } from '../value.ts';
import { checkWithin } from './scope.ts';

export interface Kin {
  readonly parent: State;
  /** The parent's name for the child. */
  readonly name: string;
  readonly link: Child;
  /** The parent's `child` entry; null where it lies in an archive. */
  readonly entry: EntryOf<'child'> | null;
  readonly child: State;
}

/** Everything in which the two do not agree, each in one sentence; none where the link holds. */
export function checkKinship(kin: Kin, hash: Hash): readonly string[] {
  return [...checkLink(kin), ...checkGenesis(kin, hash), ...checkEnd(kin)];
}

function checkLink({ parent, name, link, child }: Kin): readonly string[] {
  const claimed = child.genesis.context.parent;
  if (claimed === null) return ['expected it to name its parent, found none named'];
  const generation = (parent.genesis.context.parent?.generation ?? 0) + 1;
  const rows: readonly (readonly [what: string, expected: string, found: string])[] = [
    ['parent', hex(parent.id), hex(claimed.id)],
    ['entry of its parent', `${link.seq}`, `${claimed.seq}`],
    ['generation', `${generation}`, `${claimed.generation}`],
    ['name', name, claimed.name],
  ];
  return rows.flatMap(([what, expected, found]) =>
    expected === found ? [] : [`${what}: expected ${expected}, found ${found}`],
  );
}

/** The child is what its parent wrote down: nothing more of scope, budgets and policies than it was given. */
function checkGenesis({ parent, entry, link, child }: Kin, hash: Hash): readonly string[] {
  const { genesis } = child;
  const { context } = genesis;
  const problems: string[] = [];
  const misfit = checkWithin(parent.genesis.context.scope, context.scope);
  if (misfit !== null) problems.push(`${misfit.path}: ${misfit.message}`);
  if (!sameBudgets(link.carved, context.budgets))
    problems.push('budgets: expected those that were carved, found others');
  const held = new Set(context.policies.map(hex));
  const dropped = parent.genesis.context.policies.find((digest) => !held.has(hex(digest)));
  if (dropped !== undefined)
    problems.push(`policies: expected all that its parent carries, found none of ${hex(dropped)}`);
  if (entry !== null) problems.push(...checkEntry(entry, genesis, hash));
  return problems;
}

function checkEntry({ body, node }: EntryOf<'child'>, genesis: Genesis, hash: Hash): readonly string[] {
  const { context } = genesis;
  const creator = context.creator.every((byte) => byte === 0) ? null : context.creator;
  const same: readonly (readonly [what: string, holds: boolean])[] = [
    ['nonce', equalBytes(body.nonce, genesis.nonce)],
    ['handler', equalBytes(body.handler, genesis.handler)],
    ['intent', sameValue(intentShape.write(body.intent), intentShape.write(genesis.intent))],
    ['scope', sameValue(scopeShape.write(body.scope), scopeShape.write(context.scope))],
    ['creator', equalBytes(node, nodeIdOf(creator, hash))],
  ];
  return same.flatMap(([what, holds]) =>
    holds ? [] : [`${what}: expected that of its parent's entry, found another`],
  );
}

/** The result that the parent holds is the one that the child ended with, and no more came back than it had left. */
function checkEnd({ parent, link, child }: Kin): readonly string[] {
  const known = parent.objects.get(link.id);
  if (link.end === null || known === undefined || known.ended === null) return [];
  const end = child.last === null ? null : readEnd(child.last.body);
  if (child.status !== 'terminated' || child.last === null || end === null)
    return [
      'expected it to have ended, as its parent was told, found it going on: this copy is older, or of another branch',
    ];
  const { achieved, result } = link.end;
  const same = child.last.seq === known.ended.at && achieved === end.achieved && sameValue(result, end.result);
  const problems = same ? [] : ['expected the result that its parent was told, found another'];
  const spent = known.spent === null || sameSpent(known.spent, child.spent);
  return spent ? problems : [...problems, 'expected what its parent was told that it spent, found other sums'];
}

function sameBudgets(a: Budgets, b: Budgets): boolean {
  return sameValue(budgetsShape.write(a), budgetsShape.write(b));
}

function sameSpent(told: Budgets, spent: Spent): boolean {
  const names = ['fuel', 'calls', 'bytes', 'cycles'] as const;
  const { counters = {} } = told;
  const all = [...new Set([...Object.keys(counters), ...Object.keys(spent.counters)])];
  return (
    names.every((name) => told[name] === spent[name]) &&
    all.every((name) => countOf(counters, name) === countOf(spent.counters, name))
  );
}

function sameValue(a: Value, b: Value): boolean {
  return compareBytes(encode(a), encode(b)) === 0;
}
