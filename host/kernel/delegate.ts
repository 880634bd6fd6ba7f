/**
 * Delegation: a child is an object of its own, its scope within its parent's (R52, R53). The `child` entry is durable before the
 * child's file is made, and the same entry always makes the same genesis: after a crash the child is there once.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { encode, equalBytes } from '../object/codec.ts';
import { budgetsShape, intentShape, scopeShape } from '../object/genesis.ts';
import { hex } from '../json.ts';
import type { Hash } from '../ports.ts';
import type { ChildBody, Context, EntryOf, Genesis } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Mediator } from './mediate.ts';
import { ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import type { ChildDraft, CyclePorts, Tape } from './ports.ts';
import type { Cancellation, Delegation } from './proposal.ts';
import { checkBudgets, checkWithin, spentSoFar } from './scope.ts';

export interface DelegateInputs {
  readonly tape: Tape;
  readonly ports: CyclePorts;
  readonly open: EntryOf<'open'>;
  readonly mediator: Pick<Mediator, 'calls' | 'bytes'>;
}

export async function delegate(inputs: DelegateInputs, delegation: Delegation): Promise<Ending> {
  const { tape, ports, open } = inputs;
  const { state } = tape;
  const { context } = state.genesis;
  const refusal = refuseDelegation(inputs, delegation);
  if (refusal !== null) return refusal;
  const draft: ChildDraft = {
    name: delegation.name,
    handler: delegation.handler === null ? state.genesis.handler : hexToBytes(delegation.handler),
    intent: { kind: delegation.task, goal: delegation.goal, input: delegation.input, constraints: {} },
    scope: { capabilities: delegation.capabilities, zones: delegation.zones, depth: context.scope.depth - 1 },
    budgets: delegation.budgets,
  };
  const make = (): ChildBody => ({ ...draft, ...ports.childId(draft, state, open.time) });
  const { entry } = await tape.take('child', make, { sync: true, check: (body) => sameDraft(body, draft) });
  const made = await ports.spawn(entry, state, open.time);
  if (!made)
    return ending('node-loss', 'delegation', {
      reason: 'child-lost',
      message: 'the node that was to make the child stopped before it did',
    });
  return ending('success', 'delegation', { value: { name: delegation.name, id: hex(entry.body.id) } });
}

/** All that a child is made of beside what follows from its parent. */
function sameDraft(recorded: ChildBody, own: ChildDraft): boolean {
  const stored = ({ name, handler, intent, scope, budgets }: ChildDraft): Uint8Array =>
    encode([name, handler, intentShape.write(intent), scopeShape.write(scope), budgetsShape.write(budgets)]);
  return equalBytes(stored(recorded), stored(own));
}

/** Gives a child up. It ends when it learns of it; until then nothing of its budgets comes back. */
export async function cancelChild(
  { tape }: Pick<DelegateInputs, 'tape'>,
  { name, reason }: Cancellation,
): Promise<Ending> {
  const child = tape.state.children.get(name);
  const refuse = (code: string, message: string): Ending =>
    ending('refusal', 'delegation', { reason: code, message: `${name}: ${message}` });
  if (child === undefined) return refuse('child-unknown', 'expected the name of a child, found none of that name');
  if (child.end !== null)
    return refuse('child-ended', `expected a child that goes on, found it ended at entry ${child.end.seq}`);
  if (child.status === 'cancelled')
    return refuse('child-cancelled', `expected a child, found it given up at entry ${child.told}`);
  await tape.take('cancel', () => ({ name, reason }), {
    check: (body) => body.name === name && body.reason === reason,
  });
  return ending('success', 'delegation', { value: { name, id: child.id } });
}

function refuseDelegation({ tape, ports, mediator }: DelegateInputs, delegation: Delegation): Ending | null {
  const { state } = tape;
  const { context } = state.genesis;
  const { children, delegationDepth } = ports.limits.object;
  const refuse = (reason: string, message: string): Ending => ending('refusal', 'delegation', { reason, message });
  if (state.children.has(delegation.name))
    return refuse('child-exists', `expected a new name, found ${delegation.name} taken`);
  if (state.children.size >= children) return refuse('limit', `expected at most ${children} children`);
  if ((context.parent?.generation ?? 0) + 1 > delegationDepth)
    return refuse('limit', `expected at most ${delegationDepth} generations`);
  const misfit =
    checkWithin(context.scope, delegation) ??
    checkBudgets(context.budgets, spentSoFar(state, mediator), delegation.budgets);
  return misfit === null ? null : refuse('scope', `${misfit.path}: ${misfit.message}`);
}

/** The child's genesis. It carries its parent's policies, so that what narrowed the parent narrows the child. */
export function childGenesis(hash: Hash, draft: ChildDraft, parent: State, time: number, creator: Uint8Array): Genesis {
  const { context, meterVersion, contractVersion, formatVersion } = parent.genesis;
  const child: Context = {
    creator,
    scope: draft.scope,
    policies: context.policies,
    budgets: draft.budgets,
    parent: {
      id: parent.id,
      seq: parent.seq + 1,
      generation: (context.parent?.generation ?? 0) + 1,
      name: draft.name,
    },
  };
  const nonce = hash(encode(['sojourn/child', parent.id, parent.head, draft.name])).subarray(0, 16);
  const { handler, intent } = draft;
  return { formatVersion, meterVersion, contractVersion, time, nonce, handler, intent, context: child, schema: null };
}
