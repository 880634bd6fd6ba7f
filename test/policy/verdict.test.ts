import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Verdict, VerdictName } from '../../host/object/model.ts';
import { combine, rejectFor } from '../../host/policy/verdict.ts';

const ORDER: readonly VerdictName[] = ['permit', 'constrain', 'defer', 'reject'];
const rank = (verdict: Verdict) => ORDER.indexOf(verdict.verdict);

const ids = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 });
const constraints = fc.record({ 'timeout-ms': fc.nat(99), 'max-calls': fc.nat(9) }, { requiredKeys: [] });
const verdicts: fc.Arbitrary<Verdict> = fc.oneof(
  ids.map((policies): Verdict => ({ verdict: 'permit', policies, reason: null, constraints: null, wake: null })),
  fc.tuple(ids, constraints).map(([policies, narrowed]): Verdict => ({
    verdict: 'constrain',
    policies,
    reason: null,
    constraints: { 'max-calls': 7, ...narrowed },
    wake: null,
  })),
  fc.tuple(ids, fc.nat(9)).map(([policies, ms]): Verdict => ({
    verdict: 'defer',
    policies,
    reason: null,
    constraints: null,
    wake: { tag: 'elapsed', ms },
  })),
  fc
    .tuple(ids, fc.constantFrom('no-permit', null))
    .map(([policies, reason]): Verdict => ({ verdict: 'reject', policies, reason, constraints: null, wake: null })),
);

test('the strictest of all verdicts stands', () => {
  fc.assert(
    fc.property(verdicts, fc.array(verdicts, { maxLength: 4 }), (node, carried) => {
      expect(rank(combine(node, carried, 64))).toBe(Math.max(rank(node), ...carried.map(rank)));
    }),
  );
});

test('a further set never widens: neither the verdict nor a constraint', () => {
  fc.assert(
    fc.property(verdicts, fc.array(verdicts, { maxLength: 3 }), verdicts, (node, carried, further) => {
      const before = combine(node, carried, 64);
      const after = combine(node, [...carried, further], 64);
      expect(rank(after)).toBeGreaterThanOrEqual(rank(before));
      if (after.verdict !== 'constrain') return;
      for (const [name, value] of Object.entries(before.constraints ?? {}))
        expect(after.constraints?.[name]).toBeLessThanOrEqual(Number(value));
    }),
  );
});

test('the node alone keeps its verdict, with its policies named as its own', () => {
  fc.assert(
    fc.property(verdicts, (node) => {
      const policies = [...new Set(node.policies.map((id) => `node:${id}`))].sort();
      expect(combine(node, [], 64)).toEqual({ ...node, policies });
    }),
  );
});

test('conditions that are too many together make a rejection', () => {
  const wait = (ms: number): Verdict => ({
    verdict: 'defer',
    policies: [`w${ms}`],
    reason: null,
    constraints: null,
    wake: { tag: 'elapsed', ms },
  });
  expect(combine(wait(1), [wait(2)], 3).wake).toEqual({
    tag: 'group',
    need: 1,
    members: [
      { tag: 'elapsed', ms: 1 },
      { tag: 'elapsed', ms: 2 },
    ],
  });
  expect(combine(wait(1), [wait(2)], 2)).toEqual(rejectFor('wake-limit', ['carried:w2', 'node:w1']));
});
