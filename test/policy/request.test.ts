import { isAuthorized, schemaToJson } from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Resource } from '../../host/policy/model.ts';
import { buildRequest } from '../../host/policy/request.ts';
import { BASE_SCHEMA, RESOURCE_TYPES } from '../../host/policy/schema.ts';
import { HOST, ORDER, OBJECT_ID, SELF, question, setOf } from './fixtures.ts';

const allow = setOf('permit(principal, action, resource);');
const http = (change: Partial<Extract<Resource, { type: 'Http' }>>): Resource => ({ ...ORDER, ...change });
const outcome = (resource: Resource) => allow.decide(question('http.send', { resource })).reason;

test.each([
  ['EVIL.example', 'upper case'],
  ['evil.example.', 'a dot at the end'],
  ['evil..example', 'an empty label'],
  ['bücher.example', 'Unicode'],
  ['еvil.example', 'a Cyrillic letter'],
  ['evil.example:80', 'a port'],
  ['user@evil.example', 'a user'],
  ['', 'nothing'],
  ['[::1', 'half a bracket'],
])('the host %j is rejected for %s', (host) => {
  expect(outcome(http({ host }))).toBe('question-malformed');
});

test.each([
  'orders',
  '',
  '/a/../b',
  '/a/./b',
  '/..',
  '/a%2f..%2fb',
  '/..;x/b',
  '/%6frders',
  '/%2E%2e/orders',
  '/a b',
  '/a?x=1',
  '/a#x',
  '/a\\b',
  '/é',
  '/a\n',
])('the path %j is rejected', (path) => {
  expect(outcome(http({ path }))).toBe('question-malformed');
});

test('targets in canonical form are asked about', () => {
  for (const host of ['127.0.0.1', 'xn--bcher-kva.example', '[::1]', 'localhost'])
    expect(outcome(http({ host }))).toBeNull();
  for (const path of ['/', '/a/..b/c.', '/a%20b/%C3%A9', '/...', '/a//b', '/a;x=1,2'])
    expect(outcome(http({ path }))).toBeNull();
  expect(outcome(http({ scheme: 'ftp' }))).toBe('question-malformed');
  expect(outcome(http({ method: 'post' }))).toBe('question-malformed');
  for (const port of [0, 65_536, 80.5, Number.NaN]) expect(outcome(http({ port }))).toBe('question-malformed');
});

test('every URL that the platform accepts is either asked about as it is sent, or rejected', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true }), (text) => {
      const url = new URL(text);
      const resource = http({ scheme: url.protocol.slice(0, -1), host: url.hostname, path: url.pathname });
      expect([null, 'question-malformed']).toContain(outcome(resource));
    }),
  );
});

test('an action that is not known, or is aimed at another type of resource, is rejected', () => {
  const reason = (action: string, resource: Resource) => allow.decide(question(action, { resource })).reason;
  expect(reason('http.get', ORDER)).toBe('question-malformed');
  expect(reason('toString', SELF)).toBe('question-malformed');
  expect(reason('http.send', HOST)).toBe('question-malformed');
  expect(reason('kv.get', { type: 'Tool', name: 'x' })).toBe('question-malformed');
  expect(reason('evaluate', { type: 'Object', id: 'another' })).toBe('question-malformed');
});

test('numbers that are not whole and texts that are not well-formed are rejected', () => {
  const reason = (context: Parameters<typeof question>[1]) => allow.decide(question('evaluate', context)).reason;
  for (const now of [1.5, Number.NaN, Infinity, 2 ** 53])
    expect(reason({ context: { now } })).toBe('question-malformed');
  expect(reason({ context: { counters: { cycles: 0, calls: 0, fuel: 1e300, children: 0 } } })).toBe(
    'question-malformed',
  );
  expect(reason({ context: { approvals: ['a', '\ud800'] } })).toBe('question-malformed');
  expect(reason({ context: { zone: '\udfff' } })).toBe('question-malformed');
  expect(allow.decide(question('kv.get', { resource: { type: 'Key', key: '\ud800' } })).reason).toBe(
    'question-malformed',
  );
});

test('the table of actions says what the schema says', () => {
  const answer = schemaToJson(BASE_SCHEMA);
  const actions = answer.type === 'success' ? (answer.json['']?.actions ?? {}) : {};
  const applied = Object.entries(actions).map(
    ([name, action]) => [name, [...(action.appliesTo?.resourceTypes ?? [])].sort()] as const,
  );
  expect(Object.fromEntries(applied)).toEqual(
    Object.fromEntries(Object.entries(RESOURCE_TYPES).map(([name, types]) => [name, [...types].sort()])),
  );
});

test('what is built is what the schema allows: Cedar, checking it, finds nothing', () => {
  const text = fc.string({ unit: 'binary' });
  const count = fc.maxSafeNat();
  const resources: { readonly [type: string]: fc.Arbitrary<Resource> } = {
    Object: fc.constant(SELF),
    Http: fc.constantFrom(ORDER, http({ host: '[::1]', path: '/%20' })),
    Tool: fc.record({ type: fc.constant('Tool' as const), name: text }),
    Advisor: fc.record({ type: fc.constant('Advisor' as const), name: text }),
    Key: fc.record({ type: fc.constant('Key' as const), key: text }),
    File: fc.record({ type: fc.constant('File' as const), path: text }),
    Host: fc.constant(HOST),
  };
  const pairs = Object.entries(RESOURCE_TYPES).flatMap(([action, types]) =>
    types.map((type) => [action, type] as const),
  );
  const context = fc.record({
    now: count,
    node: text,
    zone: text,
    trust: fc.record({ slope: count, continuousOver: count }),
    step: text,
    approvals: fc.array(text),
    counters: fc.record({ cycles: count, calls: count, fuel: count, children: count }),
  });
  const asked = fc
    .constantFrom(...pairs)
    .chain(([action, type]) =>
      fc.record({ action: fc.constant(action), resource: resources[type]!, context, parent: fc.option(text) }),
    );
  fc.assert(
    fc.property(asked, ({ action, resource, context, parent }) => {
      const request = buildRequest(question(action, { resource, context, parent }), {});
      if (request === null) throw new Error('expected a request');
      const answer = isAuthorized({
        ...request,
        schema: BASE_SCHEMA,
        validateRequest: true,
        policies: { staticPolicies: 'permit(principal, action, resource);' },
      });
      expect(answer.type === 'success' ? answer.response.decision : answer.errors).toBe('allow');
    }),
    { numRuns: 60 },
  );
  expect(question('evaluate').object.id).toBe(OBJECT_ID);
});
