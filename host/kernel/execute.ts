/**
 * Carrying out an execution that authority allowed: its one call, what its answer comes to, and the value that is committed. The same for
 * the cycle of the handler and for each attempt that follows without it.
 */
import { parseJson } from '../json.ts';
import { encode } from '../object/codec.ts';
import type { Verdict } from '../object/model.ts';
import { isSettled } from '../object/pending.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { endAttempt } from './attempt.ts';
import type { AttemptInputs, Execution } from './attempt.ts';
import { checkMemory } from './memory-schema.ts';
import type { Mediator } from './mediate.ts';
import { ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import type { Performed } from './performed.ts';
import { cursorIn, judgePoll } from './poll.ts';

export interface ExecuteInputs extends Omit<AttemptInputs, 'action'> {
  readonly mediator: Mediator;
  readonly verdict: Verdict;
}

export async function execute(inputs: ExecuteInputs, action: Execution): Promise<Ending> {
  const { operation, into, retry } = action;
  if (operation.tag === 'commit') return commit(inputs, into, operation.value);
  const { mediator, verdict, tape, ports } = inputs;
  const performed = await mediator.execute(operation.operation, operation.request, verdict, {
    key: tape.state.pending?.key ?? null,
    latencyMs: retry?.latency ?? null,
  });
  const done = judge(inputs, action, performed);
  const settled = isSettled(performed);
  const repetition = ports.providers.get(operation.operation)?.repetition(operation.request) ?? 'never';
  return endAttempt({ ...inputs, action }, done, {
    answer: performed.value,
    until: null,
    // in a replay the tools of the node are not there to say it: what was recorded does
    repeatable: settled || repetition !== 'never' || !tape.live,
  });
}

function judge(inputs: ExecuteInputs, action: Execution, performed: Performed): Ending {
  if (performed.error !== null) {
    return ending(performed.class, 'execution', {
      reason: performed.error,
      ...(performed.message === null ? {} : { message: performed.message }),
    });
  }
  const called = action.operation.tag === 'call' ? action.operation.operation : null;
  const answer = called === 'http.send' ? readResponse(performed.value) : readTool(performed.value);
  if (!answer.ok) return answer.ending;
  return polled(inputs, action, answer.value) ?? commit(inputs, action.into, answer.value);
}

/** What a poll makes of the result; null where it is satisfied, or there is none. */
function polled({ tape }: ExecuteInputs, { poll }: Execution, result: Value): Ending | null {
  const said = poll === null ? 'satisfied' : judgePoll(poll.predicate, result);
  if (poll === null || said === 'satisfied') return null;
  const cursor = cursorIn(poll.cursor, result);
  if (cursor !== null && cursor !== (tape.state.pending?.cursor ?? null))
    return ending('partial', 'execution', { reason: 'cursor-moved', value: { cursor } });
  return ending(said === 'not-yet' ? 'deferral' : 'partial', 'execution', { reason: said });
}

/** The result is checked against the memory schema before it becomes part of the object (R5). */
function commit({ tape, ports }: ExecuteInputs, into: string | null, value: Value): Ending {
  if (into === null) return ending('success', 'execution');
  const misfit = checkMemory(tape.state.genesis.schema, into, value);
  if (misfit !== null) return ending('failure', 'execution', { reason: 'schema', message: misfit });
  const { stateBytes } = ports.limits.object;
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
