/** Properties of whole sets, decided by the real engine: what is taken from a set, or added beside it, never widens by accident. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Verdict } from '../../host/object/model.ts';
import { createAuthority } from '../../host/policy/authority.ts';
import { LIMITS, ORDER, SELF, question, setOf } from './fixtures.ts';

const scope = fc.constantFrom(
  'action',
  'action == Action::"http.send"',
  'action in [Action::"execution", Action::"http.send"]',
  'action == Action::"evaluate"',
);
const condition = fc.constantFrom(
  '',
  'when { context.trust.slope > 500 }',
  'when { context.approvals.contains("ok") }',
  'unless { context.facts has amount && context.facts.amount > 10 }',
  'when { context.counters.calls * 9007199254740991 > 1 }',
);
const permit = fc
  .tuple(fc.constantFrom('', '@constrain("timeout-ms=9")', '@constrain("max-calls=2")'), scope, condition)
  .filter(
    ([constrain, actions]) => constrain === '' || actions === 'action' || actions === 'action == Action::"http.send"',
  )
  .map(([constrain, actions, when]) => ({
    effect: 'permit' as const,
    text: `${constrain} permit(principal, ${actions}, resource) ${when};`,
  }));
const forbid = fc
  .tuple(fc.constantFrom('', '@verdict("defer") @wake("signal ok")'), scope, condition)
  .map(([verdict, actions, when]) => ({
    effect: 'forbid' as const,
    text: `${verdict} forbid(principal, ${actions}, resource) ${when};`,
  }));
const policies = fc.array(fc.oneof({ weight: 2, arbitrary: permit }, { weight: 1, arbitrary: forbid }), {
  minLength: 1,
  maxLength: 5,
});

const asked = fc
  .record({
    target: fc.constantFrom(
      ['evaluate', SELF] as const,
      ['http.send', ORDER] as const,
      ['execution', ORDER] as const,
      ['termination', SELF] as const,
    ),
    trust: fc.constantFrom({ slope: 0, continuousOver: 0 }, { slope: 1000, continuousOver: 5 }),
    approvals: fc.constantFrom([], ['ok']),
    amount: fc.constantFrom(null, 5, 50, 'x'),
    calls: fc.constantFrom(0, 1, 2000),
  })
  .map(({ target: [action, resource], trust, approvals, amount, calls }) =>
    question(action, {
      resource,
      data: amount === null ? null : { amount },
      context: { trust, approvals, counters: { cycles: 0, calls, fuel: 0, children: 0 } },
    }),
  );

const load = (texts: readonly { readonly text: string }[]) =>
  setOf(texts.map(({ text }, index) => `@id("p${index}") ${text}`).join('\n'), {
    facts: { amount: { pointer: '/amount', type: 'Long' } },
  });
const isYes = ({ verdict }: Verdict) => verdict === 'permit' || verdict === 'constrain';

test('removing a permit never turns a no into a yes, unless that permit itself was the fault', () => {
  fc.assert(
    fc.property(policies, fc.nat(), asked, (all, pick, about) => {
      const permits = all.filter(({ effect }) => effect === 'permit');
      const removed = permits[pick % Math.max(1, permits.length)];
      fc.pre(removed !== undefined);
      const before = load(all).decide(about);
      fc.pre(!isYes(before));
      const after = load(all.filter((policy) => policy !== removed)).decide(about);
      if (!isYes(after)) return;
      // An erring policy, and a constraint that cannot be applied, reject by name: nothing else can be mended by removing.
      expect(['policy-error', 'constraint-not-applicable']).toContain(before.reason);
      expect(before.policies).toEqual([`p${all.indexOf(removed)}`]);
    }),
    { numRuns: 150 },
  );
});

test('the permits that reject by themselves are those that err or cannot be applied', () => {
  const broad = { text: 'permit(principal, action, resource);' };
  const erring = { text: 'permit(principal, action, resource) when { context.now * 9007199254740991 > 1 };' };
  const slow = { text: '@constrain("timeout-ms=1") permit(principal, action, resource);' };
  for (const fault of [erring, slow]) {
    expect(isYes(load([broad, fault]).decide(question('evaluate')))).toBe(false);
    expect(isYes(load([broad]).decide(question('evaluate')))).toBe(true);
  }
});

test('adding a forbid never turns a no into a yes', () => {
  fc.assert(
    fc.property(policies, forbid, asked, (all, added, about) => {
      const before = load(all).decide(about);
      const after = load([...all, added]).decide(about);
      expect(isYes(after) && !isYes(before)).toBe(false);
    }),
    { numRuns: 100 },
  );
});

test('carrying a further set never widens what the node and the others allow', () => {
  const order = ['permit', 'constrain', 'defer', 'reject'];
  fc.assert(
    fc.property(policies, policies, policies, asked, (node, carried, further, about) => {
      const [own, one, two] = [load(node), load(carried), load(further)];
      const before = createAuthority({ node: own, carried: [one], limits: LIMITS }).decide(about);
      const after = createAuthority({ node: own, carried: [one, two], limits: LIMITS }).decide(about);
      expect(order.indexOf(after.verdict)).toBeGreaterThanOrEqual(order.indexOf(before.verdict));
      for (const [name, value] of Object.entries(after.verdict === 'constrain' ? (before.constraints ?? {}) : {})) {
        expect(after.constraints?.[name]).toBeLessThanOrEqual(Number(value));
      }
    }),
    { numRuns: 100 },
  );
});
