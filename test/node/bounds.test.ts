/**
 * Every bound of a cycle, hit by a whole object (R12): the outcome names it, the cycle is sealed and replays, the object can be run
 * again, and the host serves others as before. Then what lowers the bounds, and what ends a run.
 */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { CycleLimits, Limits } from '../../host/limits.ts';
import type { Entry } from '../../host/object/model.ts';
import type { Value } from '../../host/value.ts';
import { buildCore } from '../sandbox/guest-builds.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { ofKind } from './wreck.ts';
import { createWorld, PERMIT_ALL, policySet, propose } from './world.ts';
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
  expect((await world.node().run(path)).status).toBe('terminated');
});

afterAll(async () => {
  await Promise.all([world.close(), server.close()]);
});

function within(cycle: Partial<CycleLimits>): Limits {
  return { ...DEFAULT_LIMITS, cycle: { ...DEFAULT_LIMITS.cycle, ...cycle } };
}

async function entriesOf(path: string): Promise<readonly Entry[]> {
  return (await world.node().show(path)).entries;
}

const set = (key: string, bytes: number): Value => ['kv.set', { key, value: 'x'.repeat(bytes) }];

/** What the handler does in its first cycle, within which limits, and the bound that ends it. */
const BOUNDS: readonly { readonly bound: keyof CycleLimits; readonly limits: Partial<CycleLimits>; readonly step: { readonly [name: string]: Value }; readonly is?: string }[] = [
  { bound: 'fuel', limits: { fuel: 100_000_000 }, step: { spin: 1e12 } },
  { bound: 'memoryPages', limits: { memoryPages: 64 }, step: { pages: 128 } },
  { bound: 'deadlineMs', limits: { fuel: 2 ** 42, deadlineMs: 1000 }, step: { spin: 1e12 }, is: 'timeout' },
  { bound: 'calls', limits: { calls: 3 }, step: { calls: [['clock.now'], set('a', 1), set('b', 1), set('c', 1)] } },
  { bound: 'callBytesOut', limits: { callBytesOut: 1000 }, step: { calls: [set('a', 1100)] } },
  { bound: 'cycleBytes', limits: { cycleBytes: 3000 }, step: { calls: [set('a', 1000), set('b', 1000), set('c', 1000)] } },
  { bound: 'proposalBytes', limits: { proposalBytes: 1000 }, step: { rationale: 'x'.repeat(1100) } },
];

