import { expect, test } from 'vitest';
import { LIMITS, NOW, ORDER, OBJECT_ID, question, setOf } from './fixtures.ts';

const PERMIT = '@id("all") permit(principal, action, resource);';
const rejected = (reason: string | null, policies: readonly string[] = []) => ({
  verdict: 'reject',
  policies,
  reason,
  constraints: null,
  wake: null,
});

test('what no policy permits is rejected', () => {
  expect(setOf('').decide(question('evaluate'))).toEqual(rejected('no-permit'));
  expect(setOf('permit(principal, action == Action::"evaluate", resource);').decide(question('execution'))).toEqual(
    rejected('no-permit'),
  );
});

test('a permit names the policies that decided, in order', () => {
  const set = setOf(
    '@id("b") permit(principal, action, resource);@id("a") permit(principal, action, resource);@id("c") permit(principal, action, resource) when { context.trust.slope < 5 };',
  );
  expect(set.decide(question('evaluate'))).toEqual({
    verdict: 'permit',
    policies: ['a', 'b'],
    reason: null,
    constraints: null,
    wake: null,
  });
});

test('a forbid beats every permit', () => {
  const set = setOf(`${PERMIT}@id("no") forbid(principal, action == Action::"delegation", resource);`);
  expect(set.decide(question('delegation'))).toEqual(rejected(null, ['no']));
  expect(set.decide(question('evaluate')).verdict).toBe('permit');
});

test('a deferring forbid defers, and says what to wait for', () => {
  const set = setOf(`${PERMIT}
    @id("wait") @verdict("defer") @wake("signal approval or after P30D")
    forbid(principal, action == Action::"execution", resource) unless { context.approvals.contains("approval") };`);
  const wake = {
    tag: 'group',
    need: 1,
    members: [
      { tag: 'signal', name: 'approval' },
      { tag: 'elapsed', ms: 2_592_000_000 },
    ],
  };
  expect(set.decide(question('execution', { resource: ORDER }))).toEqual({
    verdict: 'defer',
    policies: ['wait'],
    reason: null,
    constraints: null,
    wake,
  });
  expect(set.decide(question('execution', { resource: ORDER, context: { approvals: ['approval'] } })).verdict).toBe(
    'permit',
  );
});

test('approvals count by their exact name', () => {
  const set = setOf(
    `${PERMIT}@id("wait") @verdict("defer") @wake("signal approval") forbid(principal, action, resource) unless { context.approvals.contains("approval@0a") };`,
  );
  const verdict = (approvals: readonly string[]) =>
    set.decide(question('evaluate', { context: { approvals } })).verdict;
  expect(verdict(['approval@0a'])).toBe('permit');
  expect(['approval', 'approval@0A', 'approval@0a ', 'аpproval@0a', '*', ''].map((name) => verdict([name]))).toEqual(
    Array(6).fill('defer'),
  );
});

test('several deferrals wake on any of their conditions; one plain forbid makes it a rejection', () => {
  const waits = `${PERMIT}
    @id("b") @verdict("defer") @wake("signal b") forbid(principal, action, resource);
    @id("a") @verdict("defer") @wake("signal a and after PT1S") forbid(principal, action, resource);`;
  const { verdict, policies, wake } = setOf(waits).decide(question('evaluate'));
  const both = {
    tag: 'group',
    need: 2,
    members: [
      { tag: 'signal', name: 'a' },
      { tag: 'elapsed', ms: 1000 },
    ],
  };
  expect({ verdict, policies, wake }).toEqual({
    verdict: 'defer',
    policies: ['a', 'b'],
    wake: { tag: 'group', need: 1, members: [both, { tag: 'signal', name: 'b' }] },
  });
  expect(setOf(`${waits}@id("no") forbid(principal, action, resource);`).decide(question('evaluate'))).toEqual(
    rejected(null, ['no']),
  );
});

test('a deferral is no permission: without a permit it is still asked again only after waking', () => {
  const set = setOf(
    '@id("w") @verdict("defer") @wake("signal a") forbid(principal, action, resource) unless { context.approvals.contains("a") };',
  );
  expect(set.decide(question('evaluate')).verdict).toBe('defer');
  expect(set.decide(question('evaluate', { context: { approvals: ['a'] } }))).toEqual(rejected('no-permit'));
});

test('deferrals whose condition would be too large are a rejection', () => {
  const forbids = Array.from(
    { length: LIMITS.wakeNodes },
    (_, index) => `@verdict("defer") @wake("signal s${index}") forbid(principal, action, resource);`,
  );
  const { verdict, reason, wake } = setOf(forbids.join('\n')).decide(question('evaluate'));
  expect({ verdict, reason, wake }).toEqual({ verdict: 'reject', reason: 'wake-limit', wake: null });
});

