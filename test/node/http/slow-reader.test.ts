/** Who reads a stream slowly, or not at all, on a real socket. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listen } from '../../../host/node/listen.ts';
import type { Listener } from '../../../host/node/listen.ts';
import { eventResponse } from '../../../host/node/http/event-stream.ts';
import type { NodeEvent } from '../../../host/node/service/node.ts';

const STALL_MS = 100;
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

let listener: Listener;
let taken = 0;
let done = 0;
let ended: AbortController;

/** Events without end, as fast as they are taken. */
async function* flood(): AsyncGenerator<NodeEvent> {
  for (;;) yield { seq: ++taken, time: 0, object: 'x'.repeat(64), type: 'left' };
}

beforeAll(async () => {
  ended = new AbortController();
  const limits = { heartbeatMs: 20, stallMs: STALL_MS };
  const fetch = async (request: Request, { breakOff = () => {} } = {}) =>
    eventResponse({
      events: request.url.endsWith('/quiet')
        ? { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
        : flood(),
      limits,
      ended: AbortSignal.any([ended.signal, request.signal]),
      done: () => void done++,
      breakOff,
    });
  listener = await listen({ app: { fetch, close: () => ended.abort() }, host: '127.0.0.1', port: 0, log: QUIET });
});
afterAll(() => listener.close(0));

function ask(path: string): Socket {
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: node.test\r\n\r\n`);
  return socket;
}

it('one that reads nothing holds no more than its socket does, and is let go', async () => {
  const socket = ask('/flood').pause();
  await expect.poll(() => done, { timeout: 10_000 }).toBe(1);
  // what fits into the buffers of two sockets is some megabytes; a flood that nobody held back would be far beyond
  const before = taken;
  expect(before * 100).toBeLessThan(64 * 1_048_576);
  await new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());
  expect(taken).toBe(before);
});

it('one that waits at a quiet stream is kept, with a sign of life now and then, until the node closes', async () => {
  const socket = ask('/quiet').setEncoding('utf8');
  let text = '';
  socket.on('data', (piece: string) => (text += piece));
  await expect
    .poll(() => text.split(': still here').length, { timeout: 10_000 })
    .toBeGreaterThan(2 * Math.ceil(STALL_MS / 20));
  expect(done).toBe(1);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await listener.close(1_000);
  await closed;
  expect(done).toBe(2);
});
