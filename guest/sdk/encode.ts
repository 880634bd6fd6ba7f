/**
 * A handler's proposal as the contract's record. A mutation is completed from the task: what it leaves out stays as it is. Pure.
 */
import type {
  Action as ContractAction,
  Child as ContractChild,
  Delegation,
  Execution,
  Mutation,
  Operation as ContractOperation,
  Proposal as ContractProposal,
} from 'sojourn:object/situation@0.2.0';
import { flattenCondition } from './encode-condition.ts';
import { encodeRequest } from './encode-request.ts';
import { encodePoll, encodeRetry } from './encode-retry.ts';
import { encodeJson } from './json.ts';
import type { Action, Child, Operation, Proposal } from './proposal.ts';
import type { Task } from './task.ts';
import { encodeU64 } from './u64.ts';

/** Throws a TypeError where the handler returned something else than a proposal, or a value that JSON cannot carry. */
export function encodeProposal(proposal: Proposal, task: Pick<Task<unknown>, 'intent'>): ContractProposal {
  if (typeof proposal !== 'object' || proposal === null || typeof proposal.action !== 'object') {
    const found = proposal instanceof Promise ? 'a promise; handlers are synchronous' : describe(proposal);
    throw new TypeError(`handler: expected a proposal, found ${found}`);
  }
  const { action, rationale, confidence } = proposal;
  if (typeof rationale !== 'string')
    throw new TypeError(`proposal: expected a rationale, found ${describe(rationale)}`);
  return { action: encodeAction(action, task), rationale, confidence };
}

function encodeAction(action: Action, task: Pick<Task<unknown>, 'intent'>): ContractAction {
  switch (action.tag) {
    case 'execution':
      return { tag: 'execution', val: encodeExecution(action) };
    case 'mutation':
      return { tag: 'mutation', val: encodeMutation(action, task.intent) };
    case 'delegation':
      return { tag: 'delegation', val: encodeDelegation(action) };
    case 'dormancy':
      return { tag: 'dormancy', val: { condition: flattenCondition(action.until) } };
    case 'termination':
      return { tag: 'termination', val: { achieved: action.achieved, result: encodeJson(action.result, 'result') } };
  }
}

function encodeExecution(action: Extract<Action, { tag: 'execution' }>): Execution {
  const { step, operation, into, retry, poll } = action;
  return {
    step,
    operation: encodeOperation(operation),
    ...(into === null ? {} : { into }),
    ...(retry === undefined ? {} : { retry: encodeRetry(retry) }),
    ...(poll === undefined ? {} : { poll: encodePoll(poll) }),
  };
}

function encodeDelegation(action: Extract<Action, { tag: 'delegation' }>): Delegation {
  if ('child' in action) return { tag: 'spawn', val: encodeChild(action.child) };
  return { tag: 'cancel', val: { ...action.cancel } };
}

function encodeOperation(operation: Operation): ContractOperation {
  if ('http' in operation) return { tag: 'http', val: encodeRequest(operation.http) };
  if ('commit' in operation) return { tag: 'commit', val: encodeJson(operation.commit, 'commit') };
  const { name, input } = operation.tool;
  return { tag: 'tool', val: { name, input: encodeJson(input, `input of tool '${name}'`) } };
}

function encodeMutation(action: Extract<Action, { tag: 'mutation' }>, intent: Task<unknown>['intent']): Mutation {
  const { change } = action;
  return {
    kind: action.mutation,
    task: change.kind ?? intent.kind,
    goal: change.goal ?? intent.goal,
    constraints: encodeJson({ ...intent.constraints, ...change.constraints }, 'constraints'),
  };
}

function encodeChild(child: Child): ContractChild {
  const delegation: ContractChild = {
    name: child.name,
    task: child.kind,
    goal: child.goal,
    input: encodeJson(child.input, `input of child '${child.name}'`),
    capabilities: [...(child.capabilities ?? [])],
    zones: [...(child.zones ?? [])],
    budgets: (child.budgets ?? []).map(({ name, limit }) => ({
      name,
      limit: encodeU64(limit, `budget '${name}'`),
      spent: encodeU64(0, 'spent'),
    })),
  };
  return child.handler === undefined ? delegation : { ...delegation, handler: child.handler };
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