test('all constraints of all permits that decided apply, the strictest of each', () => {
  const set = setOf(`
    @id("a") @constrain("timeout-ms=500 max-calls=3") permit(principal, action == Action::"http.send", resource);
    @id("b") @constrain("timeout-ms=900 max-response-bytes=10") permit(principal, action == Action::"http.send", resource);
    @id("c") permit(principal, action, resource);
    @id("d") @constrain("timeout-ms=1") permit(principal, action == Action::"http.send", resource) when { resource.method == "GET" };`);
  expect(set.decide(question('http.send', { resource: ORDER }))).toEqual({
    verdict: 'constrain',
    policies: ['a', 'b', 'c'],
    reason: null,
    constraints: { 'timeout-ms': 500, 'max-response-bytes': 10, 'max-calls': 3 },
    wake: null,
  });
});

test('a constraint that the action cannot apply is a rejection', () => {
  const set = setOf(`${PERMIT}@id("slow") @constrain("timeout-ms=5") permit(principal, action, resource);`);
  expect(set.decide(question('termination'))).toEqual(rejected('constraint-not-applicable', ['slow']));
  expect(set.decide(question('execution'))).toEqual(rejected('constraint-not-applicable', ['slow']));
  expect(set.decide(question('execution', { resource: ORDER })).constraints).toEqual({ 'timeout-ms': 5 });
});

test('a policy that fails while it is evaluated rejects: an erring forbid does not vanish', () => {
  const set = setOf(
    `${PERMIT}@id("erring") forbid(principal, action, resource) when { context.now * 9223372036854775807 > 0 };`,
  );
  expect(set.decide(question('evaluate'))).toEqual(rejected('policy-error', ['erring']));
  expect(set.decide(question('evaluate', { context: { now: 1 } }))).toEqual(rejected(null, ['erring']));
});

test('from the instant of its expiry on, a set rejects everything', () => {
  const set = setOf(PERMIT, { settings: { expires: new Date(NOW).toISOString() } });
  expect(set.decide(question('evaluate', { context: { now: NOW - 1 } })).verdict).toBe('permit');
  expect(set.decide(question('evaluate'))).toEqual(rejected('policy-expired'));
  expect(set.decide(question('evaluate', { context: { now: NOW + 1 } }))).toEqual(rejected('policy-expired'));
});

test('a set for one zone rejects everything in another', () => {
  const set = setOf(PERMIT, { settings: { zone: 'eu' } });
  expect(set.decide(question('evaluate')).verdict).toBe('permit');
  expect(set.decide(question('evaluate', { context: { zone: 'us' } }))).toEqual(rejected('policy-zone'));
  expect(set.decide(question('evaluate', { context: { zone: '' } }))).toEqual(rejected('policy-zone'));
});

test('facts come from the data, and one of a wrong type rejects', () => {
  const set = setOf(
    '@id("small") permit(principal, action, resource) when { context.facts has amount && context.facts.amount < 100 };',
    {
      facts: { amount: { pointer: '/total/minor', type: 'Long' } },
    },
  );
  const decide = (data: Parameters<typeof question>[1]) => set.decide(question('execution', data));
  expect(decide({ data: { total: { minor: 99 } } }).verdict).toBe('permit');
  expect(decide({ data: { total: { minor: 100 } } })).toEqual(rejected('no-permit'));
  expect(decide({ data: { minor: 5 } })).toEqual(rejected('no-permit'));
  expect(decide({ data: { total: { minor: '99' } } })).toEqual(rejected('fact-type'));
  expect(decide({ data: { total: { minor: 99.5 } } })).toEqual(rejected('fact-type'));
});

test('every attribute of the question can be asked for', () => {
  const set = setOf(
    `permit(principal, action == Action::"execution", resource is Http) when {
    principal == Object::"${OBJECT_ID}" && principal.creator == "${'cc'.repeat(32)}" && principal.handler == "${'dd'.repeat(32)}" &&
    principal.task == "purchase-approval" && principal has parent && principal.parent == "p" &&
    resource == Http::"POST http://127.0.0.1:8080/orders" && resource.scheme == "http" && resource.host == "127.0.0.1" &&
    resource.port == 8080 && resource.path == "/orders" && resource.method == "POST" &&
    context.now == ${NOW} && context.node == "${'ee'.repeat(16)}" && context.zone == "eu" && context.trust == { slope: 1000, continuousOver: 3 } };
    permit(principal, action == Action::"execution", resource is Http) when {
    context.counters.cycles == 1 && context.counters.calls == 0 && context.counters.fuel == 12345 && context.counters.children == 0 &&
    context.step == "order" && context.approvals == ["x"] && context.facts has ok && context.facts.ok };`,
    { facts: { ok: { pointer: '', type: 'Bool' } } },
  );
  const asked = question('execution', {
    resource: ORDER,
    parent: 'p',
    data: true,
    context: { step: 'order', approvals: ['x'] },
  });
  expect(set.decide(asked).policies).toEqual(['main.cedar:1', 'main.cedar:2']);
});

test('the same question gives the same verdict each time', () => {
  const set = setOf(
    Array.from({ length: 20 }, (_, index) => `@id("p${index}") permit(principal, action, resource);`).join(''),
  );
  const first = set.decide(question('evaluate'));
  for (let i = 0; i < 50; i++) expect(set.decide(question('evaluate'))).toEqual(first);
});
