import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCedarSet, parsePolicy } from '../../host/policy/cedar.ts';
import type { PolicyJson } from '../../host/policy/cedar.ts';
import type { FactValues } from '../../host/policy/facts.ts';
import { EVERYTHING, mentionsOf } from '../../host/policy/mention.ts';
import type { Question, Resource } from '../../host/policy/model.ts';
import { rememberAnswers } from '../../host/policy/remember.ts';
import { buildRequest } from '../../host/policy/request.ts';
import { ORDER, SELF, OBJECT_ID, question } from './fixtures.ts';

/** As Cedar parses it. */
function parsed(text: string): PolicyJson {
  const result = parsePolicy(text);
  if (!result.ok) throw new Error(`${result.fault.message}: ${text}`);
  return result.json;
}

const seen = (text: string, action = 'kv.set') => mentionsOf([parsed(text)])(action);
const when = (condition: string) => seen(`permit(principal, action, resource) when { ${condition} };`);
const NOTHING = {
  principal: { id: false, attrs: new Map() },
  resource: { id: false, attrs: new Map() },
  context: new Map(),
};

test('what is looked up is mentioned, and nothing beside it', () => {
  expect(seen('permit(principal, action, resource);')).toEqual(NOTHING);
  expect(when('context.trust.slope >= 5 && context.facts has amount')).toEqual({
    ...NOTHING,
    context: new Map([
      ['trust', new Map([['slope', 'all']])],
      ['facts', new Map([['amount', 'all']])],
    ]),
  });
  expect(when('principal has parent && resource.key like "a*"')).toEqual({
    ...NOTHING,
    principal: { id: false, attrs: new Map([['parent', 'all']]) },
    resource: { id: false, attrs: new Map([['key', 'all']]) },
  });
  expect(when('context.trust.slope > 1 || context.trust == {slope: 1}').context).toEqual(new Map([['trust', 'all']]));
  expect(when('context.trust == {slope: 1} || context.trust.slope > 1').context).toEqual(new Map([['trust', 'all']]));
  expect(when('context has trust.slope').context).toEqual(new Map([['trust', new Map([['slope', 'all']])]]));
  expect(when('context == {}').context).toBe('all');
});

test('who the principal is matters where it is compared, and not where only its kind is', () => {
  expect(when('principal is Object && resource is Key')).toEqual(NOTHING);
  expect(when('principal == resource')).toMatchObject({ principal: { id: true }, resource: { id: true } });
  expect(when('[principal].contains(Object::"a")').principal.id).toBe(true);
  expect(when('principal is Object in Object::"a"').principal.id).toBe(true);
  expect(seen('permit(principal == Object::"a", action, resource);').principal.id).toBe(true);
  expect(seen('permit(principal, action, resource is Key in Key::"a");').resource.id).toBe(true);
  expect(seen('permit(principal, action, resource is Key);')).toEqual(NOTHING);
});

test.each([
  'Object::"a".creator == "x"',
  '(if context.now > 1 then principal else Object::"a").creator == "x"',
  '{a: principal}.a.creator == "x"',
  'principal.hasTag("x")',
  'principal.getTag("x") == 1',
])('%s: everything is mentioned, for what it looks at is computed', (condition) => {
  expect(when(condition)).toBe(EVERYTHING);
});

test('a form that is not known mentions everything', () => {
  const policy = parsed('permit(principal, action, resource) when { context.now > 1 };');
  for (const body of [
    { fold: [] },
    { Var: 'world' },
    { '>': { left: { Value: 1 } } },
    {},
    { Value: 1, Var: 'context' },
  ])
    expect(mentionsOf([{ ...policy, conditions: [{ kind: 'when', body: body as never }] }])('kv.set')).toBe(EVERYTHING);
  expect(mentionsOf([policy])('world.end')).toBe(EVERYTHING);
});

test('a policy has no part in an action that its scope leaves out', () => {
  const text = (action: string) => `permit(principal, ${action}, resource) when { context.now > 1 };`;
  for (const action of [
    'action == Action::"kv.get"',
    'action in [Action::"kv.get", Action::"kv.keys"]',
    'action in Action::"kv.get"',
  ]) {
    expect(seen(text(action), 'kv.set')).toEqual(NOTHING);
    expect(seen(text(action), 'kv.get').context).toEqual(new Map([['now', 'all']]));
  }
  expect(seen(text('action'), 'kv.set').context).toEqual(new Map([['now', 'all']]));
});