describe('a bound of the cycle', () => {
  test.each(BOUNDS)('$bound is named by the outcome, and the object runs on', async ({ bound, limits, step, is = 'failure' }) => {
    const path = await world.object(`bound-${bound}`, { 1: { ...step, ...Object(propose.commit('done', 1)), ...step }, '*': propose.finish() });
    const report = await world.node({ limits: within(limits) }).run(path);
    expect(report).toMatchObject({ status: 'failed', outcomes: [{ body: { class: is, action: null, reason: `bound:${bound}`, bound, message: expect.stringContaining(bound) } }] });
    expect(report.state).toMatchObject({ status: 'active', trust: is === 'timeout' ? 900 : 800 });
    expect(report.state.values.size).toBe(0);
    const { unsealed } = await world.node().show(path);
    expect(unsealed).toBe(0);
    expect((await world.node().run(path)).status).toBe('terminated');
    const verified = await world.node().verify(path, { replay: true });
    expect(verified).toMatchObject({ ok: true, replay: [{ kind: is === 'timeout' ? 'skipped' : 'same' }, { kind: 'same' }] });
  });

  test('fuel that was used is recorded to the unit, and counts against the object', async () => {
    const path = await world.object('fuel-used', { 1: { spin: 1e12, ...Object(propose.finish()) } });
    const { outcomes, state } = await world.node({ limits: within({ fuel: 60_000_000 }) }).run(path);
    expect([outcomes[0]?.body.fuel, state.spent.fuel]).toEqual([60_000_000, 60_000_000]);
  });

  test.each([
    ['tableElements', 'table-growth', { tableElements: 10_000 }],
    ['callDepth', 'recursion', {}],
  ] as const)('%s ends a handler of plain WebAssembly', async (bound, guest, limits) => {
    const { bytes } = await buildCore(readFileSync(new URL(`../adversarial/guests/${guest}.wat`, import.meta.url), 'utf8'));
    const path = await world.object(`wat-${bound}`, null, { handler: bytes, embed: true });
    for (let cycle = 1; cycle <= 2; cycle++) {
      const report = await world.node({ limits: within(limits) }).run(path);
      expect(report).toMatchObject({ status: 'failed', outcomes: [{ cycle, body: { class: 'failure', reason: `bound:${bound}`, bound } }] });
    }
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true, replay: [{ kind: 'same' }, { kind: 'same' }] });
  });

  test('deadlineMs ends a handler that waits, whatever the time of a call', async () => {
    const path = await world.object('waits', { 1: { calls: [['http.send', { method: 'POST', url: `${server.url}/slow` }]], ...Object(propose.finish()) }, '*': propose.finish() });
    const report = await world.node({ limits: within({ deadlineMs: 1000, callMs: 600_000 }) }).run(path);
    expect(report).toMatchObject({ status: 'failed', outcomes: [{ body: { class: 'timeout', bound: 'deadlineMs', calls: 1 } }] });
    expect((await world.node().run(path)).status).toBe('terminated');
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test('callMs and callBytesIn end a call, not the cycle: the guest is told', async () => {
    const calls: Value = [['http.send', { method: 'POST', url: `${server.url}/slow` }], ['http.send', { method: 'POST', url: `${server.url}/long` }], ['tools.call', { name: 'long', input: null }], set('a', 3000), ['kv.get', { key: 'a' }]];
    const path = await world.object('told', { '*': { calls, report: true, propose: { tag: 'termination', val: { achieved: true } } } });
    const tools = [{ name: 'long', repetition: 'safe', call: async () => 'x'.repeat(3000) }] as const;
    const { state } = await world.node({ limits: within({ callMs: 50, callBytesIn: 2000 }), tools }).run(path);
    expect(state.last?.body.value).toMatchObject({ result: { results: [{ error: 'timeout' }, { error: 'limit' }, { error: 'limit' }, { ok: null }, { error: 'limit' }] } });
  });

  test('callMs ends an execution as a timeout', async () => {
    const path = await world.object('late', { 1: propose.http({ method: 'POST', url: `${server.url}/slow` }), '*': propose.finish() });
    const report = await world.node({ limits: within({ callMs: 50 }) }).run(path);
    expect(report.outcomes[0]?.body).toMatchObject({ class: 'timeout', action: 'execution', reason: 'timeout', bound: null });
    expect(report.status).toBe('terminated');
  });
});

