/**
 * What lowers the bounds of a cycle, and what ends a run: budgets that are used up, a handler that repeats itself or proposes what is
 * no proposal. Each is recorded, and not for ever.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Entry } from '../../host/object/model.ts';
import type { Value } from '../../host/value.ts';
import { ofKind } from './wreck.ts';
import { createWorld, PERMIT_ALL, policySet, propose } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(() => world.close());

async function entriesOf(path: string): Promise<readonly Entry[]> {
  return (await world.node().show(path)).entries;
}

const set = (key: string, bytes: number): Value => ['kv.set', { key, value: 'x'.repeat(bytes) }];

describe('a budget', () => {
  test.each([
    ['fuel', { fuel: 40_000_000 }, { spin: 1e12 }, 'fuel'],
    ['calls', { calls: 2 }, { calls: [set('a', 1), set('b', 1), set('c', 1)] }, 'calls'],
    ['bytes', { bytes: 2000 }, { calls: [set('a', 900), set('b', 900), set('c', 900)] }, 'cycleBytes'],
  ] as const)(
    'of %s lowers the limit of the cycle; used up, it is recorded once and not for ever',
    async (name, budgets, step, bound) => {
      const path = await world.object(
        `budget-${name}`,
        { '*': { ...step, ...Object(propose.commit('a', 1)) } },
        { budgets },
      );
      const first = await world.node().run(path);
      expect(first.outcomes[0]?.body).toMatchObject({ class: 'failure', bound });
      const [open] = ofKind(await entriesOf(path), 'open');
      expect(open?.body.limits[bound]).toBe(Object.values(budgets)[0]);
      expect(await world.node().run(path)).toMatchObject({
        status: 'blocked',
        outcomes: [{ body: { class: 'failure', bound: 'budget' } }],
      });
      const bytes = readFileSync(path);
      for (let i = 0; i < 5; i++)
        expect(await world.node().run(path)).toMatchObject({
          status: 'blocked',
          outcomes: [],
          message: expect.stringContaining(`budget of ${name}`),
        });
      expect(readFileSync(path).equals(bytes)).toBe(true);
      const ends = ofKind(await entriesOf(path), 'outcome').filter(({ body }) => body.bound === 'budget');
      expect(ends.map(({ body }) => body.reason)).toEqual(['bound:budget']);
      expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
    },
  );

  test("of cycles ends the object's work after so many", async () => {
    const path = await world.object(
      'budget-cycles',
      { 1: propose.commit('a', 1), 2: propose.commit('a', 2), '*': propose.commit('a', 3) },
      { budgets: { cycles: 2 } },
    );
    const report = await world.node().run(path);
    expect(report.status).toBe('blocked');
    expect(report.outcomes.map(({ body }) => body.reason)).toEqual([null, null, 'bound:budget']);
    expect(report.state.values.get('a')?.value).toBe(2);
    expect(await world.node().run(path)).toMatchObject({ status: 'blocked', outcomes: [] });
  });

  test('that a child was given is spent by its parent', async () => {
    const child = {
      name: 'part',
      task: 'scripted',
      goal: 'A part',
      input: { '*': propose.finish() },
      capabilities: ['*'],
      zones: [],
      budgets: [{ name: 'cycles', limit: 3 }],
    };
    const path = await world.object(
      'budget-child',
      { 1: { propose: { tag: 'delegation', val: child } }, '*': propose.commit('a', 1) },
      { budgets: { cycles: 5 } },
    );
    const report = await world.node().run(path);
    expect([report.status, report.state.spent.cycles]).toEqual(['blocked', 6]);
    expect(report.outcomes.map(({ body }) => body.reason)).toEqual([null, null, 'bound:budget']);
  });

  test('is told to the handler, with what was spent of it', async () => {
    const path = await world.object(
      'budget-told',
      { 1: propose.commit('a', 1), '*': { report: true, propose: { tag: 'termination', val: { achieved: true } } } },
      { budgets: { cycles: 9, calls: 50 } },
    );
    const { state } = await world.node().run(path);
    expect(state.last?.body.value).toMatchObject({
      result: {
        situation: {
          context: {
            budgets: [
              { name: 'calls', limit: 50, spent: 0 },
              { name: 'cycles', limit: 9, spent: 1 },
            ],
          },
        },
      },
    });
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
    const host = world.node({
      policy: policySet(`${PERMIT_ALL} forbid(principal, action == Action::"execution", resource);`),
    });
    expect(await host.run(path)).toMatchObject({
      status: 'stalled',
      outcomes: [{ body: { class: 'refusal' } }, { body: { class: 'refusal' } }],
    });
    expect(await host.run(path)).toMatchObject({ status: 'stalled', outcomes: [{}] });
  });

  test.each([
    ['a confidence above one', { ...Object(propose.finish()), confidence: 1.5 }, 'confidence: expected 0 to 1'],
    [
      'a step without a name',
      { propose: { tag: 'execution', val: { step: '', operation: { tag: 'commit', val: 1 }, into: null } } },
      'execution/step',
    ],
    ['a key that is too long', propose.commit('k'.repeat(300), 1), 'execution/into'],
    ['a condition without a root', propose.sleep([]), 'dormancy/'],
    ['a condition in a loop', propose.sleep([{ tag: 'group', val: { need: 1, members: [0] } }]), 'dormancy/'],
    [
      'a digest that is none',
      {
        propose: {
          tag: 'delegation',
          val: {
            name: 'a',
            handler: 'xyz',
            task: 't',
            goal: 'g',
            input: null,
            capabilities: [],
            zones: [],
            budgets: [],
          },
        },
      },
      'delegation/handler',
    ],
    [
      'constraints that are no object',
      { propose: { tag: 'mutation', val: { kind: 'constrain', task: 'scripted', goal: 'g', constraints: [1] } } },
      'mutation/constraints',
    ],
  ] as readonly (readonly [string, Value, string])[])(
    'records an invalid proposal as one, with the field: %s',
    async (name, step, field) => {
      const path = await world.object(`invalid-${name.replaceAll(' ', '-')}`, {
        1: { calls: [set('kept', 1)], ...Object(step) },
        '*': propose.finish(),
      });
      const report = await world.node().run(path);
      expect(report).toMatchObject({
        status: 'failed',
        outcomes: [
          {
            body: {
              class: 'failure',
              action: null,
              reason: 'proposal-invalid',
              message: expect.stringContaining(field),
            },
          },
        ],
      });
      expect(report.state.values.size).toBe(0);
      expect((await world.node().run(path)).status).toBe('terminated');
      expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
    },
  );
});
