/**
 * Carrying out what authority allowed: one function per action (R7). Each returns how the cycle ends; state changes only
 * through the entries that the tape takes.
 */
import { parseJson } from '../json.ts';
import { encode } from '../object/codec.ts';
import type { Condition, EntryOf, Verdict } from '../object/model.ts';
import { checkMemory } from './memory-schema.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { settleCondition } from './condition.ts';
import { cancelChild, delegate } from './delegate.ts';
import { facetsOf } from './facets.ts';
import type { Mediator } from './mediate.ts';
import { mutateIntent } from './mutation.ts';
import { refuseUnknown } from './not-carried-out.ts';
import { ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import type { CyclePorts, Tape } from './ports.ts';
import type { Action, Proposal } from './proposal.ts';

export interface ApplyInputs {
  readonly ports: CyclePorts;
  readonly tape: Tape;
  readonly mediator: Mediator;
  readonly proposal: Proposal;
  readonly verdict: Verdict;
  readonly open: EntryOf<'open'>;
}

export async function applyAction(inputs: ApplyInputs): Promise<Ending> {
  const { action } = inputs.proposal;
  const refusal = refuseUnknown(action);
  if (refusal !== null) return refusal;
  switch (action.name) {
    case 'execution':
      return execute(inputs, action);
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

async function execute(inputs: ApplyInputs, action: Extract<Action, { name: 'execution' }>): Promise<Ending> {
  const { operation, into } = action;
  if (operation.tag === 'commit') return commit(inputs, into, operation.value);
  const { mediator, verdict } = inputs;
  const performed = await mediator.execute(operation.operation, operation.request, verdict);
  if (performed.error !== null) {
    return ending(performed.class, 'execution', {
      reason: performed.error,
      ...(performed.message === null ? {} : { message: performed.message }),
    });
  }
  const answer = operation.operation === 'http.send' ? readResponse(performed.value) : readTool(performed.value);
  return answer.ok ? commit(inputs, into, answer.value) : answer.ending;
}

/** The result is checked against the memory schema before it becomes part of the object (R5). */
function commit(inputs: ApplyInputs, into: string | null, value: Value): Ending {
  if (into === null) return ending('success', 'execution');
  const misfit = checkMemory(inputs.tape.state.genesis.schema, into, value);
  if (misfit !== null) return ending('failure', 'execution', { reason: 'schema', message: misfit });
  const { stateBytes } = inputs.ports.limits.object;
  const size = encode(value).length;
  if (size > stateBytes)
    return ending('failure', 'execution', {
      reason: 'bound:stateBytes',
      bound: 'stateBytes',
      message: `expected at most ${stateBytes} bytes, found ${size}`,
    });
  return ending('success', 'execution', { value });
}

type Answer = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly ending: Ending };

/** A 2xx answer gives its body: JSON where the content type says so, else text; anything else is a failure with the status. */
function readResponse(response: Value): Answer {
  if (!isMap(response)) return fail('http-response', 'expected a response record');
  const { status, headers, body } = response;
  if (typeof status !== 'number' || status < 200 || status > 299)
    return fail('http-status', `expected a 2xx status, found ${String(status)}`);
  if (!(body instanceof Uint8Array) || body.length === 0) return { ok: true, value: null };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return fail('http-body', 'expected a body in UTF-8');
  }
  if (!isJson(headers)) return { ok: true, value: text };
  const parsed = parseJson(text, body.length);
  return parsed.ok ? parsed : fail('http-body', parsed.message);
}

function isJson(headers: Value | undefined): boolean {
  if (!isList(headers)) return false;
  const type = headers.find((header): header is ValueMap => isMap(header) && header['name'] === 'content-type')?.[
    'value'
  ];
  return typeof type === 'string' && /^application\/(?:[a-z0-9.+-]+\+)?json\b/i.test(type);
}

function readTool(output: Value): Answer {
  const parsed = typeof output === 'string' ? parseJson(output, output.length * 4) : null;
  return parsed?.ok === true ? { ok: true, value: parsed.value } : fail('tool-output', 'expected JSON from the tool');
}

function fail(reason: string, message: string): Answer {
  return { ok: false, ending: ending('failure', 'execution', { reason, message }) };
}

async function mutate(
  { tape, proposal, ports }: ApplyInputs,
  action: Extract<Action, { name: 'mutation' }>,
): Promise<Ending> {
  const before = tape.state.intent;
  const result = mutateIntent(before, action, tape.state.mutations, ports.limits.object.mutations);
  if (!result.ok) return ending('refusal', 'mutation', { reason: result.reason, message: result.message });
  await tape.take('intent', () => ({ mutation: action.kind, before, after: result.after, reason: proposal.rationale }));
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