describe('a budget', () => {
  test.each([
    ['fuel', { fuel: 40_000_000 }, { spin: 1e12 }, 'fuel'],
    ['calls', { calls: 2 }, { calls: [set('a', 1), set('b', 1), set('c', 1)] }, 'calls'],
    ['bytes', { bytes: 2000 }, { calls: [set('a', 900), set('b', 900), set('c', 900)] }, 'cycleBytes'],
  ] as const)('of %s lowers the limit of the cycle; used up, it is recorded once and not for ever', async (name, budgets, step, bound) => {
    const path = await world.object(`budget-${name}`, { '*': { ...step, ...Object(propose.commit('a', 1)) } } as Value, { budgets });
    const first = await world.node().run(path);
    expect(first.outcomes[0]?.body).toMatchObject({ class: 'failure', bound });
    const [open] = ofKind(await entriesOf(path), 'open');
    expect(open?.body.limits[bound]).toBe(Object.values(budgets)[0]);
    expect(await world.node().run(path)).toMatchObject({ status: 'blocked', outcomes: [{ body: { class: 'failure', bound: 'budget' } }] });
    const bytes = readFileSync(path);
    for (let i = 0; i < 5; i++) expect(await world.node().run(path)).toMatchObject({ status: 'blocked', outcomes: [], message: expect.stringContaining(`budget of ${name}`) });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    const ends = ofKind(await entriesOf(path), 'outcome').filter(({ body }) => body.bound === 'budget');
    expect(ends.map(({ body }) => body.reason)).toEqual(['bound:budget']);
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test('of cycles ends the object\'s work after so many', async () => {
    const path = await world.object('budget-cycles', { 1: propose.commit('a', 1), 2: propose.commit('a', 2), '*': propose.commit('a', 3) }, { budgets: { cycles: 2 } });
    const report = await world.node().run(path);
    expect(report.status).toBe('blocked');
    expect(report.outcomes.map(({ body }) => body.reason)).toEqual([null, null, 'bound:budget']);
    expect(report.state.values.get('a')?.value).toBe(2);
    expect(await world.node().run(path)).toMatchObject({ status: 'blocked', outcomes: [] });
  });

  test('that a child was given is spent by its parent', async () => {
    const child = { name: 'part', task: 'scripted', goal: 'A part', input: { '*': propose.finish() }, capabilities: ['*'], zones: [], budgets: [{ name: 'cycles', limit: 3 }] };
    const path = await world.object('budget-child', { 1: { propose: { tag: 'delegation', val: child } }, '*': propose.commit('a', 1) }, { budgets: { cycles: 5 } });
    const report = await world.node().run(path);
    expect([report.status, report.state.spent.cycles]).toEqual(['blocked', 6]);
    expect(report.outcomes.map(({ body }) => body.reason)).toEqual([null, null, 'bound:budget']);
  });

  test('is told to the handler, with what was spent of it', async () => {
    const path = await world.object('budget-told', { 1: propose.commit('a', 1), '*': { report: true, propose: { tag: 'termination', val: { achieved: true } } } }, { budgets: { cycles: 9, calls: 50 } });
    const { state } = await world.node().run(path);
    expect(state.last?.body.value).toMatchObject({ result: { situation: { context: { budgets: [{ name: 'calls', limit: 50, spent: 0 }, { name: 'cycles', limit: 9, spent: 1 }] } } } });
  });
});

describe('a run', () => {
  test('stops after its most cycles, and the next goes on from there', async () => {
    const path = await world.object('endless', { '*': propose.commit('a', 1) });
    const limits = { ...DEFAULT_LIMITS, run: { cycles: 3 } };
    for (const cycle of [3, 6]) {
      const report = await world.node({ limits }).run(path);
      expect(report).toMatchObject({ status: 'bound', message: '3 cycles in one run' });
      expect([report.outcomes.length, report.state.cycle]).toEqual([3, cycle]);
    }
  });

  test('stops when the handler proposes again what was not carried out', async () => {
    const path = await world.object('stalled', { '*': propose.commit('a', 1) });
    const host = world.node({ policy: policySet(`${PERMIT_ALL} forbid(principal, action == Action::"execution", resource);`) });
    expect(await host.run(path)).toMatchObject({ status: 'stalled', outcomes: [{ body: { class: 'refusal' } }, { body: { class: 'refusal' } }] });
    expect(await host.run(path)).toMatchObject({ status: 'stalled', outcomes: [{}] });
  });

  test.each([
    ['a confidence above one', { ...Object(propose.finish()), confidence: 1.5 }, 'confidence: expected 0 to 1'],
    ['a step without a name', { propose: { tag: 'execution', val: { step: '', operation: { tag: 'commit', val: 1 }, into: null } } }, 'execution/step'],
    ['a key that is too long', propose.commit('k'.repeat(300), 1), 'execution/into'],
    ['a condition without a root', propose.sleep([]), 'dormancy/'],
    ['a condition in a loop', propose.sleep([{ tag: 'group', val: { need: 1, members: [0] } }]), 'dormancy/'],
    ['a digest that is none', { propose: { tag: 'delegation', val: { name: 'a', handler: 'xyz', task: 't', goal: 'g', input: null, capabilities: [], zones: [], budgets: [] } } }, 'delegation/handler'],
    ['constraints that are no object', { propose: { tag: 'mutation', val: { kind: 'constrain', task: 'scripted', goal: 'g', constraints: [1] } } }, 'mutation/constraints'],
  ] as readonly (readonly [string, Value, string])[])('records an invalid proposal as one, with the field: %s', async (name, step, field) => {
    const path = await world.object(`invalid-${name.replaceAll(' ', '-')}`, { 1: { calls: [set('kept', 1)], ...Object(step) }, '*': propose.finish() });
    const report = await world.node().run(path);
    expect(report).toMatchObject({ status: 'failed', outcomes: [{ body: { class: 'failure', action: null, reason: 'proposal-invalid', message: expect.stringContaining(field) } }] });
    expect(report.state.values.size).toBe(0);
    expect((await world.node().run(path)).status).toBe('terminated');
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });
});
