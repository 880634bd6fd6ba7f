/** Records in which a node allowed what the object could not do: whoever reads them finds out, and where. */
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { loadObject } from '../../host/node/load.ts';
import { nativeHash, createNativeVerify } from '../../host/node/native.ts';
import type { Budgets, ChildBody, EntryBody, Scope } from '../../host/object/model.ts';
import type { ValueMap } from '../../host/value.ts';
import { CREATOR, filled, ObjectBuilder, PERMIT, sampleGenesis, streamOf } from '../object/builder.ts';

const PORTS = { hash: nativeHash, verify: createNativeVerify() };

async function findingOf(builder: ObjectBuilder) {
  builder.seal();
  const result = await loadObject(streamOf(builder.bytes()), { ports: PORTS, limits: DEFAULT_LIMITS });
  if (!result.ok) throw new Error(result.chain.message);
  return result.object.finding;
}

function opened(budgets: Budgets, scope: Scope = { capabilities: ['http.*'], zones: ['eu'], depth: 2 }): ObjectBuilder {
  const { context } = sampleGenesis(CREATOR);
  const builder = new ObjectBuilder(CREATOR, { context: { ...context, budgets, scope } });
  builder.seal();
  builder.open();
  return builder;
}

function pay(builder: ObjectBuilder, constraints: ValueMap): number {
  return builder.call(builder.seq, 'http.send', { url: 'x' }, { ...PERMIT, verdict: 'constrain', constraints });
}

describe('what a call spends', () => {
  test('is in order up to the last of it', async () => {
    const builder = opened({ counters: { cents: 10 } });
    pay(builder, { 'spend:cents': 6 });
    pay(builder, { 'spend:cents': 4 });
    builder.propose('execution', { step: 'a' });
    builder.outcome();
    expect(await findingOf(builder)).toBeNull();
  });

  test.each<[string, ValueMap]>([
    ['more than is left in the cycle', { 'spend:cents': 5 }],
    ['from a counter that is not there', { 'spend:tokens': 1 }],
    ['less than nothing', { 'spend:cents': -1 }],
    ['a fraction', { 'spend:cents': 0.5 }],
    ['from a counter of another name', { 'spend:Cents': 1 }],
    ['from a name that is inherited', { 'spend:__proto__': 1 }],
  ])('is found out: %s', async (_what, constraints) => {
    const builder = opened({ counters: { cents: 10 } });
    pay(builder, { 'spend:cents': 6 });
    const seq = pay(builder, constraints);
    builder.propose('execution', { step: 'a' });
    builder.outcome();
    expect(await findingOf(builder)).toMatchObject({ seq, reason: 'budget' });
  });

  test('is found out over cycles', async () => {
    const builder = opened({ counters: { cents: 10 } });
    pay(builder, { 'spend:cents': 6 });
    builder.outcome({ class: 'failure', action: null, reason: 'trap' });
    builder.seal(800);
    builder.open('continued');
    const seq = pay(builder, { 'spend:cents': 5 });
    builder.outcome({ class: 'failure', action: null, reason: 'trap' });
    expect(await findingOf(builder)).toMatchObject({ seq, reason: 'budget' });
  });

  test('is summed call by call: thousands of calls that are charged cost no more than as many that are not', async () => {
    const builder = opened({ counters: { cents: 10 } });
    for (let n = 0; n < 8000; n++) pay(builder, { 'spend:cents': n === 0 ? 10 : 0 });
    const seq = pay(builder, { 'spend:cents': 1 });
    builder.propose('execution', { step: 'a' });
    builder.outcome();
    expect(await findingOf(builder)).toMatchObject({ seq, reason: 'budget' });
  });

  test('counts no call that was rejected, and none that is known to have left nothing', async () => {
    const builder = opened({ counters: { cents: 10 } });
    builder.call(0, 'http.send', { url: 'x' }, { ...PERMIT, verdict: 'reject', constraints: { 'spend:cents': 99 } });
    builder.result(pay(builder, { 'spend:cents': 10 }), 'not-found');
    builder.result(pay(builder, { 'spend:cents': 10 }), 'timeout');
    const seq = pay(builder, { 'spend:cents': 1 });
    builder.outcome({ class: 'failure', action: null, reason: 'x' });
    expect(await findingOf(builder)).toMatchObject({ seq });
  });
});

