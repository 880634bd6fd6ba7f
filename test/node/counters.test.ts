/**
 * Counters: what policy charges is charged once, never passes what the object was given, and comes out of what leaves. The tools are
 * real functions that count what reached them.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tool } from '../../host/capability/tools.ts';
import type { Host } from '../../host/node/host.ts';
import type { Budgets } from '../../host/object/model.ts';
import type { Value } from '../../host/value.ts';
import { isMap } from '../../host/value.ts';
import { answersIn, ofKind } from './wreck.ts';
import { createWorld, policySet, propose } from './world.ts';
import type { World } from './world.ts';

const CEDAR = `
permit(principal, action, resource) unless { resource is Tool };
@id("pay") @spend("cents=amount")
permit(principal, action in [Action::"tools.call", Action::"execution"], resource is Tool);`;
const FACTS = { 'facts.json': '{ "amount": { "pointer": "/amount", "type": "Long" } }' };

let world: World;
let paid: number[] = [];

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  paid = [];
});

const pay: Tool = {
  name: 'pay',
  repetition: 'keyed',
  async call(input) {
    const amount = isMap(input) ? input['amount'] : null;
    if (typeof amount !== 'number') throw new Error('no amount');
    paid.push(amount);
    if (amount === 13) throw new Error('the till is stuck');
    return { receipt: amount };
  },
};

function node(tools: readonly Tool[] = [pay]): Host {
  return world.node({ policy: policySet(CEDAR, FACTS), tools });
}

const call = (amount: Value, name = 'pay'): Value => ['tools.call', { name, input: { amount } }];
const execute = (amount: number): Value => ({
  propose: {
    tag: 'execution',
    val: { step: 'pay', operation: { tag: 'tool', val: { name: 'pay', input: { amount } } }, into: 'receipt' },
  },
});
const report: Value = { report: true, propose: { tag: 'termination', val: { achieved: true } } };

async function object(name: string, script: Value, budgets: Budgets): Promise<string> {
  return world.object(name, script, { budgets });
}

describe('a counter', () => {
  test('is charged what leaves, call by call within one cycle, and no further than what is left', async () => {
    const path = await object(
      'guest',
      { '*': { ...Object(report), calls: [call(60), call(60), call(40), call(0), call(1)] } },
      { counters: { cents: 100 } },
    );
    const { state } = await node().run(path);
    const { entries } = await node().show(path);
    expect(paid).toEqual([60, 40, 0]);
    expect(answersIn(entries)).toMatchObject([
      { ok: {} },
      { error: 'limit' },
      { ok: {} },
      { ok: {} },
      { error: 'limit' },
    ]);
    expect(state.spent.counters).toEqual({ cents: 100 });
    const reasons = ofKind(entries, 'call').map(({ body }) => body.verdict.reason);
    expect(reasons).toEqual([null, 'budget:cents', null, null, 'budget:cents']);
    expect(ofKind(entries, 'call')[0]?.body.verdict.constraints).toEqual({ 'spend:cents': 60 });
    expect(await node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test('bounds executions over cycles; one that is used up lets the object go on and end', async () => {
    const path = await object(
      'execution',
      { 1: execute(70), 2: execute(40), 3: execute(30), '*': { calls: [call(1)], ...Object(report) } },
      { counters: { cents: 100 } },
    );
    const done = await node().run(path);
    expect(paid).toEqual([70, 30]);
    expect(done.outcomes.map(({ body }) => [body.class, body.reason])).toEqual([
      ['success', null],
      ['refusal', 'budget:cents'],
      ['success', null],
      ['success', null],
    ]);
    expect([done.status, done.state.spent.counters]).toEqual(['terminated', { cents: 100 }]);
    expect(await node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test('that the object was not given cannot be spent from', async () => {
    const path = await object('none', { 1: execute(1), '*': propose.finish() }, { counters: { tokens: 5 } });
    const { outcomes } = await node().run(path);
    expect(outcomes[0]?.body).toMatchObject({ class: 'refusal', reason: 'budget:cents' });
    expect(paid).toEqual([]);
  });

  test.each([
    ['that is missing', {}, 'spend-fact'],
    ['below 0', { amount: -5 }, 'spend-fact'],
    ['with a fraction', { amount: 1.5 }, 'fact-type'],
    ['of text', { amount: '5' }, 'fact-type'],
  ])('with an amount %s rejects the call', async (what, input, reason) => {
    const calls: Value = [['tools.call', { name: 'pay', input }]];
    const path = await object(
      `amount-${what.replaceAll(' ', '-')}`,
      { '*': { ...Object(report), calls } },
      { counters: { cents: 9 } },
    );
    const { state } = await node().run(path);
    const [first] = ofKind((await node().show(path)).entries, 'call');
    expect(first?.body.verdict).toMatchObject({
      verdict: 'reject',
      reason,
      policies: reason === 'spend-fact' ? ['node:pay'] : [],
    });
    expect([paid, state.spent.counters]).toEqual([[], {}]);
  });

  test('stays charged where the call failed on its way, and is given back where nothing left the node', async () => {
    const path = await object(
      'failed',
      { 1: { calls: [call(5, 'missing'), call(13)], ...Object(propose.commit(null, 1)) }, '*': propose.finish() },
      { counters: { cents: 18 } },
    );
    const { state } = await node().run(path, { once: true });
    const results = ofKind((await node().show(path)).entries, 'result').map(({ body }) => body.error);
    expect(results).toEqual(['not-found', 'unavailable']);
    expect(state.spent.counters).toEqual({ cents: 13 });
    expect(await node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test('is told to the handler beside the other budgets', async () => {
    const path = await object('told', { 1: execute(2), '*': report }, { cycles: 9, counters: { cents: 7, tokens: 3 } });
    const { state } = await node().run(path);
    expect(state.last?.body.value).toMatchObject({
      result: {
        situation: {
          context: {
            budgets: [
              { name: 'cycles', limit: 9, spent: 1 },
              { name: 'cents', limit: 7, spent: 2 },
              { name: 'tokens', limit: 3, spent: 0 },
            ],
          },
        },
      },
    });
  });
});

describe('a child', () => {
  const child = (budgets: Value): Value => ({
    propose: {
      tag: 'delegation',
      val: {
        name: 'part',
        task: 'scripted',
        goal: 'A part',
        input: { '*': propose.finish() },
        capabilities: ['*'],
        zones: [],
        budgets,
      },
    },
  });

  test('gets its counters out of those of its parent, less what this very cycle has spent', async () => {
    const script = (limit: number): Value => ({
      1: { calls: [call(30)], ...Object(child([{ name: 'cents', limit }])) },
      '*': propose.finish(),
    });
    const budgets = { counters: { cents: 100 } };
    const over = await node().run(await object('carve-over', script(71), budgets));
    expect(over.outcomes[0]?.body).toMatchObject({ class: 'refusal', reason: 'scope' });
    const fits = await node().run(await object('carve', script(70), budgets));
    expect(fits.outcomes[0]?.body).toMatchObject({ class: 'success', action: 'delegation' });
    expect(fits.state.spent.counters).toEqual({ cents: 100 });
  });

  test.each([
    ['a counter that the parent does not have', [{ name: 'tokens', limit: 1 }], 'refusal'],
    ['a counter in other letters', [{ name: 'сents', limit: 1 }], 'failure'],
    [
      'one counter twice',
      [
        { name: 'cents', limit: 1 },
        { name: 'cents', limit: 1 },
      ],
      'failure',
    ],
  ])('is refused %s', async (what, budgets, outcome) => {
    const path = await object(
      `child-${what.replaceAll(' ', '-')}`,
      { 1: child(budgets), '*': propose.finish() },
      { counters: { cents: 9 } },
    );
    const { outcomes, state } = await node().run(path, { once: true });
    expect(outcomes[0]?.body.class).toBe(outcome);
    expect(state.children.size).toBe(0);
  });
});
