/** The sets in policies/: each loads, and what its comments say is so. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readPolicyFolder } from '../../host/node/policy-folder.ts';
import { explainPolicySet } from '../../host/policy/explain.ts';
import { loadPolicySet } from '../../host/policy/load.ts';
import type { LoadedPolicySet } from '../../host/policy/load.ts';
import type { Resource } from '../../host/policy/model.ts';
import { RESOURCE_TYPES } from '../../host/policy/schema.ts';
import type { Value } from '../../host/value.ts';
import { HOST, LIMITS, NOW, ORDER, SELF, question } from './fixtures.ts';
import type { Asked } from './fixtures.ts';

const DAY = 86_400_000;

async function load(name: string): Promise<LoadedPolicySet> {
  const folder = fileURLToPath(new URL(`../../policies/${name}`, import.meta.url));
  return loadPolicySet(await readPolicyFolder(folder, LIMITS), { limits: LIMITS, origin: name });
}

const RESOURCES: { readonly [type: string]: Resource } = {
  Object: SELF,
  Http: ORDER,
  Tool: { type: 'Tool', name: 'payments' },
  Advisor: { type: 'Advisor', name: 'model' },
  Key: { type: 'Key', key: 'k' },
  File: { type: 'File', path: 'a.txt' },
  Host: HOST,
};

test('deny-all rejects every action on everything', async () => {
  const set = await load('deny-all');
  for (const [action, types] of Object.entries(RESOURCE_TYPES)) {
    for (const type of types)
      expect(set.decide(question(action, { resource: RESOURCES[type]! }))).toMatchObject({
        verdict: 'reject',
        reason: 'no-permit',
      });
  }
  expect(explainPolicySet(set).actions.every(({ permits }) => permits.length === 0)).toBe(true);
});

test('quickstart: an object lives and uses its own memory, and neither mutates, delegates, calls tools, asks for advice nor reads files', async () => {
  const { actions } = explainPolicySet(await load('quickstart'));
  expect(actions.filter(({ permits }) => permits.length === 0).map(({ action }) => action)).toEqual([
    'mutation',
    'mutation.expand',
    'mutation.reclassify',
    'delegation',
    'readmit',
    'tools.call',
    'advice.ask',
    'files.read',
    'children.list',
  ]);
});

test('quickstart: the vendor service may be read, and nothing else', async () => {
  const set = await load('quickstart');
  const verdict = (change: object) =>
    set.decide(
      question('http.send', { resource: { ...ORDER, method: 'GET', path: '/vendors/acme', ...change } as Resource }),
    ).verdict;
  expect(verdict({})).toBe('constrain');
  expect(verdict({ port: 3000 })).toBe('constrain');
  const others = [
    { method: 'POST' },
    { path: '/vendors' },
    { path: '/orders' },
    { path: '/vendors/../orders' },
    { host: 'localhost' },
    { host: 'example.com' },
    { scheme: 'https' },
  ];
  expect(others.map(verdict)).toEqual(others.map(() => 'reject'));
});

test('quickstart: an order over the limit waits for an approval, or thirty days', async () => {
  const set = await load('quickstart');
  const order = (minor: number, asked: Asked = {}) =>
    set.decide(question('execution', { resource: ORDER, data: { total: { minor, currency: 'EUR' } }, ...asked }));
  expect(order(500_000)).toMatchObject({ verdict: 'permit', policies: ['order'] });
  const waiting = order(500_001);
  expect(waiting).toMatchObject({ verdict: 'defer', policies: ['order-over-limit'] });
  expect(waiting.wake).toEqual({
    tag: 'group',
    need: 1,
    members: [
      { tag: 'signal', name: 'approval' },
      { tag: 'elapsed', ms: 30 * DAY },
    ],
  });
  expect(order(500_001, { context: { approvals: ['approval', 'approval@00'] } }).verdict).toBe('permit');
  expect(order(500_001, { context: { approvals: ['approved'], now: NOW + 31 * DAY } }).verdict).toBe('defer');
  expect(order(1, { resource: { ...ORDER, path: '/orders/1' } as Resource }).reason).toBe('no-permit');
});

test('quickstart: an order without amount or currency in its body is rejected, approved or not', async () => {
  const set = await load('quickstart');
  for (const data of [
    null,
    {},
    { total: { currency: 'EUR' } },
    { total: { minor: 5 } },
    { minor: 5, currency: 'EUR' },
    { total: { minor: -5, currency: 'EUR' } },
  ]) {
    const verdict = set.decide(question('execution', { resource: ORDER, data, context: { approvals: ['approval'] } }));
    expect(verdict).toMatchObject({ verdict: 'reject', policies: ['order-needs-amount'] });
  }
  expect(
    set.decide(question('execution', { resource: ORDER, data: { total: { minor: '5', currency: 'EUR' } } })).reason,
  ).toBe('fact-type');
});

test("starter: what its comments say of an object's own life is so", async () => {
  const set = await load('starter');
  const decide = (action: string, asked: Asked = {}) => set.decide(question(action, asked));
  expect(
    [499, 500].map((slope) => decide('evaluate', { context: { trust: { slope, continuousOver: 0 } } }).verdict),
  ).toEqual(['reject', 'permit']);
  expect(decide('dormancy')).toMatchObject({ verdict: 'constrain', constraints: { 'max-sleep-ms': 7 * DAY } });
  expect([decide('reentry').verdict, decide('termination').verdict]).toEqual(['permit', 'permit']);
  expect(decide('log.write', { resource: HOST }).constraints).toEqual({ 'max-calls': 100 });
  expect(decide('execution').verdict).toBe('permit');
  const mutate = (step: string, cycles: number) =>
    decide('mutation', { context: { step, counters: { cycles, calls: 0, fuel: 0, children: 0 } } }).verdict;
  expect([
    mutate('refine', 10),
    mutate('constrain', 1),
    mutate('refine', 11),
    mutate('expand', 1),
    mutate('reclassify', 1),
  ]).toEqual(['permit', 'permit', 'reject', 'reject', 'reject']);
  expect(decide('delegation')).toMatchObject({ verdict: 'reject', policies: ['no-children'] });
});

test('starter: one host may be read, over https', async () => {
  const set = await load('starter');
  const catalogue = {
    type: 'Http',
    scheme: 'https',
    host: 'catalogue.example.com',
    port: 443,
    path: '/',
    query: '',
    method: 'HEAD',
  } as const;
  const verdict = (change: object) =>
    set.decide(question('http.send', { resource: { ...catalogue, ...change } })).verdict;
  expect(verdict({})).toBe('constrain');
  expect([{ scheme: 'http' }, { host: 'example.com' }, { port: 8443 }, { method: 'POST' }].map(verdict)).toEqual(
    Array(4).fill('reject'),
  );
});

test('starter: payments need trust, an amount, and above 100.00 an approval; above 10,000.00 nothing helps', async () => {
  const set = await load('starter');
  const pay = (amount: number | null, approvals: readonly string[] = [], slope = 800, task = 'invoice') => {
    const asked = question('execution', {
      resource: { type: 'Tool', name: 'payments' },
      data: amount === null ? {} : { amount },
      context: { approvals, trust: { slope, continuousOver: 0 } },
    });
    return set.decide({ ...asked, object: { ...asked.object, task } });
  };
  expect(pay(10_000)).toMatchObject({ verdict: 'constrain', constraints: { 'timeout-ms': 10_000 } });
  expect(pay(10_001).wake).toEqual({
    tag: 'group',
    need: 1,
    members: [
      { tag: 'signal', name: 'approval' },
      { tag: 'elapsed', ms: 3 * DAY },
    ],
  });
  expect(pay(10_001, ['approval']).verdict).toBe('constrain');
  expect(pay(1_000_001, ['approval'])).toMatchObject({ verdict: 'reject', policies: ['pay-ceiling'] });
  expect([pay(null), pay(0), pay(-1)].map(({ policies }) => policies)).toEqual([
    ['pay-needs-amount'],
    ['pay-needs-amount'],
    ['pay-needs-amount'],
  ]);
  expect([pay(5, [], 799).reason, pay(5, [], 1000, 'other').reason]).toEqual(['no-permit', 'no-permit']);
});

test('tool-loop: one advisor may be asked within bounds, and its tokens are charged', async () => {
  const set = await load('tool-loop');
  const ask = (name: string, data: Value = { maxTokens: 512 }) =>
    set.decide(question('advice.ask', { resource: { type: 'Advisor', name }, data }));
  expect(ask('desk')).toMatchObject({
    verdict: 'constrain',
    constraints: { 'timeout-ms': 60_000, 'max-calls': 1, 'spend:tokens': 512 },
  });
  expect([ask('other').verdict, ask('desk', {}).verdict]).toEqual(['reject', 'reject']);
});

test('tool-loop: a refund needs an amount, above 50.00 an approval; above 500.00 nothing helps', async () => {
  const set = await load('tool-loop');
  const call = (path: string, data: Value, approvals: readonly string[] = [], host = '127.0.0.1') =>
    set.decide(question('execution', { resource: { ...ORDER, path, host } as Resource, data, context: { approvals } }));
  const refund = (cents: number, approvals: readonly string[] = []) => call('/refunds', { cents }, approvals).verdict;
  expect([refund(1), refund(5000), refund(5001), refund(5001, ['approval'])]).toEqual([
    'permit',
    'permit',
    'defer',
    'permit',
  ]);
  expect([refund(50_000, ['approval']), refund(50_001, ['approval']), refund(0), refund(-5)]).toEqual([
    'permit',
    'reject',
    'reject',
    'reject',
  ]);
  expect([call('/refunds', {}).verdict, call('/orders/find', {}).verdict, call('/messages', {}).verdict]).toEqual([
    'reject',
    'permit',
    'permit',
  ]);
  expect([call('/other', {}).verdict, call('/messages', {}, [], 'example.com').verdict]).toEqual(['reject', 'reject']);
});
