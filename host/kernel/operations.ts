/**
 * What a capability call is, before anyone decides on it: the closed list of operations with the check of their arguments, the
 * resource and the data that policy is asked about, and whether anything leaves the node. An operation that isn't here does not exist.
 */
import { parseJson } from '../json.ts';
import { isFilePath } from '../object/files.ts';
import type { Resource } from '../policy/model.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { questionData, readQuestion } from './advice-question.ts';
import type { QuestionResult } from './advice-question.ts';
import { SIGNAL_NAME } from './wake.ts';

/**
 * `effect`: something leaves the node; recorded before and after. `write`: changes the cycle's own memory; recorded once.
 * `derived`: follows from what is recorded already; recorded where it is first used in a cycle.
 */
export type OperationClass = 'effect' | 'write' | 'derived';

export interface OperationSpec {
  readonly class: OperationClass;
  /** Null where the arguments keep the contract's rules, else what does not. */
  check(request: ValueMap): string | null;
  resource(request: ValueMap): Resource;
  /** What facts are read from. */
  data(request: ValueMap): Value;
}

const HOST: Resource = { type: 'Host' };

/** Data for facts is read from bodies up to this size; policy sees no facts of a larger one. */
const FACT_BYTES = 1024 * 1024;
const URL_BYTES = 8192;
const HEADERS = 64;
const HOST_HEADERS = new Set([
  'host',
  'content-length',
  'connection',
  'transfer-encoding',
  'upgrade',
  'idempotency-key',
  'te',
  'trailer',
  'keep-alive',
  'expect',
  'proxy-authorization',
  'proxy-connection',
]);
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

const SPECS: { readonly [operation: string]: OperationSpec } = {
  'http.send': {
    class: 'effect',
    check: checkHttp,
    resource: httpResource,
    data: (request) => bodyData(request['body'] ?? null),
  },
  'tools.call': {
    class: 'effect',
    check: (request) =>
      isText(request['name'], 1, 128) ? checkJson(request['input']) : 'name: expected 1 to 128 characters',
    resource: (request) => ({ type: 'Tool', name: String(request['name']) }),
    data: (request) => jsonData(request['input']),
  },
  'advice.ask': {
    class: 'effect',
    check: (request) => misfitOf(readQuestion(request)),
    resource: ({ advisor }) => ({ type: 'Advisor', name: String(advisor) }),
    data: questionData,
  },
  'kv.get': keyed('derived', () => null),
  'kv.set': keyed('write', (request) => checkJson(request['value'])),
  'kv.delete': keyed('write', () => null),
  'kv.keys': hosted('derived', checkKeys),
  'files.read': {
    class: 'derived',
    check: ({ path }) => (typeof path === 'string' && isFilePath(path) ? null : 'path: expected that of a file'),
    resource: ({ path }) => ({ type: 'File', path: String(path) }),
    data: () => null,
  },
  'log.write': hosted('write', checkLog),
  'clock.now': hosted('derived', () => null),
  'random.bytes': hosted('derived', (request) =>
    inRange(request['len'], 1, 65_536) ? null : 'len: expected 1 to 65536',
  ),
  'memory.read': hosted('derived', (request) =>
    inRange(request['limit'], 1, 256) && isCount(request['start']) ? null : 'limit: expected 1 to 256',
  ),
  'signals.read': hosted('derived', checkSignals),
  'children.list': hosted('derived', () => null),
};

export const OPERATIONS: readonly string[] = Object.keys(SPECS);

export function operationSpec(operation: string): OperationSpec | null {
  return Object.hasOwn(SPECS, operation) ? (SPECS[operation] ?? null) : null;
}

