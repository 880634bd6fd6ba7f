/**
 * Server-sent events. An event is taken from the node only when the reader has room for it, so a slow one costs nothing but its
 * place; one that takes nothing for too long is let go, and resumes with Last-Event-ID.
 */
import type { NodeEvent } from '../service/node.ts';
import type { HttpLimits } from './http-limits.ts';
import { EVENT_MEDIA } from './route.ts';

export interface EventSource {
  readonly events: AsyncIterable<NodeEvent>;
  readonly limits: Pick<HttpLimits, 'heartbeatMs' | 'stallMs'>;
  /** Ends the stream in good order. */
  readonly ended: AbortSignal;
  /** Called once, however it ends. */
  readonly done: () => void;
  /** Ends the connection of a reader that takes nothing. */
  readonly breakOff: () => void;
}

/** Milliseconds after which a reader that lost its stream comes back. */
const RETRY_MS = 2_000;

export function eventResponse(source: EventSource): Response {
  return new Response(eventStream(source), {
    headers: { 'content-type': EVENT_MEDIA, 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
}

function eventStream({ events, limits, ended, done, breakOff }: EventSource): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<NodeEvent>> | null = null;
  let stalled: ReturnType<typeof setTimeout> | undefined;
  let open = true;

  const finish = (): void => {
    clearTimeout(stalled);
    if (!open) return;
    open = false;
    iterator.return?.(undefined)?.catch(() => {});
    done();
  };

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stalled);
        const put = (text: string): void => {
          controller.enqueue(encoder.encode(text));
          stalled = setTimeout(() => {
            finish();
            breakOff();
          }, limits.stallMs);
        };
        if (next === null) {
          next = iterator.next();
          return put(`retry: ${RETRY_MS}\n\n`);
        }
        const found = await nextOr(next, limits.heartbeatMs, ended);
        if (found === 'quiet') return put(': still here\n\n');
        if (found === 'ended' || found.done === true) {
          finish();
          return controller.close();
        }
        next = iterator.next();
        put(eventText(found.value));
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  );
}

export function eventText(event: NodeEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** What comes first: the event, a while without one, or the end. An iteration that fails has ended. */
async function nextOr(
  next: Promise<IteratorResult<NodeEvent>>,
  quietMs: number,
  ended: AbortSignal,
): Promise<IteratorResult<NodeEvent> | 'quiet' | 'ended'> {
  if (ended.aborted) return 'ended';
  const other = Promise.withResolvers<'quiet' | 'ended'>();
  const end = (): void => other.resolve('ended');
  const timer = setTimeout(() => other.resolve('quiet'), quietMs);
  ended.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([next.catch(() => 'ended' as const), other.promise]);
  } finally {
    clearTimeout(timer);
    ended.removeEventListener('abort', end);
  }
}
