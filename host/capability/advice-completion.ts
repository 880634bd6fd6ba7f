/**
 * Reading a chat completion: a text from a server that nobody trusts. Only the members that matter are looked at, each by its own; what a
 * model wrote as JSON is parsed strictly. Pure. Never throws for what is in the text.
 */
import { parseJson, readJson } from '../json.ts';
import { isMap } from '../value.ts';
import type { Value } from '../value.ts';
import type { AdviceQuestion, ToolCall } from '../kernel/advice-question.ts';
import type { AdvisorAnswer } from './advice.ts';

/** Where a check fails it throws this, and `readCompletion` turns it into a value. Never leaves this file. */
class Misfit extends Error {
  readonly code: 'unavailable' | 'limit';

  constructor(message: string, code: 'unavailable' | 'limit' = 'unavailable') {
    super(message);
    this.code = code;
  }
}

export function readCompletion(question: AdviceQuestion, text: string, maxBytes: number): AdvisorAnswer {
  const read = readJson(text, maxBytes);
  if (!read.ok) return { ok: false, error: 'unavailable', message: `answer: ${withoutExcerpt(read.message)}` };
  try {
    return readChoice(question, onlyChoice(read.parsed));
  } catch (error) {
    if (error instanceof Misfit) return { ok: false, error: error.code, message: error.message };
    throw error;
  }
}

function onlyChoice(answer: unknown): unknown {
  const choices = member(answer, 'choices');
  if (!Array.isArray(choices) || choices.length !== 1) throw new Misfit('choices: expected a list of one');
  return choices[0];
}

function readChoice(question: AdviceQuestion, choice: unknown): AdvisorAnswer {
  const reason = member(choice, 'finish_reason');
  if (reason === 'length') throw new Misfit('finish_reason: expected a whole answer, found one cut off', 'limit');
  if (reason === 'content_filter') throw new Misfit('finish_reason: expected an answer, found it withheld');
  const message = member(choice, 'message');
  if (isText(member(message, 'refusal'))) throw new Misfit('refusal: expected an answer, found a refusal to give one');
  const calls = member(message, 'tool_calls') ?? [];
  if (!Array.isArray(calls)) throw new Misfit('tool_calls: expected a list');
  const probable = readProbability(member(choice, 'logprobs'));
  if (calls.length > 0)
    return { ok: true, content: { tag: 'tool-calls', val: calls.map(readCall) }, confidence: probable };
  const content = member(message, 'content');
  if (!isText(content)) throw new Misfit('content: expected a text that is not empty');
  if (question.schema === null) return { ok: true, content: { tag: 'text', val: content }, confidence: probable };
  const val = strictJson(content, 'content');
  return { ok: true, content: { tag: 'structured', val }, confidence: claimedConfidence(val) ?? probable };
}

function readCall(call: unknown, i: number): ToolCall {
  const type = member(call, 'type') ?? 'function';
  const id = member(call, 'id');
  const name = member(member(call, 'function'), 'name');
  const given = member(member(call, 'function'), 'arguments');
  if (type !== 'function') throw new Misfit(`tool_calls/${i}/type: expected function`);
  if (!isText(id) || !isText(name) || !isText(given))
    throw new Misfit(`tool_calls/${i}: expected id, name and arguments as texts`);
  const parsed = strictJson(given, `tool_calls/${i}/arguments`);
  if (!isMap(parsed)) throw new Misfit(`tool_calls/${i}/arguments: expected an object`);
  return { id, name, arguments: parsed };
}

/** The geometric mean of the tokens' probabilities; null where the server tells none. */
function readProbability(logprobs: unknown): number | null {
  const tokens = member(logprobs, 'content');
  if (!Array.isArray(tokens) || tokens.length === 0) return null;
  let sum = 0;
  for (const token of tokens) {
    const logprob = member(token, 'logprob');
    if (typeof logprob !== 'number' || !(logprob <= 0)) throw new Misfit('logprobs: expected numbers up to 0');
    sum += logprob;
  }
  return Math.exp(sum / tokens.length);
}

function strictJson(text: string, path: string): Value {
  const parsed = parseJson(text, text.length * 3);
  if (!parsed.ok) throw new Misfit(`${path}: ${withoutExcerpt(parsed.message)}`);
  return parsed.value;
}

/** What the engine says of broken JSON shows a piece of it, and a piece of a key is too much. */
function withoutExcerpt(message: string): string {
  return message.startsWith('expected JSON') ? 'expected JSON' : message;
}

/** An own member of a parsed object; undefined where there is none, or no object. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  const own: unknown = Reflect.get(value, name);
  return own ?? undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}

/** What a structured answer says of itself; null where it says nothing. */
function claimedConfidence(value: Value): number | null {
  const claimed = isMap(value) ? value['confidence'] : undefined;
  return typeof claimed === 'number' && claimed >= 0 && claimed <= 1 ? claimed : null;
}
