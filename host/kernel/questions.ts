/**
 * Puts what the kernel knows into the questions that authority answers. Nothing in a question is taken from what a handler says
 * of itself, beside the step's name: resource and data come from the very request that would leave.
 */
import { hex } from '../json.ts';
import type { State } from '../object/state.ts';
import type { Question, Resource } from '../policy/model.ts';
import type { Value } from '../value.ts';
import type { NodeFacts } from './ports.ts';

/** For a request that aims at nothing known: every policy that could speak of the action is then taken to. */
export const NO_RESOURCE: Resource = { type: 'Host' };

export interface Asked {
  readonly action: string;
  readonly resource?: Resource;
  readonly data?: Value;
  readonly step?: string;
}

export function ask(state: State, node: NodeFacts, now: number, asked: Asked): Question {
  const { genesis, spent } = state;
  const parent = genesis.context.parent;
  return {
    action: asked.action,
    object: {
      id: hex(state.id),
      creator: hex(genesis.context.creator),
      handler: hex(genesis.handler),
      task: state.intent.kind,
      parent: parent === null ? null : hex(parent.id),
    },
    resource: asked.resource ?? { type: 'Object', id: hex(state.id) },
    context: {
      now,
      node: node.id,
      zone: node.zone,
      trust: { slope: state.trust, continuousOver: state.continuity.over },
      counters: { cycles: spent.cycles, calls: spent.calls, fuel: spent.fuel, children: state.children.size },
      approvals: approvalsOf(state),
      step: asked.step ?? '',
    },
    data: asked.data ?? null,
  };
}

/** Each signal that came in, by name alone and with the node that signed it. */
function approvalsOf(state: State): readonly string[] {
  return [...new Set(state.signals.flatMap((signal) => [signal.name, `${signal.name}@${signal.node}`]))];
}
