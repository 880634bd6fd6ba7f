/**
 * Changing an intent in flight (R50): `refine` restates the goal, `constrain` adds constraints. The input and the id never
 * change, the original stays in the genesis. `expand` and `reclassify` are laid out in the contract and refused by this version.
 */
import { plain } from '../json.ts';
import type { Intent } from '../object/model.ts';
import type { Action } from './proposal.ts';

export type MutationResult =
  | { readonly ok: true; readonly after: Intent }
  | { readonly ok: false; readonly reason: string; readonly message: string };

export function mutateIntent(
  before: Intent,
  mutation: Extract<Action, { name: 'mutation' }>,
  done: number,
  max: number,
): MutationResult {
  if (done >= max) return refuse('limit', `expected at most ${max} mutations, found ${done} done`);
  if (mutation.kind === 'expand' || mutation.kind === 'reclassify') {
    return refuse(
      'mutation-kind',
      `expected refine or constrain, found ${mutation.kind}: this host does not carry it out`,
    );
  }
  if (mutation.task !== before.kind) return refuse('mutation', `expected task ${before.kind}, found ${mutation.task}`);
  const changed = Object.keys(before.constraints).find(
    (key) => !same(before.constraints[key], mutation.constraints[key]),
  );
  if (changed !== undefined)
    return refuse('mutation', `expected constraint ${changed} as it was, found it changed or gone`);
  const added = Object.keys(mutation.constraints).length - Object.keys(before.constraints).length;
  if (mutation.kind === 'constrain' && (added === 0 || mutation.goal !== before.goal)) {
    return refuse('mutation', 'expected the same goal and at least one more constraint');
  }
  if (mutation.kind === 'refine' && (added !== 0 || mutation.goal === before.goal)) {
    return refuse('mutation', 'expected another goal and the same constraints');
  }
  return {
    ok: true,
    after: { kind: before.kind, goal: mutation.goal, input: before.input, constraints: mutation.constraints },
  };
}

function refuse(reason: string, message: string): MutationResult {
  return { ok: false, reason, message };
}

/** Equal as JSON with keys in any order. */
function same(a: Intent['input'] | undefined, b: Intent['input'] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sorted(a) === sorted(b);
}

function sorted(value: Intent['input']): string {
  return JSON.stringify(plain(value), (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
