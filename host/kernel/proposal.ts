/**
 * Reading a handler's proposal. It comes from untrusted code: every field is checked here, and what does not fit is a rejected
 * proposal with a message, never an exception (R37, R51). JSON texts are parsed, so that what follows works on plain data.
 */
import { parseJson } from '../json.ts';
import type { Limits } from '../limits.ts';
import type { BudgetName, Budgets, Condition, IntentBody } from '../object/model.ts';
import { COUNTER_NAME } from '../object/charges.ts';
import { CHILD_NAME } from '../object/child.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { parseCondition } from './wake.ts';

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

export type Action =
  | { readonly name: 'execution'; readonly step: string; readonly operation: Operation; readonly into: string | null }
  | {
      readonly name: 'mutation';
      readonly kind: IntentBody['mutation'];
      readonly task: string;
      readonly goal: string;
      readonly constraints: ValueMap;
    }
  | ({ readonly name: 'delegation' } & { readonly delegation: Delegation })
  | { readonly name: 'dormancy'; readonly condition: Condition }
  | { readonly name: 'reentry' }
  | { readonly name: 'termination'; readonly achieved: boolean; readonly result: Value };

export interface Proposal {
  readonly action: Action;
  /** The action's record as the guest gave it: what is stored. */
  readonly body: Value;
  readonly rationale: string;
  readonly confidence: number;
}

export type ProposalResult =
  | { readonly ok: true; readonly proposal: Proposal }
  | { readonly ok: false; readonly message: string };

/** Where a check fails it throws this, and `parseProposal` turns it into a value. Never leaves this file. */
class Misfit extends Error {}

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
      return { name: tag, delegation: parseDelegation(map(val, tag), limits) };
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
  const into = record['into'] ?? null;
  if (into !== null) text(into, 'execution/into', 256, 1);
  const variant = map(record['operation'], 'execution/operation');
  return {
    name: 'execution',
    step: text(record['step'], 'execution/step', 64, 1),
    operation: parseOperation(variant['tag'], variant['val'], limits),
    into: into === null ? null : String(into),
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

function parseDelegation(record: ValueMap, limits: Limits): Delegation {
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
  if (!isList(value) || value.length > 16) throw misfit('delegation/budgets', 'a list of at most 16', value);
  const budgets: { [name in BudgetName]?: number } = {};
  const counters: { [counter: string]: number } = {};
  const seen = new Set<string>();
  for (const item of value) {
    const { name, limit } = map(item, 'delegation/budgets');
    if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 0)
      throw misfit('delegation/budgets', 'a whole number as limit', limit);
    if (typeof name !== 'string' || seen.has(name)) throw misfit('delegation/budgets', 'each name once', name);
    seen.add(name);
    if (name === 'fuel' || name === 'calls' || name === 'bytes' || name === 'cycles') budgets[name] = limit;
    else if (COUNTER_NAME.test(name)) counters[name] = limit;
    else throw misfit('delegation/budgets', 'fuel, calls, bytes, cycles or the name of a counter', name);
  }
  return Object.keys(counters).length === 0 ? budgets : { ...budgets, counters };
}

function map(value: Value | undefined, path: string): ValueMap {
  if (!isMap(value)) throw misfit(path, 'a record', value);
  return value;
}

function childName(value: Value | undefined, path: string): string {
  const name = text(value, path, 64, 1);
  if (!CHILD_NAME.test(name)) throw misfit(path, '1 to 64 of a-z, 0-9, ".", "_", "-"', name);
  return name;
}

function text(value: Value | undefined, path: string, maxLength: number, minLength = 0): string {
  if (typeof value !== 'string' || value.length < minLength || value.length > maxLength || !value.isWellFormed()) {
    throw misfit(path, `a text of ${minLength} to ${maxLength} characters`, value);
  }
  return value;
}

function texts(value: Value | undefined, path: string): readonly string[] {
  if (!isList(value) || value.length > 256) throw misfit(path, 'a list of at most 256 texts', value);
  return value.map((item, index) => text(item, `${path}/${index}`, 128, 1));
}

function json(value: Value | undefined, path: string, maxBytes: number): Value {
  const result = parseJson(text(value, path, maxBytes), maxBytes);
  if (!result.ok) throw new Misfit(`${path}: ${result.message}`);
  return result.value;
}

function misfit(path: string, expected: string, found: Value | undefined): Misfit {
  const shown =
    typeof found === 'string'
      ? JSON.stringify(found.slice(0, 40))
      : found === null || found === undefined
        ? 'nothing'
        : typeof found === 'object'
          ? 'a compound value'
          : String(found);
  return new Misfit(`${path}: expected ${expected}, found ${shown}`);
}
