/**
 * Bodies of requests, bounded in size and time before anything is parsed. What is announced too large is refused unread; what turns
 * out so is cut off.
 */
import { SojournError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import { validate } from '../../object/schema.ts';
import type { Value } from '../../value.ts';
import type { BodyPlace } from './gate.ts';
import type { HttpLimits } from './http-limits.ts';
import { bodyLimitOf } from './route.ts';
import type { Body } from './route.ts';

/** What is announced so small is not counted: the connections bound it. */
const SMALL_BYTES = 65_536;

/** Errors: `request.media`, `request.limit`, `request.malformed` for a length that is none. */
export function checkBodyHeaders(request: Request, body: Body, limits: HttpLimits): void {
  const { headers } = request;
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    throw new SojournError(
      'request.media',
      `content-encoding: expected none, found ${JSON.stringify(encoding.slice(0, 80))}`,
    );
  const length = headers.get('content-length');
  if (length !== null && !/^[0-9]{1,15}$/.test(length))
    throw new SojournError(
      'request.malformed',
      `content-length: expected a number of bytes, found ${JSON.stringify(length.slice(0, 80))}`,
    );
  const empty = length === '0' || (length === null && request.body === null);
  const media = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (media !== body.media && !(empty && body.kind === 'json' && body.schema === undefined))
    throw new SojournError(
      'request.media',
      `content-type: expected ${body.media}, found ${media === '' ? 'none' : JSON.stringify(media.slice(0, 80))}`,
    );
  const most = bodyLimitOf(body, limits);
  if (length !== null && Number(length) > most) throw tooLarge(most);
}

/** All of it. Errors: `node.busy`, `request.limit`, `request.timeout`, `request.malformed` where it broke off. */
export async function readBody(
  request: Request,
  body: Body,
  limits: HttpLimits,
  place: BodyPlace,
): Promise<Uint8Array> {
  const most = bodyLimitOf(body, limits);
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  const small = body.kind === 'json';
  const reading =
    announced <= Math.min(most, SMALL_BYTES)
      ? request.arrayBuffer().then((buffer) => new Uint8Array(buffer))
      : readPieces(request, most, place);
  const bytes = await inTime(reading, small ? limits.bodyMs : limits.requestMs);
  if (bytes.length > most) throw tooLarge(most);
  return bytes;
}

async function readPieces(request: Request, most: number, place: BodyPlace): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of streamBody(request, most, place)) {
    pieces.push(piece);
    length += piece.length;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Pieces as they come in. Errors: those of `readBody`, from the iteration. */
export async function* streamBody(request: Request, most: number, place: BodyPlace): AsyncGenerator<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  if (reader === undefined) return;
  let length = 0;
  try {
    for (;;) {
      const piece = await reader.read().catch(brokenOff);
      if (piece.done) return;
      length += piece.value.length;
      if (length > most) throw tooLarge(most);
      place.take(piece.value.length);
      yield piece.value;
    }
  } finally {
    reader.cancel().catch(() => {}); // nobody reads what is left
  }
}

/** Errors: `request.timeout`, `request.malformed`. */
async function inTime(reading: Promise<Uint8Array>, ms: number): Promise<Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new SojournError('request.timeout', `body: expected it whole within ${ms} ms, found it unfinished`)),
      ms,
    );
  });
  try {
    return await Promise.race([reading.catch(brokenOff), late]);
  } finally {
    clearTimeout(timer);
  }
}

function brokenOff(error: unknown): never {
  if (error instanceof SojournError) throw error;
  throw new SojournError('request.malformed', 'body: expected it whole, found that it broke off', { cause: error });
}

/** Errors: `request.malformed` for what is no JSON in UTF-8, or not as the schema of this body has it. */
export function readJsonBody(bytes: Uint8Array, { schema }: Body): Value {
  if (bytes.length === 0 && schema === undefined) return null;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SojournError('request.malformed', 'body: expected text in UTF-8, found other bytes');
  }
  const result = parseJson(text, bytes.length);
  if (!result.ok) throw new SojournError('request.malformed', `body: ${result.message}`);
  const violation = schema === undefined ? null : validate(schema, result.value);
  if (violation === null) return result.value;
  const { path, expected, found } = violation;
  throw new SojournError(
    'request.malformed',
    `body${path === '' ? '' : ` at ${path}`}: expected ${expected}, found ${found}`,
    {
      details: { path },
    },
  );
}

function tooLarge(most: number): SojournError {
  return new SojournError('request.limit', `body: expected at most ${most} bytes, found more`, { details: { most } });
}
