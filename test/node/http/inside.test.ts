/** What happens when the node itself fails or has too much to do, as its callers see it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SojournError } from '../../../host/errors.ts';
import { createMemoryStore } from '../../../host/store/memory.ts';
import { startEffectServer } from '../effect-server.ts';
import { propose } from '../world.ts';
import { createBench, createServer } from './server.ts';
import type { Bench } from './server.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.close());

it('a fault inside is told to the log, and to nobody else', async () => {
  const errors: object[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (facts: object) => void errors.push(facts) };
  const store = createMemoryStore();
  const broken = { ...store, handlers: () => Promise.reject(new Error('the secret place is on fire')) };
  const server = await createServer(bench, { log, node: { store: broken } });
  const { status, json } = await server.json('GET', '/handlers');
  expect({ status, json }).toEqual({
    status: 500,
    json: {
      type: 'urn:sojourn:error:internal',
      title: 'Internal Server Error',
      status: 500,
      code: 'internal',
      detail: 'the node failed: its log says why',
    },
  });
  expect(errors).toEqual([
    expect.objectContaining({
      err: expect.objectContaining({ message: 'the secret place is on fire' }),
      route: '/handlers',
    }),
  ]);
  expect((await server.fetch('GET', '/health')).status).toBe(200);
  await server.close();
});

it('a store that fails is told as such, without where it lies', async () => {
  const store = createMemoryStore();
  const failing = {
    ...store,
    handlers: () =>
      Promise.reject(
        new SojournError('store.failed', '/secret/place/node.db: expected it to work, found EIO', {
          details: { file: '/secret/place/node.db' },
        }),
      ),
  };
  const server = await createServer(bench, { node: { store: failing } });
  const { status, json } = await server.json('GET', '/handlers');
  expect([status, json.code]).toEqual([500, 'store.failed']);
  expect(JSON.stringify(json)).not.toContain('secret');
  await server.close();
});

it('more than may wait is turned away at once, with word when to come back, and taken again when there is room', async () => {
  const effects = await startEffectServer();
  const server = await createServer(bench, { node: { concurrency: 1, waiting: 1 } });
  const held = effects.hold('/busy/1');
  const asking = {
    '1': propose.http({ method: 'POST', url: `${effects.url}/busy/1`, body: '{}' }),
    '*': propose.finish(),
  };
  const first = await server.object(asking, { run: false });
  const second = await server.object({ '*': propose.finish() }, { run: false });
  const running = server.json('POST', `/objects/${first}/evaluate`);
  await held.arrived;
  const waiting = server.json('POST', `/objects/${second}/evaluate`);
  await expect.poll(() => server.node.stats().waiting).toBe(1);
  const refused = await server.fetch('POST', `/objects/${second}/evaluate`);
  expect([refused.status, refused.headers.get('retry-after'), JSON.parse(await refused.text()).code]).toEqual([
    503,
    '1',
    'node.busy',
  ]);
  held.release();
  expect([(await running).json.status, (await waiting).json.status]).toEqual(['terminated', 'terminated']);
  expect((await server.fetch('POST', `/objects/${second}/evaluate`)).status).toBe(200);
  await server.close();
  await effects.close();
});
