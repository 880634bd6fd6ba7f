/** Answers: JSON, bytes as a stream, and which of the two a caller wants. */
import { SojournError } from '../../errors.ts';
import { stringifyJson } from '../../json.ts';
import type { Value } from '../../value.ts';
import type { Call } from './call.ts';
import { JSON_MEDIA, OBJECT_MEDIA } from './route.ts';

type Headers = { readonly [name: string]: string };

export function jsonResponse(value: Value, status = 200, headers: Headers = {}): Response {
  return new Response(stringifyJson(value), {
    status,
    headers: {
      'content-type': JSON_MEDIA,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  });
}

/** A record as JSON: interfaces of plain data only lack the index signature. */
export function recordResponse(record: object, status = 200, headers: Headers = {}): Response {
  return jsonResponse(record as Value, status, headers); // plain data
}

/** The bytes of an object. Where reading fails underway, the connection breaks off: nobody takes a part for the whole. */
export function bytesResponse(
  bytes: AsyncIterable<Uint8Array>,
  length: number | null,
  call: Call,
  headers: Headers = {},
): Response {
  const pieces = bytes[Symbol.asyncIterator]();
  const { log } = call.parts;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = await pieces.next();
          if (piece.done === true) controller.close();
          else controller.enqueue(piece.value);
        } catch (error) {
          log.error({ err: error, path: call.route.path }, 'reading an object broke off');
          call.breakOff();
          controller.error(error);
        }
      },
      cancel: () => void pieces.return?.(undefined)?.catch(() => {}),
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, {
    headers: {
      'content-type': OBJECT_MEDIA,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(length === null ? {} : { 'content-length': String(length) }),
      ...headers,
    },
  });
}

/** The first of `offered` that the Accept header takes, the first of all where there is none. Errors: `request.accept`. */
export function negotiate(request: Request, offered: readonly string[]): string {
  const header = request.headers.get('accept') ?? '*/*';
  const wanted = header.split(',').map((range) => {
    const [media = '', ...more] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = more.find((part) => part.startsWith('q='));
    return { media, q: q === undefined ? 1 : Number(q.slice(2)) };
  });
  const qualityOf = (media: string): number => {
    const exact = wanted.find((range) => range.media === media);
    const wild = wanted.find((range) => range.media === `${media.split('/', 1)[0] ?? ''}/*`);
    return (exact ?? wild ?? wanted.find((range) => range.media === '*/*'))?.q ?? 0;
  };
  const best = offered.reduce((a, b) => (qualityOf(b) > qualityOf(a) ? b : a));
  if (qualityOf(best) > 0) return best;
  throw new SojournError(
    'request.accept',
    `accept: expected ${offered.join(' or ')}, found ${JSON.stringify(header.slice(0, 80))}`,
  );
}
