import { expect, test } from 'vitest';
import { hex } from '../../host/json.ts';
import { createAuthority, loadCarriedSet } from '../../host/policy/authority.ts';
import type { CarriedSet } from '../../host/policy/authority.ts';
import { digestPolicySet, encodePolicySet } from '../../host/policy/encode.ts';
import type { PolicySet } from '../../host/policy/model.ts';
import { LIMITS, NOW, ORDER, filesFor, filesOf, question, setOf } from './fixtures.ts';

const ALL = '@id("all") permit(principal, action, resource);';
const authority = (node: PolicySet | null, carried: readonly CarriedSet[] = []) =>
  createAuthority({ node, carried, limits: LIMITS });
const rejected = (reason: string | null, policies: readonly string[] = []) => ({
  verdict: 'reject',
  policies,
  reason,
  constraints: null,
  wake: null,
});

test('without a set of the node, nothing is allowed', () => {
  const none = authority(null, [setOf(ALL)]);
  expect([none.policyDigest, none.unusable(NOW)]).toEqual([null, 'policy-missing']);
  expect(none.decide(question('evaluate'))).toEqual(rejected('policy-missing'));
});

test("the digest is that of the node's set", () => {
  const node = setOf(ALL);
  expect(authority(node, [setOf('')]).policyDigest).toEqual(digestPolicySet(filesFor(ALL)));
  expect(authority(node).unusable(NOW)).toBeNull();
});

test('of two sets the stricter wins, whichever it is', () => {
  const permits = setOf(ALL);
  const forbids = setOf(`${ALL}@id("no") forbid(principal, action == Action::"execution", resource);`);
  expect(authority(permits, [forbids]).decide(question('execution'))).toEqual(rejected(null, ['carried:no']));
  expect(authority(forbids, [permits]).decide(question('execution'))).toEqual(rejected(null, ['node:no']));
  expect(authority(permits, [permits]).decide(question('execution'))).toMatchObject({
    verdict: 'permit',
    policies: ['carried:all', 'node:all'],
  });
});

test('what the object carries cannot widen: a permit of its own helps nothing', () => {
  expect(authority(setOf(''), [setOf(ALL)]).decide(question('execution'))).toEqual(rejected('no-permit'));
});

test('constraints of both sets apply, and a deferral beats them', () => {
  const a = setOf(
    '@id("a") @constrain("timeout-ms=5 max-calls=9") permit(principal, action == Action::"http.send", resource);',
  );
  const b = setOf(
    '@id("b") @constrain("timeout-ms=7 max-request-bytes=3") permit(principal, action == Action::"http.send", resource);',
  );
  const waits = setOf(`${ALL}@id("w") @verdict("defer") @wake("signal x") forbid(principal, action, resource);`);
  const asked = question('http.send', { resource: ORDER });
  expect(authority(a, [b]).decide(asked)).toMatchObject({
    verdict: 'constrain',
    policies: ['carried:b', 'node:a'],
    constraints: { 'timeout-ms': 5, 'max-calls': 9, 'max-request-bytes': 3 },
  });
  expect(authority(a, [waits]).decide(asked)).toEqual({
    verdict: 'defer',
    policies: ['carried:w'],
    reason: null,
    constraints: null,
    wake: { tag: 'signal', name: 'x' },
  });
  expect(authority(setOf(''), [waits]).decide(asked)).toEqual(rejected('no-permit'));
});

test('an object has no say in whether it is evaluated', () => {
  const carried = setOf('forbid(principal, action, resource);');
  expect(authority(setOf(ALL), [carried]).decide(question('evaluate')).verdict).toBe('permit');
  expect(authority(setOf(ALL), [carried]).decide(question('termination')).verdict).toBe('reject');
});

test.each([
  ['missing', { missing: new Uint8Array(32) }, 'policy-missing'],
  ['malformed', { malformed: new Uint8Array(32), message: 'x' }, 'policy-malformed'],
])('a carried set that is %s rejects everything', (_, set, reason) => {
  const broken = authority(setOf(ALL), [setOf(ALL), set]);
  expect(broken.unusable(NOW)).toBe(reason);
  for (const action of ['evaluate', 'execution', 'termination'])
    expect(broken.decide(question(action))).toEqual(rejected(reason));
});

test('a set that another one revokes rejects everything', () => {
  const carried = setOf(ALL);
  const node = setOf(ALL, { settings: { revoked: [hex(carried.digest)] } });
  expect(authority(node, [carried]).unusable(NOW)).toBe('policy-revoked');
  expect(authority(node, [carried]).decide(question('evaluate'))).toEqual(rejected('policy-revoked'));
  expect(authority(carried, [node]).unusable(NOW)).toBe('policy-revoked');
  expect(authority(node, []).unusable(NOW)).toBeNull();
});

test('an expired set rejects everything, the carried one too', () => {
  const dated = setOf(ALL, { settings: { expires: new Date(NOW).toISOString() } });
  for (const expired of [authority(dated), authority(setOf(ALL), [dated])]) {
    expect([expired.unusable(NOW - 1), expired.unusable(NOW)]).toEqual([null, 'policy-expired']);
    expect(expired.decide(question('evaluate'))).toEqual(rejected('policy-expired'));
    expect(expired.decide(question('evaluate', { context: { now: NOW - 1 } })).verdict).toBe('permit');
  }
});

test('more sets than an object may carry reject everything', () => {
  const carried = Array<PolicySet>(LIMITS.carried + 1).fill(setOf(ALL));
  expect(authority(setOf(ALL), carried).decide(question('evaluate'))).toEqual(rejected('policy-limit'));
  expect(authority(setOf(ALL), carried.slice(1)).decide(question('evaluate')).verdict).toBe('permit');
});

test('a set that travels as a blob decides as it did in its folder', () => {
  const files = filesFor(ALL);
  const digest = digestPolicySet(files);
  const set = loadCarriedSet(digest, encodePolicySet(files), LIMITS);
  expect('decide' in set && [set.digest, set.decide(question('evaluate')).policies]).toEqual([digest, ['all']]);
});

test('a blob that is absent, altered, or no loadable set is told apart', () => {
  const files = filesFor(ALL);
  const digest = digestPolicySet(files);
  expect(loadCarriedSet(digest, null, LIMITS)).toEqual({ missing: digest });
  const altered = encodePolicySet(files).fill(0x20, -1);
  expect(loadCarriedSet(digest, altered, LIMITS)).toEqual({
    malformed: digest,
    message: expect.stringContaining('expected bytes of this digest'),
  });
  const broken = filesOf({ 'set.json': '{"name":"x"}', 'a.cedar': 'permit(' });
  const set = loadCarriedSet(digestPolicySet(broken), encodePolicySet(broken), LIMITS);
  expect(set).toEqual({
    malformed: digestPolicySet(broken),
    message: expect.stringMatching(/^policy [0-9a-f]{16}\/a\.cedar:1:8: /),
  });
});
