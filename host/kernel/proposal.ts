/**
 * Reading a handler's proposal. It comes from untrusted code: every field is checked here, and what does not fit is a rejected
 * proposal with a message, never an exception (R37, R51). JSON texts are parsed, so that what follows works on plain data.
 */
import type { Limits } from '../limits.ts';
import { COUNTER_NAME } from '../object/charges.ts';
import { CHILD_NAME } from '../object/child.ts';
import type { BudgetName, Budgets, IntentBody } from '../object/model.ts';
import { isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { parseCondition } from './condition.ts';
import type { ConditionDraft } from './condition.ts';
import { parseEnvelope } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import { json, list, map, Misfit, misfit, text, whole } from './misfit.ts';
import { parsePoll } from './predicate.ts';
import type { Poll } from './predicate.ts';

/** The one call of an execution. `request` is what the capability takes. */
export type Operation =
  | { readonly tag: 'call'; readonly operation: 'http.send' | 'tools.call'; readonly request: ValueMap }
  | { readonly tag: 'commit'; readonly value: Value };

export interface Delegation {
  readonly name: string;
  /** Hexadecimal; null: the same handler. */
  readonly handler: string | null;
  readonly task: string;
  readonly goal: string;
  readonly input: Value;
  readonly capabilities: readonly string[];
  readonly zones: readonly string[];
  readonly budgets: Budgets;
}

/** A child that is given up. */
export interface Cancellation {
  readonly name: string;
  readonly reason: string;
}

export type Action =
  | {
      readonly name: 'execution';
      readonly step: string;
      readonly operation: Operation;
      readonly into: string | null;
      /** How the kernel itself may try the call again; null: not at all. */
      readonly retry: Envelope | null;
      /** Until what the result says it is made again; null: until it gives one. */
      readonly poll: Poll | null;
    }
  | {
      readonly name: 'mutation';
      readonly kind: IntentBody['mutation'];
      readonly task: string;
      readonly goal: string;
      readonly constraints: ValueMap;
    }
  | { readonly name: 'delegation'; readonly tag: 'spawn'; readonly delegation: Delegation }
  | { readonly name: 'delegation'; readonly tag: 'cancel'; readonly cancel: Cancellation }
  | { readonly name: 'dormancy'; readonly condition: ConditionDraft }
  | { readonly name: 'reentry' }
  | { readonly name: 'termination'; readonly achieved: boolean; readonly result: Value };

export interface Proposal {
  readonly action: Action;
  /** The action's record as the guest gave it: what is stored. */
  readonly body: Value;
  readonly rationale: string;
  readonly confidence: number;
}

/** The four and the counters that a genesis may have. */
const BUDGETS_MAX = 20;
const REASON_CHARS = 1024;

export type ProposalResult =
  | { readonly ok: true; readonly proposal: Proposal }
  | { readonly ok: false; readonly message: string };

export function parseProposal(raw: ValueMap, limits: Limits): ProposalResult {
  try {
    const variant = map(raw['action'], 'action');
    const confidence = raw['confidence'];
    if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1))
      throw misfit('confidence', '0 to 1', confidence);
    const action = parseAction(text(variant['tag'], 'action/tag', 32), variant['val'] ?? null, limits);
    const rationale = text(raw['rationale'], 'rationale', limits.cycle.proposalBytes);
    return {
      ok: true,
      proposal: { action, body: variant['val'] ?? null, rationale, confidence: confidence === 0 ? 0 : confidence },
    };
  } catch (error) {
    if (error instanceof Misfit) return { ok: false, message: error.message };
    throw error;
  }
}

function parseAction(tag: string, val: Value, limits: Limits): Action {
  switch (tag) {
    case 'execution':
      return parseExecution(map(val, tag), limits);
    case 'mutation':
      return parseMutation(map(val, tag), limits);
    case 'delegation':
      return parseDelegation(map(val, tag)['tag'], map(val, tag)['val'], limits);
    case 'dormancy': {
      const result = parseCondition(map(val, tag)['condition'] ?? null, limits.object.conditionNodes);
      if (!result.ok) throw new Misfit(`dormancy/${result.message}`);
      return { name: tag, condition: result.condition };
    }
    case 'reentry':
      return { name: tag };
    case 'termination': {
      const record = map(val, tag);
      if (typeof record['achieved'] !== 'boolean')
        throw misfit('termination/achieved', 'true or false', record['achieved']);
      return {
        name: tag,
        achieved: record['achieved'],
        result: json(record['result'], 'termination/result', limits.cycle.proposalBytes),
      };
    }
    default:
      throw misfit('action/tag', 'one of the six actions', tag);
  }
}

