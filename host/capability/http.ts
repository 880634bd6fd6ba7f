/**
 * `http`: one request, one answer, nothing on its own: no redirect, no cookie, no cache, no credentials. The URL that is sent is
 * the one that policy decided on. Time and size of the answer are bounded while it is read, not after.
 */
import { sentUrl } from '../kernel/operations.ts';
import type { Provider, ProviderCall, ProviderResult, Repetition } from '../kernel/ports.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';

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
  const pieces: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> | null = response.body;
  for await (const piece of stream ?? []) {
    size += piece.length;
    if (size > maxBytes)
      return { ok: false, error: 'limit', message: `expected an answer of at most ${maxBytes} bytes` };
    pieces.push(piece);
  }
  const headers = [...response.headers].map(([name, value]) => ({ name, value }));
  const headerBytes = headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  if (headers.length > ANSWER_HEADERS || headerBytes > HEADER_BYTES)
    return {
      ok: false,
      error: 'limit',
      message: `expected at most ${ANSWER_HEADERS} headers of ${HEADER_BYTES} bytes`,
    };
  const body = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    body.set(piece, offset);
    offset += piece.length;
  }
  return { ok: true, value: { status: response.status, headers, body } };
}

/** fetch hides the socket's error in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
