/**
 * A load for any HTTP server: a number of clients, each with one connection that it keeps, each waiting for its answer before it asks
 * again. With a rate, requests are due at fixed times and count from when they were due, so that a server that falls behind shows it.
 * Times are taken in this process: what the client costs is in them.
 */
import { Agent, request } from 'node:http';

export interface Load {
  readonly url: (i: number) => string | URL;
  readonly method: string;
  readonly body?: (i: number) => string | Uint8Array | null;
  /** Content-Length is added. */
  readonly headers?: { readonly [name: string]: string };
  readonly clients: number;
  /** Stops asking after this, or after `count` requests, whichever is first. */
  readonly seconds?: number;
  readonly count?: number;
  /** Requests a second over all clients. Default: as fast as answers come. */
  readonly rate?: number;
  /** First value of `i`. Default: 0. */
  readonly from?: number;
  /** Seconds at the start whose answers are not counted. */
  readonly warmUp?: number;
  /** Given each answer; what it throws is counted as an error. Default: a status of 2xx will do. */
  readonly onAnswer?: (i: number, status: number, body: Buffer) => void;
}

export interface Driven {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly answers: number;
  readonly errors: number;
  /** The first error in words. */
  readonly firstError: string | null;
  /** The `i` that a further load may begin with. */
  readonly next: number;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export async function drive(load: Load): Promise<Driven> {
  const { clients, rate, count = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY, warmUp = 0 } = load;
  if (!Number.isFinite(count) && !Number.isFinite(seconds))
    throw new Error('drive: expected seconds or a count, found neither');
  const check = load.onAnswer ?? expectSuccess;
  const from = load.from ?? 0;
  const start = performance.now();
  const [counted, end] = [start + warmUp * 1000, start + (warmUp + seconds) * 1000];
  const times: number[] = [];
  let [next, errors, last] = [from, 0, counted];
  let firstError: string | null = null;

  async function client(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (;;) {
      const i = next;
      const due = rate === undefined ? performance.now() : start + ((i - from) * 1000) / rate;
      if (i - from >= count || due >= end) break;
      next++;
      const early = due - performance.now();
      if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
      try {
        const { status, body } = await ask(agent, load, i);
        check(i, status, body);
      } catch (error) {
        errors++;
        firstError ??= error instanceof Error ? error.message : String(error);
      }
      const now = performance.now();
      if (due < counted) continue;
      times.push(now - due);
      last = now;
    }
    agent.destroy();
  }

  await Promise.all(Array.from({ length: clients }, () => client()));
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? Number.NaN) * 1000) / 1000;
  const perSecond = Math.round((times.length / (last - counted)) * 10_000) / 10;
  return { perSecond, p50: at(0.5), p99: at(0.99), answers: times.length, errors, firstError, next };
}

/** One request and its whole answer. */
export async function ask(
  agent: Agent,
  load: Pick<Load, 'url' | 'method' | 'body' | 'headers'>,
  i: number,
): Promise<Answer> {
  const body = load.body?.(i) ?? null;
  const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      load.url(i),
      { agent, method: load.method, headers: { ...load.headers, ...length } },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(pieces) }));
        answer.on('error', reject);
      },
    );
    sent.setNoDelay(true);
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

function expectSuccess(_: number, status: number, body: Buffer): void {
  if (status < 200 || status > 299)
    throw new Error(`expected a status of 2xx, found ${status}: ${body.toString().slice(0, 200)}`);
}