/** The URL as it will be sent: what policy decides on and what the provider requests are the same text. Null where it isn't allowed. */
export function sentUrl(request: ValueMap): URL | null {
  const text = request['url'];
  if (!isText(text, 1, URL_BYTES) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const plain =
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    url.hash === '';
  return plain && url.hostname !== '' ? url : null;
}

function misfitOf(read: QuestionResult): string | null {
  return read.ok ? null : read.message;
}

function checkHttp(request: ValueMap): string | null {
  const { method, headers, body, repetition } = request;
  if (typeof method !== 'string' || !/^[A-Z]{1,16}$/.test(method)) return 'method: expected an upper-case token';
  if (method === 'CONNECT' || method === 'TRACE') return `method: expected one that a handler may use, found ${method}`;
  if (sentUrl(request) === null)
    return 'url: expected an absolute http or https URL without user, password and fragment';
  if (!isList(headers) || headers.length > HEADERS) return `headers: expected at most ${HEADERS}`;
  const bad = headers.findIndex((header) => !isHeader(header));
  if (bad >= 0) return `headers/${bad}: expected a name and value that a handler may set`;
  if (body !== null && !(body instanceof Uint8Array)) return 'body: expected bytes or none';
  if (body !== null && (method === 'GET' || method === 'HEAD')) return `body: expected none with ${method}`;
  if (repetition !== 'safe' && repetition !== 'keyed' && repetition !== 'never')
    return 'repetition: expected safe, keyed or never';
  if (repetition === 'safe' && !['GET', 'HEAD', 'OPTIONS'].includes(method))
    return `repetition: expected keyed or never with ${method}`;
  return null;
}

function isHeader(header: Value): boolean {
  if (!isMap(header)) return false;
  const { name, value } = header;
  return typeof name === 'string' && typeof value === 'string' && headerFault(name, value) === null;
}

/** What keeps a handler from setting a header: its syntax, or that it is the host's to set. Null where nothing does. */
export function headerFault(name: string, value: string): 'syntax' | 'host' | null {
  if (!TOKEN.test(name) || value.length > URL_BYTES || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return 'syntax';
  return HOST_HEADERS.has(name.toLowerCase()) ? 'host' : null;
}

function httpResource(request: ValueMap): Resource {
  const url = sentUrl(request);
  if (url === null) return HOST;
  const scheme = url.protocol.slice(0, -1);
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  return {
    type: 'Http',
    scheme,
    host: url.hostname,
    port,
    path: url.pathname,
    query: url.search,
    method: String(request['method']),
  };
}

function bodyData(body: Value): Value {
  if (!(body instanceof Uint8Array) || body.length > FACT_BYTES) return null;
  try {
    return jsonData(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return null;
  }
}

function jsonData(text: Value | undefined): Value {
  const result = typeof text === 'string' ? parseJson(text, FACT_BYTES) : null;
  return result?.ok === true ? result.value : null;
}

function keyed(kind: OperationClass, check: (request: ValueMap) => string | null): OperationSpec {
  return {
    class: kind,
    check: (request) => (isKey(request['key']) ? check(request) : 'key: expected 1 to 256 bytes of text'),
    resource: (request) => ({ type: 'Key', key: String(request['key']) }),
    data: (request) => jsonData(request['value']),
  };
}

function hosted(kind: OperationClass, check: (request: ValueMap) => string | null): OperationSpec {
  return { class: kind, check, resource: () => HOST, data: () => null };
}

function checkKeys(request: ValueMap): string | null {
  if (!isText(request['prefix'], 0, 256)) return 'prefix: expected at most 256 characters';
  if (request['after'] !== null && !isKey(request['after'])) return 'after: expected a key or none';
  return inRange(request['limit'], 1, 1024) ? null : 'limit: expected 1 to 1024';
}

function checkLog(request: ValueMap): string | null {
  if (!['debug', 'info', 'warn', 'error'].includes(String(request['level'])))
    return 'level: expected debug, info, warn or error';
  return isText(request['message'], 0, 65_536) ? null : 'message: expected at most 65536 characters';
}

function checkSignals(request: ValueMap): string | null {
  const { name, after, limit } = request;
  if (name !== null && !(typeof name === 'string' && SIGNAL_NAME.test(name)))
    return 'name: expected a signal name or none';
  return inRange(limit, 1, 256) && isCount(after) ? null : 'limit: expected 1 to 256';
}

function checkJson(text: Value | undefined): string | null {
  const result =
    typeof text === 'string' ? parseJson(text, FACT_BYTES) : { ok: false as const, message: 'expected JSON text' };
  return result.ok ? null : result.message;
}

function isKey(value: Value | undefined): value is string {
  return isText(value, 1, 256) && new TextEncoder().encode(value).length <= 256;
}

function isText(value: Value | undefined, min: number, max: number): value is string {
  return typeof value === 'string' && value.length >= min && value.length <= max && value.isWellFormed();
}

function isCount(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function inRange(value: Value | undefined, min: number, max: number): boolean {
  return isCount(value) && value >= min && value <= max;
}
