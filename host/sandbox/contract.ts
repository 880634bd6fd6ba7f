/**
 * The operations of the contract (wit/*.wit) as a table: which function of which interface each is, how its arguments become
 * the plain request that the host sees, and how the host's plain reply becomes what the guest's function returns.
 * Shapes are checked on both ways in; a whole number too large for a Number is clamped, as no such position exists.
 */
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';

export const CONTRACT_VERSION = '0.2.0';

const PACKAGE = 'sojourn:object';

/** Interfaces that a component may import, with the version that it must name. */
export const CONTRACT_INTERFACES: readonly string[] = [
  'types',
  'memory',
  'log',
  'clock',
  'random',
  'http',
  'kv',
  'signals',
  'tools',
  'children',
  'advice',
  'situation',
].map((name) => `${PACKAGE}/${name}@${CONTRACT_VERSION}`);

/** Types that the world uses by name: a component imports them as types equal to those of `situation`. */
export const CONTRACT_TYPES: readonly string[] = ['situation', 'proposal', 'handler-error'];

export interface Operation {
  /** As policy and memory name it, for example `http.send`. */
  readonly name: string;
  /** Interface without its version, as the transpiled module asks for it. */
  readonly module: string;
  readonly func: string;
  /** Throws a TypeError where the arguments are not what the contract says. */
  readonly request: (args: readonly unknown[]) => ValueMap;
  /** Throws a TypeError where the reply is not what the contract says. */
  readonly reply: (value: Value) => unknown;
}

export const OPERATIONS: readonly Operation[] = [
  define(
    'memory.read',
    ([start, limit, kind]) => ({
      start: position(start),
      limit: count(limit),
      kind: optional(kind, text),
    }),
    (value) => {
      const page = map(value);
      return { entries: list(page['entries']).map(entryOut), next: optionalOut(page['next'], u64) };
    },
  ),
  define('log.write', ([level, message]) => ({ level: text(level), message: text(message) }), nothing),
  define('clock.now', () => ({}), u64),
  define('random.bytes', ([len]) => ({ len: count(len) }), bytes),
  define(
    'http.send',
    ([request]) => {
      const { method, url, headers, body, repetition } = fields(request);
      return {
        method: text(method),
        url: text(url),
        headers: items(headers).map(header),
        body: optional(body, bytes),
        repetition: text(repetition),
      };
    },
    (value) => {
      const { status, headers, body } = map(value);
      return { status: count(status), headers: list(headers).map(header), body: bytes(body) };
    },
  ),
  define(
    'kv.get',
    ([key]) => ({ key: text(key) }),
    (value) => optionalOut(value, text),
  ),
  define('kv.set', ([key, value]) => ({ key: text(key), value: text(value) }), nothing),
  define('kv.delete', ([key]) => ({ key: text(key) }), nothing),
  define(
    'kv.keys',
    ([prefix, after, limit]) => ({
      prefix: text(prefix),
      after: optional(after, text),
      limit: count(limit),
    }),
    (value) => list(value).map(text),
  ),
  define(
    'signals.read',
    ([name, after, limit]) => ({
      name: optional(name, text),
      after: position(after),
      limit: count(limit),
    }),
    (value) => list(value).map(signalOut),
  ),
  define('tools.call', ([name, input]) => ({ name: text(name), input: text(input) }), text),
  define(
    'children.list',
    () => ({}),
    (value) => list(value).map(childOut),
  ),
  define('advice.ask', ([question]) => questionIn(question), answerOut),
];

/** Operations that no WIT of ours has: WASI's files ask for them. */
const FILE_REPLIES: { readonly [operation: string]: (value: Value) => unknown } = { 'files.read': bytes };

/** The host's reply to an operation as the guest's function returns it. Throws a TypeError for one that is not what it should be. */
export function convertReply(name: string, value: Value): unknown {
  const reply = OPERATIONS.find((operation) => operation.name === name)?.reply ?? FILE_REPLIES[name];
  if (reply === undefined) throw new TypeError(`contract: expected an operation, found ${name}`);
  return reply(value);
}

function define(name: string, request: Operation['request'], reply: Operation['reply']): Operation {
  const [iface = '', func = ''] = name.split('.');
  return { name, module: `${PACKAGE}/${iface}`, func, request, reply };
}

