/**
 * Every endpoint under requests made from its own document: each is answered in time, never with a fault of the node's own, and the
 * server goes on as before.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ValueMap } from '../../../host/value.ts';
import { generateKey } from '../../../host/node/native.ts';
import { formatReaderKey } from '../../../host/policy/readers.ts';
import { createMetrics } from '../../../host/cli/prometheus.ts';
import { propose } from '../world.ts';
import { requestArbitrary, rightRequests } from './request-arbitrary.ts';
import type { Known, WrittenRequest } from './request-arbitrary.ts';
import { createBench, createServer, SECRET, tokenOf } from './server.ts';
import type { Bench, Server } from './server.ts';

const RUNS = Number(process.env['SOJOURN_FUZZ_RUNS'] ?? 600);
/** Right requests of each operation, the same in every run. */
const RIGHT = 24;
const ANSWER_MS = 20_000;
const OBJECT = 'application/sojourn+cbor-seq';
const READER = 'reader-reader-reader-reader';

const faults: unknown[] = [];
let bench: Bench;
let server: Server;
let document: ValueMap;
let known: Known;
beforeAll(async () => {
  bench = await createBench();
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (facts: object, message: string) => void faults.push([message, facts]),
  };
  const limits = { waitMs: 50, bodyMs: 2_000, perSecond: 1_000_000, failuresPerSecond: 1_000_000 };
  const tokens = [tokenOf(SECRET), tokenOf(READER, { name: 'reader', scopes: new Set(['read']) })];
  server = await createServer(bench, { limits, log, tokens, metrics: createMetrics() });
  const scripts = [
    { '1': propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish() },
    { '*': propose.finish('done') },
    { '1': propose.commit('a', 1), '*': { fail: 'gave up' } },
    'no script',
  ];
  const ids = [];
  for (let i = 0; i < 24; i++)
    ids.push(await server.object(scripts[i % 3] ?? null, { embed: i < 6, run: i % 2 === 0 }));
  const objects = await Promise.all(ids.slice(0, 6).map(bytesOfObject));
  document = (await server.json('GET', '/openapi.json')).json;
  const digest = bench.handler.digest;
  known = {
    token: `Bearer ${SECRET}`,
    poorTokens: ['', 'Bearer', 'Bearer x', 'Basic eDp4', `Bearer ${READER}`, 'Bearer unknown-unknown-unknown'],
    named: {
      'id': ids,
      'handler': [digest, digest, digest, '0'.repeat(64)],
      'parent': ids,
      'name': ['go', 'other'],
      'kind': ['scripted'],
      'input': scripts,
      'capabilities': [['*'], [], ['kv.*']],
      'schema': [null, { type: 'object' }, { type: 'nothing' }],
      'policies': [
        [],
        [{ 'set.json': '{"name":"x"}', 'a.cedar': 'permit(principal, action, resource);' }],
        [{ 'x.txt': '' }],
      ],
      'files': [{}, { 'a/b.txt': 'aGVsbG8=' }, { '../x': 'aGVsbG8=' }, { a: '?' }],
      'at': [0, 1, 2, 3, 99],
      'wait': [0, 1, 50, 1_000_000],
      'cursor': [ids[3], 'x'],
      'to': [formatReaderKey(generateKey().reader.publicKey), 'x25519:00'],
      'Idempotency-Key': ['one', 'two', 'three'],
      'Last-Event-ID': [0, 1, 9_007_199_254_740_991],
    },
    bodies: { [OBJECT]: objects, 'application/wasm': [bench.handler.bytes] },
  };
});
afterAll(async () => {
  await server.close();
  await bench.close();
});

async function bytesOfObject(id: string): Promise<Uint8Array> {
  const response = await server.fetch('GET', `/objects/${id}`, { headers: { accept: OBJECT } });
  return new Uint8Array(await response.arrayBuffer());
}

/** Sends it and reads the answer to its end; of a stream of events, the beginning. */
async function answerOf({ method, target, headers, body }: WrittenRequest) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ANSWER_MS);
  });
  try {
    const request = new Request(`http://node.test${target}`, {
      method,
      headers,
      ...(body === null ? {} : { body: body.slice() }),
    });
    const response = await Promise.race([server.app.fetch(request), over]);
    if (response.headers.get('content-type') === 'text/event-stream') {
      await response.body?.cancel();
      return { status: response.status, type: 'text/event-stream', text: '' };
    }
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await Promise.race([response.text(), over]),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** Never a fault of the node, always of the form that the document promises, and the next one is answered as ever. Gives the status. */
async function expectAnswered(request: WrittenRequest): Promise<number> {
  const { status, type, text } = await answerOf(request);
  expect(faults).toEqual([]);
  expect(status).not.toBe(500);
  if (status >= 400 && request.method !== 'HEAD') {
    expect(type).toBe('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ status, detail: expect.any(String) });
  }
  expect(text).not.toContain(SECRET);
  const good = await server.fetch('GET', '/health');
  expect(good.status).toBe(200);
  return status;
}

describe('any request that the document describes', () => {
  // first, while the objects are as they were made
  it(
    `is answered where it is right, and not always turned away (${RIGHT} of each operation)`,
    { timeout: 600_000 },
    async () => {
      // of different seeds: what one hands over is not all that the next one asks for
      const samples = rightRequests(document, known).map((one, at) => fc.sample(one, { numRuns: RIGHT, seed: at + 1 }));
      const successes = new Map(samples.map(([one]) => [String(one?.operation), 0]));
      for (let at = 0; at < RIGHT; at++) {
        for (const requests of samples) {
          const request = requests[at];
          if (request === undefined) throw new Error(`expected ${RIGHT} requests of each operation`);
          const status = await expectAnswered(request);
          if (status < 300) successes.set(request.operation, (successes.get(request.operation) ?? 0) + 1);
        }
      }
      expect([...successes].filter(([, count]) => count === 0)).toEqual([]);
    },
  );

  it(`is answered, right or wrong, never with a fault of the node (${RUNS} runs)`, { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(requestArbitrary(document, known), async (request) => void (await expectAnswered(request))),
      { numRuns: RUNS },
    );
  });
});
