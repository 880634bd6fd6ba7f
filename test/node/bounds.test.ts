/**
 * Every bound of a cycle, hit by a whole object (R12): the outcome names it, the cycle is sealed and replays, the object can be run
 * again, and the host serves others as before.
 */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { CycleLimits, Limits } from '../../host/limits.ts';
import type { Value } from '../../host/value.ts';
import { buildCore } from '../sandbox/guest-builds.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { createWorld, propose } from './world.ts';
import type { World } from './world.ts';

let world: World;
let server: EffectServer;

beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  server.answer('/slow', () => {});
  server.answer('/long', (_request, response) => response.end('x'.repeat(3000)));
});

afterEach(async () => {
  const path = await world.object(`after-${crypto.randomUUID()}`, { '*': propose.finish() });
  const { status } = await world.node().run(path);
  if (status !== 'terminated') throw new Error(`expected the host to serve on, found ${status}`);
});

afterAll(async () => {
  await Promise.all([world.close(), server.close()]);
});

function within(cycle: Partial<CycleLimits>): Limits {
  return { ...DEFAULT_LIMITS, cycle: { ...DEFAULT_LIMITS.cycle, ...cycle } };
}

const set = (key: string, bytes: number): Value => ['kv.set', { key, value: 'x'.repeat(bytes) }];

/** What the handler does in its first cycle, within which limits, and the bound that ends it. */
const BOUNDS: readonly {
  readonly bound: keyof CycleLimits;
  readonly limits: Partial<CycleLimits>;
  readonly step: { readonly [name: string]: Value };
  readonly is?: string;
}[] = [
  { bound: 'fuel', limits: { fuel: 100_000_000 }, step: { spin: 1e12 } },
  { bound: 'memoryPages', limits: { memoryPages: 64 }, step: { pages: 128 } },
  { bound: 'deadlineMs', limits: { fuel: 2 ** 42, deadlineMs: 1000 }, step: { spin: 1e12 }, is: 'timeout' },
  { bound: 'calls', limits: { calls: 3 }, step: { calls: [['clock.now'], set('a', 1), set('b', 1), set('c', 1)] } },
  { bound: 'callBytesOut', limits: { callBytesOut: 1000 }, step: { calls: [set('a', 1100)] } },
  {
    bound: 'cycleBytes',
    limits: { cycleBytes: 3000 },
    step: { calls: [set('a', 1000), set('b', 1000), set('c', 1000)] },
  },
  { bound: 'proposalBytes', limits: { proposalBytes: 1000 }, step: { rationale: 'x'.repeat(1100) } },
];

describe('a bound of the cycle', () => {
  test.each(BOUNDS)(
    '$bound is named by the outcome, and the object runs on',
    async ({ bound, limits, step, is = 'failure' }) => {
      const path = await world.object(`bound-${bound}`, {
        1: { ...step, ...Object(propose.commit('done', 1)), ...step },
        '*': propose.finish(),
      });
      const report = await world.node({ limits: within(limits) }).run(path);
      expect(report).toMatchObject({
        status: 'failed',
        outcomes: [
          {
            body: { class: is, action: null, reason: `bound:${bound}`, bound, message: expect.stringContaining(bound) },
          },
        ],
      });
      expect(report.state).toMatchObject({ status: 'active', trust: is === 'timeout' ? 900 : 800 });
      expect(report.state.values.size).toBe(0);
      const { unsealed } = await world.node().show(path);
      expect(unsealed).toBe(0);
      expect((await world.node().run(path)).status).toBe('terminated');
      const verified = await world.node().verify(path, { replay: true });
      expect(verified).toMatchObject({
        ok: true,
        replay: [{ kind: is === 'timeout' ? 'skipped' : 'same' }, { kind: 'same' }],
      });
    },
  );

  test('fuel that was used is recorded to the unit, and counts against the object', async () => {
    const path = await world.object('fuel-used', { 1: { spin: 1e12, ...Object(propose.finish()) } });
    const { outcomes, state } = await world.node({ limits: within({ fuel: 60_000_000 }) }).run(path);
    expect([outcomes[0]?.body.fuel, state.spent.fuel]).toEqual([60_000_000, 60_000_000]);
  });

  test.each([
    ['tableElements', 'table-growth', { tableElements: 10_000 }],
    ['callDepth', 'recursion', {}],
  ] as const)('%s ends a handler of plain WebAssembly', async (bound, guest, limits) => {
    const { bytes } = await buildCore(
      readFileSync(new URL(`../adversarial/guests/${guest}.wat`, import.meta.url), 'utf8'),
    );
    const path = await world.object(`wat-${bound}`, null, { handler: bytes, embed: true });
    for (let cycle = 1; cycle <= 2; cycle++) {
      const report = await world.node({ limits: within(limits) }).run(path);
      expect(report).toMatchObject({
        status: 'failed',
        outcomes: [{ cycle, body: { class: 'failure', reason: `bound:${bound}`, bound } }],
      });
    }
    expect(await world.node().verify(path, { replay: true })).toMatchObject({
      ok: true,
      replay: [{ kind: 'same' }, { kind: 'same' }],
    });
  });

  test('deadlineMs ends a handler that waits, whatever the time of a call', async () => {
    const path = await world.object('waits', {
      1: { calls: [['http.send', { method: 'POST', url: `${server.url}/slow` }]], ...Object(propose.finish()) },
      '*': propose.finish(),
    });
    const report = await world.node({ limits: within({ deadlineMs: 4000, callMs: 600_000 }) }).run(path);
    expect(report).toMatchObject({
      status: 'failed',
      outcomes: [{ body: { class: 'timeout', bound: 'deadlineMs', calls: 1 } }],
    });
    expect((await world.node().run(path)).status).toBe('terminated');
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test('callMs and callBytesIn end a call, not the cycle: the guest is told', async () => {
    const calls: Value = [
      ['http.send', { method: 'POST', url: `${server.url}/slow` }],
      ['http.send', { method: 'POST', url: `${server.url}/long` }],
      ['tools.call', { name: 'long', input: null }],
      set('a', 3000),
      ['kv.get', { key: 'a' }],
    ];
    const path = await world.object('told', {
      '*': { calls, report: true, propose: { tag: 'termination', val: { achieved: true } } },
    });
    const tools = [{ name: 'long', repetition: 'safe', call: async () => 'x'.repeat(3000) }] as const;
    const { state } = await world.node({ limits: within({ callMs: 2500, callBytesIn: 2000 }), tools }).run(path);
    expect(state.last?.body.value).toMatchObject({
      result: {
        results: [{ error: 'timeout' }, { error: 'limit' }, { error: 'limit' }, { ok: null }, { error: 'limit' }],
      },
    });
  });

  test('callMs ends an execution as a timeout', async () => {
    const path = await world.object('late', {
      1: propose.http({ method: 'POST', url: `${server.url}/slow` }),
      '*': propose.finish(),
    });
    const report = await world.node({ limits: within({ callMs: 50 }) }).run(path);
    expect(report.outcomes[0]?.body).toMatchObject({
      class: 'timeout',
      action: 'execution',
      reason: 'timeout',
      bound: null,
    });
    expect(report.status).toBe('terminated');
  });
});
