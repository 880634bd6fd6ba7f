/** Callers with a token that is bound, taken back or used for too much: what they can find out, hold on to and break. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { listen } from '../../../host/node/listen.ts';
import { propose } from '../world.ts';
import { rawRequest, sendRaw } from './raw-client.ts';
import { createBench, createServer, SECRET, tokenOf } from './server.ts';
import type { Bench, Server, ServerOptions } from './server.ts';

let bench: Bench;
let servers: Server[] = [];
beforeAll(async () => {
  bench = await createBench();
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});
afterAll(() => bench.close());

async function start(options: ServerOptions = {}): Promise<Server> {
  const server = await createServer(bench, options);
  servers.push(server);
  return server;
}

const FINISH = { '*': propose.finish('done') };
const WAIT = { '1': propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish('went') };
const BOUND = 'the-token-of-somebody-who-is-bound';
const AS_BOUND = { authorization: `Bearer ${BOUND}` };

describe('a caller with a bound token', () => {
  it('finds no id of others in the pages of a list, and gets full pages', async () => {
    const tokens = [tokenOf(SECRET)];
    const server = await start({ tokens });
    const ids = [];
    for (let at = 0; at < 6; at++) ids.push(await server.object(WAIT, { run: false }));
    const sorted = ids.toSorted();
    const own = [sorted[1] ?? '', sorted[3] ?? '', sorted[5] ?? ''];
    server.app.replaceTokens([...tokens, tokenOf(BOUND, { name: 'bound', objects: new Set(own) })]);
    const first = (await server.json('GET', '/objects?limit=2', undefined, AS_BOUND)).json;
    expect({ ids: first.objects.map((line: { id: string }) => line.id), next: first.next }).toEqual({
      ids: own.slice(0, 2),
      next: own[1],
    });
    const rest = (await server.json('GET', `/objects?limit=2&cursor=${first.next}`, undefined, AS_BOUND)).json;
    expect({ ids: rest.objects.map((line: { id: string }) => line.id), next: rest.next }).toEqual({
      ids: own.slice(2),
      next: null,
    });
  });

  it('has idempotency keys of its own, and is not told what others made with the same', async () => {
    const bound = tokenOf(BOUND, { name: 'bound', handlers: new Set([bench.handler.digest]) });
    const server = await start({ tokens: [tokenOf(SECRET), bound] });
    const draft = (goal: string) => ({
      handler: bench.handler.digest,
      intent: { kind: 'scripted', goal, input: FINISH },
    });
    const key = { 'idempotency-key': 'order-1' };
    const first = await server.json('POST', '/objects', draft('ours'), key);
    const theirs = await server.json('POST', '/objects', draft('theirs'), { ...key, ...AS_BOUND });
    expect([first.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.json.id).not.toBe(first.json.id);
    expect(await server.json('POST', '/objects', draft('theirs'), { ...key, ...AS_BOUND })).toMatchObject({
      status: 200,
      json: { id: theirs.json.id },
    });
  });
});

describe('a caller whose token is taken back', () => {
  it('sees no more of a stream that was open', async () => {
    const server = await start({ tokens: [tokenOf(SECRET), tokenOf(BOUND, { name: 'bound' })] });
    const response = await server.fetch('GET', '/events', { headers: AS_BOUND });
    const reader = response.body?.getReader();
    await reader?.read();
    server.app.replaceTokens([tokenOf(SECRET)]);
    expect((await reader?.read())?.done).toBe(true);
    expect(server.app.openStreams()).toBe(0);
  });
});

describe('a caller who asks for too much', () => {
  it('does not end the node with a run that nobody could wait for', async () => {
    const server = await start({ limits: { waits: 1 } });
    const id = await server.object(WAIT);
    const faults: unknown[] = [];
    const note = (error: unknown): void => void faults.push(error);
    process.on('unhandledRejection', note);
    try {
      const waiting = server.fetch('POST', `/objects/${id}/signals/other?wait=2000`, {
        body: 'null',
        headers: { 'content-type': 'application/json' },
      });
      const held = server.fetch('POST', `/objects/${id}/evaluate?wait=300`);
      const nowhere = '0'.repeat(64);
      const refused = await Promise.all(
        [1, 2, 3].map(() => server.json('POST', `/objects/${nowhere}/evaluate?wait=300`)),
      );
      expect(refused.some(({ status }) => status === 503)).toBe(true);
      await Promise.all([waiting, held]);
      await new Promise((resolve) => setImmediate(resolve));
      expect(faults).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  it('fills no more memory with bodies than there is room for, and the next one is taken', async () => {
    const server = await start({ limits: { bodiesBytes: 100_000 } });
    const put = (body: ReadableStream<Uint8Array>) =>
      server.fetch('PUT', '/handlers', {
        body,
        duplex: 'half',
        headers: { 'content-type': 'application/wasm' },
      });
    const end = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const first = put(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(80_000)),
        async pull(controller) {
          reached.resolve();
          await end.promise;
          controller.close();
        },
      }),
    );
    await reached.promise;
    const small = () => new Blob([new Uint8Array(40_000)]).stream();
    expect((await put(small())).status).toBe(503);
    end.resolve();
    expect((await first).status).toBe(422);
    expect((await put(small())).status).toBe(422);
  });

  it('keeps no turn with an object that is not kept, once it is gone itself', async () => {
    const leave = new AbortController();
    let sealed = 0;
    const node = {
      onPoint(point: string): void {
        if (point !== 'sealed') return;
        sealed += 1;
        leave.abort();
      },
    };
    const server = await start({ node });
    const steps = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [at + 1, propose.commit('n', at)]));
    const id = await server.object({ ...steps, '*': propose.finish() }, { run: false, embed: true });
    const type = 'application/sojourn+cbor-seq';
    const kept = await server.fetch('GET', `/objects/${id}`, { headers: { accept: type } });
    const answered = server.fetch('POST', '/evaluate', {
      body: await kept.arrayBuffer(),
      headers: { 'content-type': type },
      signal: leave.signal,
    });
    await answered.catch(() => null);
    expect(sealed).toBeGreaterThan(0);
    expect(sealed).toBeLessThan(10);
  });

  it('finds out without a token whether the node is there, at the cost of nothing', async () => {
    const server = await start();
    await server.node.indexed;
    const counted = vi.spyOn(server.node, 'stats');
    const response = await server.fetch('GET', '/health', { headers: { authorization: '' } });
    expect({ status: response.status, json: await response.json() }).toMatchObject({
      status: 200,
      json: { status: 'ok', indexed: true },
    });
    expect(counted).not.toHaveBeenCalled();
  });

  it('gives back its place when it leaves before its stream of events begins', async () => {
    const server = await start({ limits: { streams: 4 } });
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const listener = await listen({ app: server.app, host: '127.0.0.1', port: 0, log });
    try {
      const port = Number(new URL(listener.url).port);
      const auth = `Authorization: Bearer ${SECRET}`;
      for (let at = 0; at < 60; at++)
        await sendRaw(port, [rawRequest('GET', '/events', [auth])], { leave: at % 2 === 0 ? 'reset' : 'end' });
      for (let at = 0; at < 50 && server.app.openStreams() > 0; at++)
        await sendRaw(port, [rawRequest('GET', '/health')], { answers: 1 });
      expect(server.app.openStreams()).toBe(0);
    } finally {
      await listener.close(0);
    }
  });
});
