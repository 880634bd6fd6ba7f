/**
 * An advisor's answer, held against the question: its kind, its size, the tools and their parameters, the schema that was asked
 * for. Whatever fails is a rejected answer. What the answer says is data, and nothing in it is ever followed.
 */
import { stringifyJson } from '../json.ts';
import { ADVICE_LIMITS } from '../limits.ts';
import { validate } from '../object/schema.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { CALL_ID } from './advice-question.ts';
import type { AdviceQuestion, ToolCall } from './advice-question.ts';

export type AdviceContent =
  | { readonly tag: 'text'; readonly val: string }
  | { readonly tag: 'structured'; readonly val: Value }
  | { readonly tag: 'tool-calls'; readonly val: readonly ToolCall[] };

/** Why an answer is not taken, in the contract's codes. */
export interface Rejected {
  readonly ok: false;
  readonly error: 'unavailable' | 'limit' | 'schema';
  readonly message: string;
}

export type AnswerResult = { readonly ok: true; readonly content: AdviceContent } | Rejected;

/** The content of an answer to `question`. It may come from anyone: nothing of it is relied on but that it is parsed JSON. */
export function checkContent(question: AdviceQuestion, content: Value): AnswerResult {
  if (!isMap(content)) return reject('unavailable', 'answer: expected text, structured or tool-calls');
  const { tag, val } = content;
  if (tag === 'tool-calls') return checkCalls(question, val);
  if (tag === 'structured') return checkStructured(question, val ?? null);
  if (tag !== 'text') return reject('unavailable', 'answer: expected text, structured or tool-calls');
  if (question.schema !== null) return reject('schema', 'answer: expected data of the schema, found a text');
  if (typeof val !== 'string' || val === '' || !val.isWellFormed())
    return reject('unavailable', 'answer: expected a well-formed text that is not empty');
  return val.length > ADVICE_LIMITS.answerChars ? tooLong() : { ok: true, content: { tag, val } };
}

function checkStructured(question: AdviceQuestion, val: Value): AnswerResult {
  if (question.schema === null) return reject('unavailable', 'answer: expected a text, for no schema was asked for');
  if (isTooLong(val)) return tooLong();
  const violation = validate(question.schema, val);
  if (violation === null) return { ok: true, content: { tag: 'structured', val } };
  return reject('schema', `answer${violation.path}: expected ${violation.expected}, found ${violation.found}`);
}

function checkCalls(question: AdviceQuestion, val: Value | undefined): AnswerResult {
  if (!isList(val) || val.length === 0 || val.length > ADVICE_LIMITS.toolCalls)
    return reject('unavailable', `tool calls: expected 1 to ${ADVICE_LIMITS.toolCalls}`);
  const ids = new Set(question.messages.flatMap(({ requested }) => requested.map(({ id }) => id)));
  const calls: ToolCall[] = [];
  for (const [i, item] of val.entries()) {
    const call = checkCall(question, item, i, ids);
    if ('ok' in call) return call;
    calls.push(call);
  }
  return { ok: true, content: { tag: 'tool-calls', val: calls } };
}

function checkCall(question: AdviceQuestion, item: Value, i: number, ids: Set<string>): ToolCall | Rejected {
  const { id, name, arguments: given }: ValueMap = isMap(item) ? item : {};
  if (typeof id !== 'string' || !CALL_ID.test(id))
    return reject('unavailable', `tool call ${i}: expected an id of 1 to 64 printable characters`);
  if (ids.has(id)) return reject('unavailable', `tool call ${i}: expected an id that no other call has`);
  ids.add(id);
  const tool = question.tools.find((offered) => offered.name === name);
  if (tool === undefined) return reject('unavailable', `tool call ${i}: expected the name of a tool that was offered`);
  if (!isMap(given)) return reject('schema', `tool call ${i}: expected arguments as an object`);
  if (isTooLong(given)) return tooLong();
  const violation = validate(tool.parameters, given);
  if (violation === null) return { id, name: tool.name, arguments: given };
  const { path, expected, found } = violation;
  return reject('schema', `tool call ${i}: arguments${path}: expected ${expected}, found ${found}`);
}

function isTooLong(value: Value): boolean {
  return stringifyJson(value).length > ADVICE_LIMITS.answerChars;
}

function tooLong(): Rejected {
  return reject('limit', `answer: expected at most ${ADVICE_LIMITS.answerChars} characters, found more`);
}

function reject(error: Rejected['error'], message: string): Rejected {
  return { ok: false, error, message };
}