function entryOut(value: Value): unknown {
  const { seq, time, node, cycle, kind, body } = map(value);
  return { seq: u64(seq), time: u64(time), node: text(node), cycle: u64(cycle), kind: text(kind), body: text(body) };
}

function signalOut(value: Value): unknown {
  const { seq, time, node, name, payload } = map(value);
  return { seq: u64(seq), time: u64(time), node: text(node), name: text(name), payload: text(payload) };
}

function childOut(value: Value): unknown {
  const { name, id, status, achieved, result, seq } = map(value);
  return {
    name: text(name),
    id: text(id),
    status: text(status),
    achieved: optionalOut(achieved, truth),
    result: optionalOut(result, text),
    seq: u64(seq),
  };
}

function questionIn(value: unknown): ValueMap {
  const { advisor, system, messages, tools, schema, maxTokens } = fields(value);
  return {
    advisor: text(advisor),
    system: text(system),
    messages: items(messages).map((message) => {
      const { role, content, toolCall, requested } = fields(message);
      return {
        role: text(role),
        content: text(content),
        toolCall: optional(toolCall, text),
        requested: items(requested).map(requestedCall),
      };
    }),
    tools: items(tools).map((tool) => {
      const { name, description, parameters } = fields(tool);
      return { name: text(name), description: text(description), parameters: text(parameters) };
    }),
    schema: optional(schema, text),
    maxTokens: count(maxTokens),
  };
}

function answerOut(value: Value): unknown {
  const { source, confidence, content, prompt, seq } = map(value);
  if (typeof confidence !== 'number') throw mismatch('a number', confidence);
  return {
    source: text(source),
    confidence,
    content: contentOut(map(content ?? null)),
    prompt: text(prompt),
    seq: u64(seq),
  };
}

function contentOut({ tag, val }: ValueMap): unknown {
  if (tag === 'tool-calls') return { tag, val: list(val).map(requestedCall) };
  if (tag !== 'text' && tag !== 'structured') throw mismatch('text, structured or tool-calls', tag);
  return { tag, val: text(val) };
}

function requestedCall(value: unknown): ValueMap {
  const call = fields(value);
  return { id: text(call['id']), name: text(call['name']), arguments: text(call['arguments']) };
}

function header(value: unknown): { name: string; value: string } {
  const item = fields(value);
  return { name: text(item['name']), value: text(item['value']) };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw mismatch('a text', value);
  return value;
}

function truth(value: unknown): boolean {
  if (typeof value !== 'boolean') throw mismatch('true or false', value);
  return value;
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw mismatch('a whole number', value);
  return value;
}

function position(value: unknown): number {
  if (typeof value !== 'bigint') throw mismatch('a u64', value);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

function u64(value: unknown): bigint {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw mismatch('a whole number from 0', value);
  return BigInt(value);
}

/** Copies, so that what is handed on never shares memory with a guest, and is of this realm. */
function bytes(value: unknown): Uint8Array {
  if (!ArrayBuffer.isView(value)) throw mismatch('bytes', value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
}

function nothing(value: unknown): undefined {
  if (value !== null && value !== undefined) throw mismatch('nothing', value);
  return undefined;
}

function optional<T>(value: unknown, convert: (value: unknown) => T): T | null {
  return value === undefined || value === null ? null : convert(value);
}

function optionalOut<T>(value: unknown, convert: (value: unknown) => T): T | undefined {
  return optional(value, convert) ?? undefined;
}

function items(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw mismatch('a list', value);
  return value;
}

function list(value: Value | undefined): readonly Value[] {
  if (!isList(value)) throw mismatch('a list', value);
  return value;
}

function fields(value: unknown): { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null) throw mismatch('a record', value);
  return value as { readonly [key: string]: unknown }; // an object, whatever its fields: each is checked as it is read
}

function map(value: Value): ValueMap {
  if (!isMap(value)) throw mismatch('a record', value);
  return value;
}

function mismatch(expected: string, found: unknown): TypeError {
  return new TypeError(`contract: expected ${expected}, found ${found === null ? 'null' : typeof found}`);
}
