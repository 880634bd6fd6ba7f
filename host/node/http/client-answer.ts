/**
 * Answers of a node, within bounds of size and time: bytes as they come, JSON held against the schema of the API, and problem documents
 * (RFC 9457) as errors of ours. Nothing that a node says is taken for more than that.
 */
import { SojournError, isErrorCode } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import { validate } from '../../object/schema.ts';
import { isMap } from '../../value.ts';
import type { Value, ValueMap } from '../../value.ts';
import type { ClientLimits } from './client-limits.ts';

/** An answer that has begun. */
export interface Answer {
  readonly response: Response;
  /** Of the node, for messages. */
  readonly origin: string;
  /** Ends the request, whatever it is at. */
  abort(reason: SojournError): void;
  /** Aborted by whoever asked: that is not the node's fault. */
  readonly signal: AbortSignal | null;
}

const MESSAGE_LENGTH = 2_000;

/** The body in pieces. Errors: `node.unreachable` where it stops coming, `object.limit` behind `most` bytes. */
export async function* readPieces(answer: Answer, most: number, idleMs: number): AsyncGenerator<Uint8Array> {
  const { response, origin } = answer;
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (body === null) return;
  const reader = body.getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await within(answer, idleMs, () => reader.read());
      if (done) return;
      length += value.length;
      if (length > most)
        throw new SojournError('object.limit', `${origin}: expected an answer of at most ${most} bytes, found more`);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(answer: Answer, idleMs: number, step: () => Promise<T>): Promise<T> {
  const late = new SojournError(
    'node.unreachable',
    `${answer.origin}: expected the rest of the answer, found nothing for ${idleMs} ms`,
  );
  const timer = setTimeout(() => answer.abort(late), idleMs);
  try {
    return await step();
  } catch (error) {
    throw toClientError(error, answer, 'the rest of the answer');
  } finally {
    clearTimeout(timer);
  }
}

/** Errors: those of `readPieces`; `node.unreachable` for an answer that is not of this API. */
export async function readJsonAnswer(answer: Answer, schema: ValueMap, limits: ClientLimits): Promise<ValueMap> {
  const { origin } = answer;
  const result = parseJson(await readText(answer, limits.jsonBytes, limits.idleMs), limits.jsonBytes);
  if (!result.ok)
    throw new SojournError('node.unreachable', `${origin}: expected an answer in JSON: ${result.message}`);
  const violation = validate(schema, result.value);
  if (violation === null && isMap(result.value)) return result.value;
  const { path, expected, found } = violation ?? { path: '', expected: 'an object', found: 'something else' };
  throw new SojournError(
    'node.unreachable',
    `${origin}: answer${path}: expected ${expected}, found ${found}: is it a sojourn node of this version?`,
  );
}

async function readText(answer: Answer, most: number, idleMs: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of readPieces(answer, most, idleMs)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

/** What an answer of another status than 2xx says went wrong. */
export async function readProblem(answer: Answer, limits: ClientLimits): Promise<SojournError> {
  const { response, origin } = answer;
  const { status } = response;
  const said = await readText(answer, limits.problemBytes, limits.idleMs).then(
    (text) => parseJson(text, limits.problemBytes),
    () => null,
  );
  const problem: { readonly [name: string]: Value } = said?.ok === true && isMap(said.value) ? said.value : {};
  const { code, detail } = problem;
  const after = Number(response.headers.get('retry-after') ?? Number.NaN);
  const details = { node: origin, status, ...(after > 0 ? { retryAfter: after } : {}) };
  if (typeof code !== 'string' || typeof detail !== 'string' || !isErrorCode(code))
    return new SojournError(
      CODES[status] ?? 'node.unreachable',
      `${origin}: expected an answer of a sojourn node, found status ${status}`,
      { details },
    );
  // a fault of the node is none of this program
  const own: ErrorCode = code === 'internal' ? 'node.unreachable' : code;
  return new SojournError(own, `${origin}: ${detail.slice(0, MESSAGE_LENGTH)}`, { details });
}

/** Where an answer does not say it itself: it may come from a proxy. */
const CODES: { readonly [status: number]: ErrorCode } = {
  401: 'token.missing',
  403: 'token.refused',
  404: 'store.missing',
  413: 'object.limit',
  429: 'rate.exceeded',
  503: 'node.busy',
};

/** What a request or the reading of its answer failed with. */
export function toClientError(
  error: unknown,
  { origin, signal }: Pick<Answer, 'origin' | 'signal'>,
  expected: string,
): unknown {
  if (error instanceof SojournError) return error;
  if (signal?.aborted === true) return signal.reason;
  const found = findSystemCode(error) ?? `a connection that failed (${findMessage(error)})`;
  return new SojournError('node.unreachable', `${origin}: expected ${expected}, found ${found}`, { cause: error });
}

/** Of the innermost cause: what `fetch` says itself is always the same. */
function findMessage(error: unknown): string {
  let message = 'unknown';
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; depth++) {
    message = at.message.slice(0, 120);
    at = at.cause;
  }
  return message;
}

/** `ECONNREFUSED` and the like, which stand in a cause or in one of several. */
function findSystemCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; depth++) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z_]{3,40}$/.test(at.code)) return at.code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return null;
}
