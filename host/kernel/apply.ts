/**
 * Carrying out what authority allowed: one function per action (R7). Each returns how the cycle ends; state changes only
 * through the entries that the tape takes.
 */
import type { Condition, IntentBody, EntryOf, Verdict } from '../object/model.ts';
import type { Proposed } from './attempt.ts';
import { settleCondition } from './condition.ts';
import { cancelChild, delegate } from './delegate.ts';
import { execute } from './execute.ts';
import { facetsOf } from './facets.ts';
import type { Mediator } from './mediate.ts';
import { mutateIntent, sameStep } from './mutation.ts';
import { ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import type { CyclePorts, Tape } from './ports.ts';
import type { Action, Proposal } from './proposal.ts';

export interface ApplyInputs {
  readonly ports: CyclePorts;
  readonly tape: Tape;
  readonly mediator: Mediator;
  readonly proposal: Proposal;
  /** Its entry. */
  readonly proposed: Proposed;
  readonly verdict: Verdict;
  readonly open: EntryOf<'open'>;
}

export async function applyAction(inputs: ApplyInputs): Promise<Ending> {
  const { action } = inputs.proposal;
  switch (action.name) {
    case 'execution':
      return execute({ ...inputs, now: inputs.open.time }, action);
    case 'mutation':
      return mutate(inputs, action);
    case 'delegation':
      return action.tag === 'cancel' ? cancelChild(inputs, action.cancel) : delegate(inputs, action.delegation);
    case 'dormancy':
      return sleep(inputs, action);
    case 'termination':
      return ending('success', 'termination', { value: { achieved: action.achieved, result: action.result } });
    case 'reentry':
      return ending('failure', null, {
        reason: 'not-dormant',
        message: 'reentry follows from a wake condition; a handler cannot propose it',
      });
  }
}

async function mutate(
  { tape, proposal, ports }: ApplyInputs,
  action: Extract<Action, { name: 'mutation' }>,
): Promise<Ending> {
  const before = tape.state.intent;
  const result = mutateIntent(tape.state, action, ports.limits.object);
  if (!result.ok) {
    const { reason, bound, message } = result;
    return ending('refusal', 'mutation', { reason, message, ...(bound === null ? {} : { bound }) });
  }
  const body: IntentBody = { mutation: action.kind, before, after: result.after, reason: proposal.rationale };
  await tape.take('intent', () => body, { check: (recorded) => sameStep(recorded, body) });
  return ending('success', 'mutation');
}

function sleep({ ports, tape, verdict }: ApplyInputs, action: Extract<Action, { name: 'dormancy' }>): Ending {
  const settled = settleCondition(action.condition, tape.state, facetsOf(ports));
  if (!settled.ok) return ending('refusal', 'dormancy', { reason: 'condition', message: settled.message });
  return ending('success', 'dormancy', { wake: shortened(settled.condition, verdict) });
}

/** `max-sleep-ms` is applied by waking after that time at the latest. */
function shortened(condition: Condition, verdict: Verdict): Condition {
  const max = verdict.constraints?.['max-sleep-ms'];
  return typeof max === 'number'
    ? { tag: 'group', need: 1, members: [condition, { tag: 'elapsed', ms: max }] }
    : condition;
}