describe('a child that a node made', () => {
  const body: ChildBody = {
    name: 'part',
    id: filled(32, 3),
    nonce: filled(16, 3),
    handler: filled(32, 9),
    intent: sampleGenesis(null).intent,
    scope: { capabilities: ['http.send'], zones: ['eu'], depth: 1 },
    budgets: { fuel: 40, counters: { cents: 4 } },
  };

  function delegating(changes: Partial<ChildBody>): ObjectBuilder {
    const builder = opened({ fuel: 1000, counters: { cents: 10 } });
    pay(builder, { 'spend:cents': 6 });
    builder.propose('delegation', { name: 'part' });
    builder.add({ kind: 'child', body: { ...body, ...changes } });
    builder.outcome({ action: 'delegation', fuel: 100 });
    return builder;
  }

  test('is in order within its parent', async () => {
    expect(await findingOf(delegating({}))).toBeNull();
    expect(await findingOf(delegating({ budgets: { fuel: 900, counters: { cents: 4 } } }))).toBeNull();
  });

  test.each<[string, Partial<ChildBody>, string]>([
    ['another capability', { scope: { ...body.scope, capabilities: ['kv.get'] } }, 'scope'],
    ['a wildcard', { scope: { ...body.scope, capabilities: ['*'] } }, 'scope'],
    ['any zone', { scope: { ...body.scope, zones: [] } }, 'scope'],
    ['a zone in other letters', { scope: { ...body.scope, zones: ['еu'] } }, 'scope'],
    ['as many generations as its parent', { scope: { ...body.scope, depth: 2 } }, 'scope'],
    ['no bound where its parent has one', { budgets: { counters: { cents: 4 } } }, 'scope'],
    ['more fuel than was left beside the run itself', { budgets: { fuel: 901 } }, 'scope'],
    ['more than this cycle left of a counter', { budgets: { fuel: 1, counters: { cents: 5 } } }, 'scope'],
    ['a counter of its own', { budgets: { fuel: 1, counters: { tokens: 1 } } }, 'scope'],
  ])('is found out with %s', async (_what, changes, reason) => {
    expect(await findingOf(delegating(changes))).toMatchObject({ reason });
  });

  test('is found out where it and the cycle together pass the budget', async () => {
    const builder = opened({ calls: 10 });
    builder.propose('delegation', { name: 'part' });
    builder.add({ kind: 'child', body: { ...body, budgets: { calls: 9 } } });
    const seq = builder.outcome({ action: 'delegation', calls: 2 });
    expect(await findingOf(builder)).toMatchObject({ seq, reason: 'budget' });
  });
});

describe('what a cycle takes effect by', () => {
  const { intent, handler } = sampleGenesis(CREATOR);

  test.each<[string, EntryBody, string]>([
    [
      'a change of intent',
      { kind: 'intent', body: { mutation: 'refine', before: intent, after: { ...intent, goal: 'b' }, reason: '' } },
      'expected mutation as what succeeded, found execution',
    ],
    [
      'a child',
      {
        kind: 'child',
        body: {
          name: 'a',
          id: filled(32, 1),
          nonce: filled(16, 1),
          handler,
          intent,
          scope: { capabilities: [], zones: ['eu'], depth: 1 },
          budgets: {},
        },
      },
      'expected delegation as what succeeded, found execution',
    ],
  ])('is what was decided on: %s in a cycle of another action is found out', async (_what, body, message) => {
    const builder = opened({});
    builder.propose('execution', { step: 'a' });
    builder.add(body);
    const seq = builder.outcome();
    expect(await findingOf(builder)).toMatchObject({ seq, reason: 'verdict', message });
  });

  test('is nothing where it did not succeed', async () => {
    const builder = opened({});
    builder.propose('mutation', {});
    builder.add({
      kind: 'intent',
      body: { mutation: 'refine', before: intent, after: { ...intent, goal: 'b' }, reason: '' },
    });
    builder.outcome({ class: 'failure', action: null, reason: 'divergence' });
    builder.seal(900);
    expect(builder.state().intent.goal).toBe(intent.goal);
  });
});

test('what is spent stays a whole number, whatever entries say: a checkpoint of it can be read', () => {
  const builder = opened({});
  for (const trigger of ['created', 'continued'] as const) {
    if (trigger === 'continued') builder.open(trigger);
    builder.propose('execution', { step: trigger });
    builder.outcome({ fuel: Number.MAX_SAFE_INTEGER, calls: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER });
    builder.seal();
  }
  expect(builder.state().spent).toMatchObject({ fuel: Number.MAX_SAFE_INTEGER, calls: Number.MAX_SAFE_INTEGER });
  expect(() => builder.checkpoint()).not.toThrow();
});