function parseExecution(record: ValueMap, limits: Limits): Action {
  const { into = null } = record;
  const variant = map(record['operation'], 'execution/operation');
  const operation = parseOperation(variant['tag'], variant['val'], limits);
  const retry = parseEnvelope(record['retry'], 'execution/retry');
  const bounds = { nodes: limits.object.conditionNodes, valueBytes: limits.cycle.proposalBytes };
  const poll = parsePoll(record['poll'], 'execution/poll', bounds);
  if (retry !== null && operation.tag === 'commit') throw misfit('execution/retry', 'none with a commit', 'one');
  if (poll !== null && retry === null) throw misfit('execution/poll', 'a retry with it', 'none');
  return {
    name: 'execution',
    step: text(record['step'], 'execution/step', 64, 1),
    operation,
    into: into === null ? null : text(into, 'execution/into', 256, 1),
    retry,
    poll,
  };
}

function parseOperation(tag: Value | undefined, val: Value | undefined, limits: Limits): Operation {
  if (tag === 'http') return { tag: 'call', operation: 'http.send', request: map(val, 'execution/operation/http') };
  if (tag === 'tool') return { tag: 'call', operation: 'tools.call', request: map(val, 'execution/operation/tool') };
  if (tag === 'commit')
    return { tag: 'commit', value: json(val, 'execution/operation/commit', limits.cycle.proposalBytes) };
  throw misfit('execution/operation', 'http, tool or commit', tag);
}

function parseMutation(record: ValueMap, limits: Limits): Action {
  const kind = record['kind'];
  if (kind !== 'refine' && kind !== 'constrain' && kind !== 'expand' && kind !== 'reclassify')
    throw misfit('mutation/kind', 'a mutation kind', kind);
  const constraints = json(record['constraints'], 'mutation/constraints', limits.object.intentBytes);
  if (!isMap(constraints)) throw misfit('mutation/constraints', 'a JSON object', constraints);
  return {
    name: 'mutation',
    kind,
    task: text(record['task'], 'mutation/task', 64, 1),
    goal: text(record['goal'], 'mutation/goal', limits.object.intentBytes, 1),
    constraints,
  };
}

function parseDelegation(tag: Value | undefined, val: Value | undefined, limits: Limits): Action {
  if (tag === 'spawn') return { name: 'delegation', tag, delegation: parseChild(map(val, 'delegation'), limits) };
  if (tag !== 'cancel') throw misfit('delegation', 'spawn or cancel', tag);
  const { name, reason } = map(val, 'delegation/cancel');
  return {
    name: 'delegation',
    tag,
    cancel: {
      name: childName(name, 'delegation/cancel/name'),
      reason: text(reason, 'delegation/cancel/reason', REASON_CHARS),
    },
  };
}

function parseChild(record: ValueMap, limits: Limits): Delegation {
  const handler = record['handler'] ?? null;
  if (handler !== null && !(typeof handler === 'string' && /^[0-9a-f]{64}$/.test(handler)))
    throw misfit('delegation/handler', '64 hexadecimal digits', handler);
  return {
    name: childName(record['name'], 'delegation/name'),
    handler,
    task: text(record['task'], 'delegation/task', 64, 1),
    goal: text(record['goal'], 'delegation/goal', limits.object.intentBytes, 1),
    input: json(record['input'], 'delegation/input', limits.object.intentBytes),
    capabilities: texts(record['capabilities'], 'delegation/capabilities'),
    zones: texts(record['zones'], 'delegation/zones'),
    budgets: parseBudgets(record['budgets']),
  };
}

function parseBudgets(value: Value | undefined): Budgets {
  const budgets: { [name in BudgetName]?: number } = {};
  const counters: { [counter: string]: number } = {};
  const seen = new Set<string>();
  for (const item of list(value, 'delegation/budgets', BUDGETS_MAX)) {
    const { name, limit } = map(item, 'delegation/budgets');
    const most = whole(limit, 'delegation/budgets/limit');
    if (typeof name !== 'string' || seen.has(name)) throw misfit('delegation/budgets', 'each name once', name);
    seen.add(name);
    if (name === 'fuel' || name === 'calls' || name === 'bytes' || name === 'cycles') budgets[name] = most;
    else if (COUNTER_NAME.test(name)) counters[name] = most;
    else throw misfit('delegation/budgets', 'fuel, calls, bytes, cycles or the name of a counter', name);
  }
  return Object.keys(counters).length === 0 ? budgets : { ...budgets, counters };
}

function childName(value: Value | undefined, path: string): string {
  const name = text(value, path, 64, 1);
  if (!CHILD_NAME.test(name)) throw misfit(path, '1 to 64 of a-z, 0-9, ".", "_", "-"', name);
  return name;
}

function texts(value: Value | undefined, path: string): readonly string[] {
  return list(value, path, 256).map((item, index) => text(item, `${path}/${index}`, 128, 1));
}
