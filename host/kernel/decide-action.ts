/**
 * The question that an action puts to authority: scope first, then policy, on the very request that would leave. Asked of what a handler
 * proposed, and anew of what is tried again.
 */
import { encode } from '../object/codec.ts';
import type { Verdict } from '../object/model.ts';
import type { State } from '../object/state.ts';
import { joinVerdicts } from '../policy/verdict.ts';
import { mutationActions } from './mutation.ts';
import { operationSpec } from './operations.ts';
import { narrowed, rejected } from './performed.ts';
import type { CyclePorts, Readers } from './ports.ts';
import type { Action } from './proposal.ts';
import { ask, NO_RESOURCE } from './questions.ts';
import type { Asked } from './questions.ts';
import { covers } from './scope.ts';

/** Authority's word on an action: scope first, then policy, on the very request that would leave. */
export function decideAction(ports: CyclePorts, state: State, now: number, action: Action): Verdict {
  const call = action.name === 'execution' && action.operation.tag === 'call' ? action.operation : null;
  if (call === null) {
    const asked = askedOf(action);
    const names = action.name === 'mutation' ? mutationActions(state.intent, action) : [asked.action];
    const said = names.map((name) => ports.authority.decide(ask(state, ports.node, now, { ...asked, action: name })));
    return joinVerdicts(said, ports.limits.policy.wakeNodes);
  }
  const spec = operationSpec(call.operation);
  const misfit = spec === null ? 'no such operation' : spec.check(call.request);
  if (spec === null || misfit !== null) return rejected(`invalid: ${misfit}`);
  if (!covers(state.genesis.context.scope.capabilities, call.operation)) return rejected('scope');
  const question = ask(state, ports.node, now, askedOf(action));
  return narrowed(ports.authority.decide(question), encode(call.request).length, 1);
}

/** Who may read the entries of an action, whatever authority says of it; null: everybody. */
export function coverAction(ports: CyclePorts, state: State, now: number, action: Action): Readers | null {
  return ports.authority.cover(ask(state, ports.node, now, askedOf(action)));
}

function askedOf(action: Action): Asked {
  switch (action.name) {
    case 'execution':
      return { action: action.name, step: action.step, ...aimOf(action.operation) };
    case 'mutation':
      return { action: action.name, step: action.kind, data: action.constraints };
    case 'delegation':
      return action.tag === 'spawn'
        ? { action: action.name, step: action.delegation.name, data: action.delegation.input }
        : { action: action.name, step: action.cancel.name };
    case 'termination':
      return { action: action.name, data: action.result };
    case 'dormancy':
    case 'reentry':
      return { action: action.name };
  }
}

/** What an execution aims at, from the very request; an invalid one is never performed, but stands in the object. */
function aimOf(operation: Extract<Action, { name: 'execution' }>['operation']): Pick<Asked, 'resource' | 'data'> {
  if (operation.tag === 'commit') return { data: operation.value };
  const spec = operationSpec(operation.operation);
  if (spec === null || spec.check(operation.request) !== null) return { resource: NO_RESOURCE };
  return { resource: spec.resource(operation.request), data: spec.data(operation.request) };
}
