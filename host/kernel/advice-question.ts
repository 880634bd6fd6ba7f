/**
 * A question to an advisor, read strictly: it comes from untrusted code. What does not fit is a message, never an exception. What
 * is asked about (tools, a schema) is checked here, so that an answer can be held against it.
 */
import { parseJson } from '../json.ts';
import { ADVICE_LIMITS } from '../limits.ts';
import { checkSchema } from '../object/schema.ts';
import { SojournError } from '../errors.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';

/** A tool that the advisor may propose to call. It calls nothing itself. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  /** Schema of the arguments: the closed subset of JSON Schema of the memory schema (docs/format.md). */
  readonly parameters: ValueMap;
}

export interface ToolCall {
  /** Tells it from the others of the conversation. */
  readonly id: string;
  readonly name: string;
  readonly arguments: ValueMap;
}

export interface AdviceMessage {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly content: string;
  /** Of an assistant: the calls that it requested. */
  readonly requested: readonly ToolCall[];
  /** Of a tool: the id of the call that this is the result of. */
  readonly toolCall: string | null;
}

export interface AdviceQuestion {
  /** The node's name for whom to ask. */
  readonly advisor: string;
  readonly system: string;
  readonly messages: readonly AdviceMessage[];
  readonly tools: readonly OfferedTool[];
  /** Schema of a structured answer; null: a text is wanted. */
  readonly schema: ValueMap | null;
  readonly maxTokens: number;
}

export type QuestionResult =
  | { readonly ok: true; readonly question: AdviceQuestion }
  | { readonly ok: false; readonly message: string };

export const ADVISOR_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** What every OpenAI-compatible server takes as the name of a function. */
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;
export const CALL_ID = /^[\x21-\x7e]{1,64}$/;

/** Where a check fails it throws this, and `readQuestion` turns it into a value. Never leaves this file. */
class Misfit extends Error {}

export function readQuestion(request: ValueMap): QuestionResult {
  try {
    const { advisor, system, messages, tools, schema, maxTokens } = request;
    if (typeof advisor !== 'string' || !ADVISOR_NAME.test(advisor))
      throw new Misfit('advisor: expected 1 to 32 characters of a-z, 0-9 and -');
    return {
      ok: true,
      question: {
        advisor,
        system: text(system, 'system'),
        messages: readMessages(messages),
        tools: readTools(tools),
        schema: schema === null ? null : readSchema(schema, 'schema'),
        maxTokens: readMaxTokens(maxTokens),
      },
    };
  } catch (error) {
    if (error instanceof Misfit) return { ok: false, message: error.message };
    throw error;
  }
}

/** What facts are read from. The last message stands by itself, with its content as data where it is JSON. */
export function questionData(request: ValueMap): Value {
  const read = readQuestion(request);
  if (!read.ok) return null;
  const { advisor, system, messages, tools, maxTokens } = read.question;
  const last = messages.at(-1);
  const texts = messages.map(({ role, content }) => ({ role, content }));
  return {
    advisor,
    system,
    messages: texts,
    tools: tools.map(({ name }) => name),
    maxTokens,
    last: last === undefined ? null : { role: last.role, content: last.content, data: dataOf(last.content) },
  };
}

/** A text as JSON data; null where it is none. */
export function dataOf(text: string): Value {
  const parsed = parseJson(text, text.length * 3);
  return parsed.ok ? parsed.value : null;
}

function readMessages(value: Value | undefined): readonly AdviceMessage[] {
  const called = new Set<string>();
  const answered = new Set<string>();
  const messages = list(value, 'messages', ADVICE_LIMITS.messages).map((item, i) => {
    const message = readMessage(item, `messages/${i}`);
    const { requested, toolCall } = message;
    for (const { id } of requested) {
      if (called.has(id)) throw new Misfit(`messages/${i}/requested: expected each id once`);
      called.add(id);
    }
    if (toolCall !== null && (!called.has(toolCall) || answered.has(toolCall)))
      throw new Misfit(`messages/${i}/toolCall: expected the id of an earlier call without a result`);
    if (toolCall !== null) answered.add(toolCall);
    return message;
  });
  if (messages.length === 0) throw new Misfit('messages: expected one at least');
  return messages;
}

