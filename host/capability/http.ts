/**
 * `http`: one request, one answer, nothing on its own: no redirect, no cookie, no cache, no credentials. The URL that is sent is
 * the one that policy decided on. Time and size of the answer are bounded while it is read, not after.
 */
import { sentUrl } from '../kernel/operations.ts';
import type { Provider, ProviderCall, ProviderResult, Repetition } from '../kernel/ports.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { readBody, reasonOf } from './read-body.ts';

/** The platform's `fetch`, or one that the embedding program hands in. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const ANSWER_HEADERS = 64;
const HEADER_BYTES = 16_384;

export function createHttp(fetch: Fetch): Provider {
  return {
    operations: ['http.send'],
    repetition: (request) => repetitionOf(request['repetition']),
    perform: (call) => send(fetch, call),
  };
}

function repetitionOf(value: Value | undefined): Repetition {
  return value === 'safe' || value === 'keyed' ? value : 'never';
}

async function send(fetch: Fetch, call: ProviderCall): Promise<ProviderResult> {
  const url = sentUrl(call.request);
  if (url === null) return { ok: false, error: 'invalid', message: 'url: expected one that policy could decide on' };
  const { method, body } = call.request;
  const signal = AbortSignal.timeout(call.timeoutMs);
  try {
    const response = await fetch(url.href, {
      method: String(method),
      headers: requestHeaders(call),
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      signal,
      ...(body instanceof Uint8Array ? { body: Uint8Array.from(body) } : {}),
    });
    return await readAnswer(response, call.maxResponseBytes);
  } catch (error) {
    if (signal.aborted) return { ok: false, error: 'timeout', message: `no answer within ${call.timeoutMs} ms` };
    return { ok: false, error: 'unavailable', message: reasonOf(error) };
  }
}

function requestHeaders({ request, idempotencyKey }: ProviderCall): [string, string][] {
  const list = isList(request['headers']) ? request['headers'] : [];
  const headers = list
    .filter((header): header is ValueMap => isMap(header))
    .map((header): [string, string] => [String(header['name']), String(header['value'])]);
  return idempotencyKey === null ? headers : [...headers, ['idempotency-key', idempotencyKey]];
}

async function readAnswer(response: Response, maxBytes: number): Promise<ProviderResult> {
  const body = await readBody(response, maxBytes);
  if (body === null) return { ok: false, error: 'limit', message: `expected an answer of at most ${maxBytes} bytes` };
  const headers = [...response.headers].map(([name, value]) => ({ name, value }));
  const headerBytes = headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  if (headers.length > ANSWER_HEADERS || headerBytes > HEADER_BYTES)
    return {
      ok: false,
      error: 'limit',
      message: `expected at most ${ANSWER_HEADERS} headers of ${HEADER_BYTES} bytes`,
    };
  return { ok: true, value: { status: response.status, headers, body } };
}