/** Expressions of any kind, the ill-typed ones, too: those fail when they are evaluated, and must fail alike. */
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const of = tie('expression');
  const leaf = fc.constantFrom(
    'principal',
    'resource',
    'context',
    'action',
    'true',
    '1',
    '"eu"',
    '"k1"',
    `Object::"${OBJECT_ID}"`,
    'Key::"k1"',

    'principal.creator',
    'principal.task',
    'principal.parent',
    'resource.key',
    'resource.host',
    'resource.parent',

    'context.now',
    'context.zone',
    'context.trust.slope',
    'context.counters.cycles',
    'context.facts.amount',
    'context.facts',

    'context.trust',
    'context.approvals',
    'context.step',
    'principal has parent',
    'context has facts.amount',
    'context.facts has note',

    'Action::"kv.set"',
    `Object::"${OBJECT_ID}".creator`,
    'principal.id',
    'context.trust.sloop',
    'ip("10.0.0.1").isLoopback()',
  );
  const both = (operator: string) => fc.tuple(of, of).map(([a, b]) => `((${a}) ${operator} (${b}))`);
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: leaf },
      fc.constantFrom('==', '!=', '&&', '||', '<', '>=', '+', '*', 'in').chain(both),
      fc.tuple(of, of, of).map(([a, b, c]) => `(if (${a}) then (${b}) else (${c}))`),
      fc.tuple(of, fc.constantFrom('Object', 'Key', 'Http')).map(([a, kind]) => `((${a}) is ${kind})`),
      fc.tuple(of, fc.constantFrom('creator', 'key', 'slope', 'amount')).map(([a, name]) => `(${a}).${name}`),
      fc.tuple(of, fc.constantFrom('creator', 'parent', 'slope')).map(([a, name]) => `((${a}) has ${name})`),
      fc.tuple(of, of).map(([a, b]) => `([${a}, ${b}].contains(${b}))`),
      fc.tuple(of, of).map(([a, b]) => `({creator: ${a}, key: ${b}})`),
      fc.tuple(of, of).map(([a, b]) => `(${a}).contains(${b})`),
      of.map((a) => `(!(${a}))`),
      of.map((a) => `((${a}) like "e*")`),
    ),
  };
});

/** Conditions that hold of some requests and not of others. */
const telling = fc.constantFrom(
  `principal == Object::"${OBJECT_ID}"`,
  `[principal, resource].contains(Object::"${OBJECT_ID}")`,
  `principal is Object in Object::"${OBJECT_ID}"`,
  'principal == resource',
  'resource in [Key::"k1"]',
  `Object::"${OBJECT_ID}".creator == "eu"`,
  '(if context.now > 0 then principal else resource).creator == "eu"',
  '{a: principal}.a.creator == "eu"',
  'principal has parent',
  'resource has parent || resource.key == "k1"',
  'context.facts has amount && context.facts.amount == 1',
  'context.counters.cycles + 1 > 1',
  'context.approvals.containsAny(["k1"])',
);

const policy = fc
  .record({
    effect: fc.constantFrom('permit', 'forbid'),
    principal: fc.constantFrom(
      'principal',
      `principal == Object::"${OBJECT_ID}"`,
      'principal is Object',
      'principal in Object::"a"',
    ),
    action: fc.constantFrom(
      'action',
      'action == Action::"kv.set"',
      'action in [Action::"http.send", Action::"evaluate"]',
    ),
    resource: fc.constantFrom('resource', 'resource == Key::"k1"', 'resource is Key', 'resource is Http'),
    clauses: fc.array(fc.tuple(fc.constantFrom('when', 'unless'), fc.oneof(expression, telling)), { maxLength: 2 }),
  })
  .map(
    ({ effect, principal, action, resource, clauses }) =>
      `${effect}(${principal}, ${action}, ${resource}) ${clauses.map(([word, body]) => `${word} { ${body} }`).join(' ')};`,
  )
  .filter((text) => parsePolicy(text).ok);

const TARGETS: readonly (readonly [string, Resource])[] = [
  ['kv.set', { type: 'Key', key: 'k1' }],
  ['kv.set', { type: 'Key', key: 'k2' }],
  ['http.send', ORDER],
  ['evaluate', SELF],
  ['dormancy', SELF],
];

interface Asked {
  readonly question: Question;
  readonly facts: FactValues;
}

const asked: fc.Arbitrary<Asked> = fc
  .record({
    target: fc.constantFrom(...TARGETS),
    parent: fc.constantFrom(null, 'aa'.repeat(32)),
    id: fc.constantFrom(OBJECT_ID, 'cd'.repeat(32)),
    creator: fc.constantFrom('eu', 'k1'),
    now: fc.constantFrom(0, 1, 2),
    zone: fc.constantFrom('eu', 'us'),
    slope: fc.constantFrom(0, 1),
    cycles: fc.constantFrom(1, Number.MAX_SAFE_INTEGER),
    approvals: fc.constantFrom([], ['eu'], ['eu', 'k1']),
    facts: fc.constantFrom<FactValues[]>({}, { amount: 1 }, { amount: -0 }, { amount: 'eu', note: true }),
  })
  .map(({ target: [action, resource], parent, id, creator, now, zone, slope, cycles, approvals, facts }) => {
    const aimed: Resource = resource.type === 'Object' ? { type: 'Object', id } : resource;
    const context = {
      now,
      zone,
      approvals,
      trust: { slope, continuousOver: 1 },
      counters: { cycles, calls: 0, fuel: 1, children: 0 },
    };
    const one = question(action, { resource: aimed, parent, context });
    return { question: { ...one, object: { ...one.object, id, creator } }, facts };
  });

test('what policies see, remembered, gives the answers of the whole request', () => {
  let number = 0;
  let shorter = 0;
  fc.assert(
    fc.property(
      fc.array(policy, { minLength: 1, maxLength: 4 }),
      fc.array(asked, { minLength: 1, maxLength: 12 }),
      (texts, questions) => {
        const tag = (number++).toString(16).padStart(32, '0');
        const named = new Map(texts.map((text, index) => [`p${index}`, text]));
        const whole = createCedarSet(tag, named);
        const remembered = rememberAnswers(whole);
        const mentions = mentionsOf(texts.map(parsed));
        for (const one of [...questions, ...questions]) {
          const full = buildRequest(one.question, one.facts)!;
          const part = buildRequest(one.question, one.facts, mentions(one.question.action))!;
          if (JSON.stringify(part).length < JSON.stringify(full).length) shorter++;
          expect(remembered(part)).toEqual(whole(full));
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(shorter).toBeGreaterThan(300);
});
