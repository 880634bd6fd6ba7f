/**
 * The JSON document that a command writes to its standard output, as the contract's record: the SDK's `Proposal` in plain data
 * (docs/wasi.md). Members that nobody knows, and values of another type, are refused; what they mean is checked by the
 * kernel, as for every handler.
 */
import { parseJson, stringifyJson } from '../../json.ts';
import type { Situation } from '../../ports.ts';
import { isMap } from '../../value.ts';
import type { Value, ValueMap } from '../../value.ts';
import { Misfit, misfit, readFields } from './proposal-reader.ts';
import type { Fields } from './proposal-reader.ts';
import { readCondition } from './condition-json.ts';
import { readRequest } from './request-json.ts';
import { readPoll, readRetry } from './retry-json.ts';

export type ProposalJson =
  | { readonly ok: true; readonly proposal: ValueMap }
  | { readonly ok: false; readonly message: string };

/** `intent` completes a mutation, which leaves out what stays as it is. */
export function decodeProposal(bytes: Uint8Array, intent: Situation['intent']): ProposalJson {
  const text = decodeText(bytes);
  if (text === null) return refuse('expected UTF-8, found other bytes');
  const parsed = parseJson(text, bytes.length);
  if (!parsed.ok) return refuse(parsed.message);
  try {
    return { ok: true, proposal: readProposal(readFields(parsed.value, 'proposal'), intent) };
  } catch (error) {
    if (error instanceof Misfit) return refuse(error.message);
    throw error;
  }
}

function refuse(message: string): ProposalJson {
  return { ok: false, message: `standard output: ${message}` };
}

function decodeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function readProposal(fields: Fields, intent: Situation['intent']): ValueMap {
  const action = fields.fields('action');
  const proposal = {
    action: readAction(action, intent),
    rationale: fields.text('rationale'),
    confidence: fields.has('confidence') ? fields.number('confidence') : 1,
  };
  action.close();
  fields.close();
  return proposal;
}

function readAction(action: Fields, intent: Situation['intent']): ValueMap {
  const tag = action.text('tag');
  switch (tag) {
    case 'execution':
      return {
        tag,
        val: {
          step: action.text('step'),
          operation: readOperation(action.fields('operation')),
          into: action.optionalText('into'),
          retry: action.has('retry') ? readRetry(action.fields('retry')) : null,
          poll: action.has('poll') ? readPoll(action.fields('poll')) : null,
        },
      };
    case 'mutation':
      return { tag, val: readMutation(action, intent) };
    case 'delegation':
      return { tag, val: readDelegation(action) };
    case 'dormancy':
      return { tag, val: { condition: readCondition(action.value('until'), `${action.path}/until`) } };
    case 'termination':
      return { tag, val: { achieved: action.boolean('achieved'), result: stringifyJson(action.value('result')) } };
    default:
      throw misfit(`${action.path}/tag`, 'execution, mutation, delegation, dormancy or termination', tag);
  }
}

function readOperation(operation: Fields): ValueMap {
  const read = (): ValueMap => {
    if (operation.has('http')) return { tag: 'http', val: readRequest(operation.fields('http')) };
    if (operation.has('tool')) return { tag: 'tool', val: readTool(operation.fields('tool')) };
    return { tag: 'commit', val: stringifyJson(operation.value('commit')) };
  };
  const found = read();
  operation.close();
  return found;
}

function readTool(tool: Fields): ValueMap {
  const found = { name: tool.text('name'), input: stringifyJson(tool.value('input')) };
  tool.close();
  return found;
}

function readMutation(action: Fields, intent: Situation['intent']): ValueMap {
  const change = action.fields('change');
  const mutation = {
    kind: action.text('mutation'),
    task: change.optionalText('kind') ?? intent.kind,
    goal: change.optionalText('goal') ?? intent.goal,
    constraints: change.has('constraints') ? merge(intent.constraints, change.map('constraints')) : intent.constraints,
  };
  change.close();
  return mutation;
}

/** The intent's constraints with these members in them. */
function merge(constraints: string, changes: ValueMap): string {
  const before = parseJson(constraints, constraints.length);
  if (!before.ok) throw new Misfit(`constraints: ${before.message}`);
  const merged = new Map([...Object.entries(isMap(before.value) ? before.value : {}), ...Object.entries(changes)]);
  return stringifyJson(Object.fromEntries(merged));
}

function readDelegation(action: Fields): ValueMap {
  if (!action.has('cancel')) return { tag: 'spawn', val: readChild(action.fields('child')) };
  const cancel = action.fields('cancel');
  const val = { name: cancel.text('name'), reason: cancel.text('reason') };
  cancel.close();
  return { tag: 'cancel', val };
}

function readChild(child: Fields): ValueMap {
  const delegation = {
    name: child.text('name'),
    handler: child.optionalText('handler'),
    task: child.text('kind'),
    goal: child.text('goal'),
    input: stringifyJson(child.value('input')),
    capabilities: child.texts('capabilities'),
    zones: child.texts('zones'),
    budgets: child.list('budgets').map((budget, index) => readBudget(budget, `${child.path}/budgets/${index}`)),
  };
  child.close();
  return delegation;
}

function readBudget(value: Value, path: string): ValueMap {
  const budget = readFields(value, path);
  const found = { name: budget.text('name'), limit: budget.number('limit'), spent: 0 };
  budget.close();
  return found;
}
