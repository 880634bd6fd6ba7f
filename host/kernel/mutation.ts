/**
 * Changing an intent in flight (R50): what a handler proposes, held against what its kind may change, the bounds, and every intent
 * that the object had before. The input and the id never change, and the original stays in the genesis (docs/intent.md).
 */
import { changedConstraint, checkStep, intentDigest, intentSize, isEarlier } from '../object/intent.ts';
import type { Intent, IntentBody } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Action } from './proposal.ts';

type Mutation = Extract<Action, { name: 'mutation' }>;

export type MutationResult =
  | { readonly ok: true; readonly after: Intent }
  /** `bound` names the limit that was met, or is null. */
  | { readonly ok: false; readonly reason: string; readonly bound: string | null; readonly message: string };

export function mutateIntent(
  state: Pick<State, 'genesis' | 'intent' | 'steps'>,
  mutation: Mutation,
  limits: Pick<ObjectLimits, 'mutations' | 'intentBytes'>,
): MutationResult {
  const { intent: before, steps } = state;
  if (steps.length >= limits.mutations)
    return refuse('limit', `expected at most ${limits.mutations} mutations, found ${steps.length} done`, 'mutations');
  const after = intentAfter(before, mutation);
  const misfit = checkStep({ mutation: mutation.kind, before, after });
  if (misfit !== null) return refuse('mutation', `${mutation.kind}: expected ${misfit[0]}, found ${misfit[1]}`);
  const size = intentSize(after);
  if (size > limits.intentBytes)
    return refuse('limit', `expected an intent of at most ${limits.intentBytes} bytes, found ${size}`, 'intentBytes');
  if (isEarlier(state, after))
    return refuse('mutation-cycle', 'expected an intent that the object never had, found an earlier one');
  return { ok: true, after };
}

/** What authority is asked for a mutation: everyone's permit, that of its kind, and that of an expansion where it is one besides. */
export function mutationActions(before: Intent, mutation: Mutation): readonly string[] {
  if (mutation.kind === 'expand') return ['mutation', 'mutation.expand'];
  if (mutation.kind !== 'reclassify') return ['mutation'];
  const widens = changedConstraint(before, intentAfter(before, mutation)) !== null;
  return ['mutation', 'mutation.reclassify', ...(widens ? ['mutation.expand'] : [])];
}

/** Whether a recorded step is the one that this run gives. */
export function sameStep(recorded: IntentBody, own: IntentBody): boolean {
  const ends = (body: IntentBody): string => intentDigest(body.before) + intentDigest(body.after);
  return recorded.mutation === own.mutation && recorded.reason === own.reason && ends(recorded) === ends(own);
}

function intentAfter(before: Intent, { task, goal, constraints }: Mutation): Intent {
  return { kind: task, goal, input: before.input, constraints };
}

function refuse(reason: string, message: string, bound: string | null = null): MutationResult {
  return { ok: false, reason, bound, message };
}
