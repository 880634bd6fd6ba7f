import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combine } from '../../host/policy/verdict.ts';
import { mergeCharges, parseSpends } from '../../host/policy/spend.ts';
import { ORDER, question, setOf } from './fixtures.ts';

const FACTS = { facts: { amount: { pointer: '/amount', type: 'Long' }, text: { pointer: '/text', type: 'String' } } };
const HTTP = 'permit(principal, action == Action::"http.send", resource);';

function decide(cedar: string, data: Parameters<typeof question>[1], action = 'http.send') {
  return setOf(cedar, FACTS).decide(question(action, { resource: ORDER, ...data }));
}

test('counters and facts are read', () => {
  expect(parseSpends('cents=amount tokens=used')).toEqual({
    ok: true,
    spends: new Map([
      ['cents', 'amount'],
      ['tokens', 'used'],
    ]),
  });
});

test.each([
  ['', 'expected counter=fact, found ""'],
  ['cents', 'expected counter=fact, found "cents"'],
  ['cents=', 'expected counter=fact, found "cents="'],
  ['Cents=amount', 'expected counter=fact, found "Cents=amount"'],
  ['fuel=amount', 'expected counter=fact, found "fuel=amount"'],
  ['сents=amount', 'expected counter=fact, found "сents=amount"'],
  ['cents=amount=2', 'expected counter=fact, found "cents=amount=2"'],
  ['cents=5', 'expected counter=fact, found "cents=5"'],
  ['cents=a cents=b', 'expected cents once, found it twice'],
])('%j is refused', (text, message) => {
  expect(parseSpends(text)).toEqual({ ok: false, message });
});

test.each([
  ['@spend("cents=amount") forbid(principal, action, resource);', '@spend: expected it on a permit'],
  [`@spend("cents=other") ${HTTP}`, '@spend: expected a fact of facts.json of type Long, found other'],
  [`@spend("cents=text") ${HTTP}`, '@spend: expected a fact of facts.json of type Long, found text'],
  [`@spend ${HTTP}`, '@spend: expected a text in parentheses'],
  [
    '@spend("cents=amount") permit(principal, action in [Action::"http.send", Action::"kv.set"], resource);',
    '@spend: expected actions that can be charged for, found kv.set',
  ],
  [
    '@spend("cents=amount") permit(principal, action == Action::"execution", resource is Object);',
    '@spend: expected actions that can be charged for, found execution',
  ],
])('a set with %s is refused', (cedar, message) => {
  expect(() => setOf(cedar, FACTS)).toThrow(message);
});

test('a permit that costs something says what, of what leaves', () => {
  expect(decide(`@id("pay") @spend("cents=amount") ${HTTP}`, { data: { amount: 12 } })).toEqual({
    verdict: 'constrain',
    policies: ['pay'],
    reason: null,
    constraints: { 'spend:cents': 12 },
    wake: null,
  });
});

test.each([
  ['is not there', {}],
  ['is below 0', { amount: -1 }],
])('an amount that %s is a rejection', (_what, data) => {
  expect(decide(`@id("pay") @spend("cents=amount") ${HTTP} @id("free") ${HTTP}`, { data })).toMatchObject({
    verdict: 'reject',
    reason: 'spend-fact',
    policies: ['pay'],
  });
});

test('an amount that is no whole number, or does not fit, is a rejection', () => {
  for (const amount of [1.5, '12', 2 ** 53])
    expect(decide(`@spend("cents=amount") ${HTTP}`, { data: { amount } })).toMatchObject({ verdict: 'reject' });
});

test('of several permits each counter is charged once, the larger amount of it', () => {
  const facts = { facts: { a: { pointer: '/a', type: 'Long' }, b: { pointer: '/b', type: 'Long' } } };
  const set = setOf(
    `@spend("cents=a tokens=b") ${HTTP} @spend("cents=b") @constrain("max-calls=3") ${HTTP} @id("free") ${HTTP}`,
    facts,
  );
  expect(set.decide(question('http.send', { resource: ORDER, data: { a: 3, b: 9 } })).constraints).toEqual({
    'max-calls': 3,
    'spend:cents': 9,
    'spend:tokens': 9,
  });
});

test('a permit of every action that costs something rejects what cannot be charged for', () => {
  const cedar = '@id("all") @spend("cents=amount") permit(principal, action, resource);';
  expect(setOf(cedar, FACTS).decide(question('termination'))).toMatchObject({
    verdict: 'reject',
    reason: 'constraint-not-applicable',
    policies: ['all'],
  });
  expect(decide(cedar, { data: { amount: 1 } }, 'execution').constraints).toEqual({ 'spend:cents': 1 });
});

test('a carried set adds its charges, and lowers none', () => {
  const verdict = (cedar: string) => decide(cedar, { data: { amount: 7 } });
  const [free, cents, tokens] = [HTTP, `@spend("cents=amount") ${HTTP}`, `@spend("tokens=amount") ${HTTP}`].map(
    verdict,
  );
  expect(combine(free!, [cents!], 64)).toMatchObject({ verdict: 'constrain', constraints: { 'spend:cents': 7 } });
  expect(combine(cents!, [free!, tokens!], 64).constraints).toEqual({ 'spend:cents': 7, 'spend:tokens': 7 });
});

test('merged charges are the largest of each counter, in any order', () => {
  const one = fc.dictionary(fc.constantFrom('spend:a', 'spend:b', 'spend:c', 'timeout-ms'), fc.nat(99));
  fc.assert(
    fc.property(fc.array(one, { maxLength: 4 }), (all) => {
      const merged = mergeCharges(all);
      expect(mergeCharges(all.toReversed())).toEqual(merged);
      expect('timeout-ms' in merged).toBe(false);
      for (const charges of all)
        for (const [name, amount] of Object.entries(charges))
          if (name.startsWith('spend:')) expect(merged[name]).toBeGreaterThanOrEqual(amount);
    }),
  );
});