function readMessage(value: Value, path: string): AdviceMessage {
  const { role, content, requested, toolCall } = map(value, path);
  if (role !== 'user' && role !== 'assistant' && role !== 'tool')
    throw new Misfit(`${path}/role: expected user, assistant or tool`);
  const calls = list(requested, `${path}/requested`, ADVICE_LIMITS.toolCalls).map((call, i) =>
    readCall(call, `${path}/requested/${i}`),
  );
  if (calls.length > 0 && role !== 'assistant') throw new Misfit(`${path}/requested: expected it of an assistant only`);
  const answered = role === 'tool' ? toolCall : null;
  if (role === 'tool' ? !isText(toolCall, CALL_ID) : toolCall !== null)
    throw new Misfit(`${path}/toolCall: expected the id of a call with the role tool, and none with any other`);
  return { role, content: text(content, `${path}/content`), requested: calls, toolCall: answered as string | null }; // checked
}

function readCall(value: Value, path: string): ToolCall {
  const { id, name, arguments: given } = map(value, path);
  if (!isText(id, CALL_ID)) throw new Misfit(`${path}/id: expected 1 to 64 printable characters`);
  if (!isText(name, TOOL_NAME)) throw new Misfit(`${path}/name: expected the name of a tool`);
  return { id, name, arguments: jsonMap(given, `${path}/arguments`) };
}

function readTools(value: Value | undefined): readonly OfferedTool[] {
  const names = new Set<string>();
  return list(value, 'tools', ADVICE_LIMITS.tools).map((item, i) => {
    const path = `tools/${i}`;
    const { name, description, parameters } = map(item, path);
    if (!isText(name, TOOL_NAME)) throw new Misfit(`${path}/name: expected 1 to 64 of A-Z, a-z, 0-9, _ and -`);
    if (names.has(name)) throw new Misfit(`${path}/name: expected each name once`);
    names.add(name);
    return {
      name,
      description: text(description, `${path}/description`),
      parameters: readSchema(parameters, `${path}/parameters`),
    };
  });
}

function readSchema(value: Value | undefined, path: string): ValueMap {
  const schema = jsonMap(value, path, ADVICE_LIMITS.schemaBytes);
  try {
    checkSchema(schema);
  } catch (error) {
    if (error instanceof SojournError) throw new Misfit(`${path}: ${error.message}`);
    throw error;
  }
  return schema;
}

function readMaxTokens(value: Value | undefined): number {
  const fits = Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= ADVICE_LIMITS.maxTokens;
  if (!fits) throw new Misfit(`maxTokens: expected 1 to ${ADVICE_LIMITS.maxTokens}`);
  return value as number; // checked by the line above
}

/** A JSON text that holds an object. */
function jsonMap(value: Value | undefined, path: string, maxBytes = Number.MAX_SAFE_INTEGER): ValueMap {
  const parsed = parseJson(text(value, path), maxBytes);
  if (!parsed.ok) throw new Misfit(`${path}: ${parsed.message}`);
  return map(parsed.value, path);
}

function list(value: Value | undefined, path: string, most: number): readonly Value[] {
  if (!isList(value) || value.length > most) throw new Misfit(`${path}: expected a list of at most ${most}`);
  return value;
}

function map(value: Value | undefined, path: string): ValueMap {
  if (!isMap(value)) throw new Misfit(`${path}: expected a record`);
  return value;
}

function text(value: Value | undefined, path: string): string {
  if (typeof value !== 'string' || !value.isWellFormed()) throw new Misfit(`${path}: expected a well-formed text`);
  return value;
}

function isText(value: Value | undefined, rule: RegExp): value is string {
  return typeof value === 'string' && rule.test(value);
}
