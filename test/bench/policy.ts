/**
 * One policy decision with 5 and with 50 policies, and the loading of a set. Prints JSON. Run it with
 * `node test/bench/policy.ts`. Times are medians of batches, in turn: of a question whose answer is known (all that the policies see of it is
 * as it was before), of one that is new each time, and of the whole request, asked of the engine each time. Not measured: the entry that a
 * decision becomes.
 */
import { createAuthority } from '../../host/policy/authority.ts';
import { createCedarSet } from '../../host/policy/cedar.ts';
import { createDecider } from '../../host/policy/decide.ts';
import { loadPolicySet } from '../../host/policy/load.ts';
import { EVERYTHING } from '../../host/policy/mention.ts';
import { LIMITS, ORDER, filesFor, question } from '../policy/fixtures.ts';

const BATCHES = 41;
const PER_BATCH = 200;
const asked = (minor: number) =>
  question('http.send', {
    resource: { ...ORDER, path: '/vendors/acme', method: 'GET' },
    data: { total: { minor, currency: 'EUR' } },
    context: { approvals: ['approval', 'approval@00112233445566778899aabbccddeeff'] },
  });
const ASKED = asked(5);

/** One permit that matches, the rest for other paths. */
function policiesFor(count: number): readonly string[] {
  const matching = `@constrain("timeout-ms=5000") permit(principal, action == Action::"http.send", resource is Http)
    when { resource.host == "127.0.0.1" && resource.method == "GET" && resource.path like "/vendors/*" };`;
  const others = Array.from(
    { length: count - 1 },
    (_, index) => `forbid(principal, action, resource is Http)
    when { resource.path == "/closed/${index}" && context.facts has amount && context.facts.amount > ${index} };`,
  );
  return [matching, ...others];
}

function medianUs(run: () => void, perBatch: number): number {
  const times = Array.from({ length: BATCHES }, () => {
    const start = performance.now();
    for (let i = 0; i < perBatch; i++) run();
    return ((performance.now() - start) / perBatch) * 1000;
  });
  return Math.round((times.sort((a, b) => a - b)[BATCHES >> 1] ?? Number.NaN) * 10) / 10;
}

const results = [5, 50].map((policies) => {
  const texts = policiesFor(policies);
  const files = filesFor(texts.join('\n'), { facts: { amount: { pointer: '/total/minor', type: 'Long' } } });
  const set = loadPolicySet(files, { limits: LIMITS });
  const node = createAuthority({ node: set, carried: [], limits: LIMITS });
  const both = createAuthority({ node: set, carried: [set], limits: LIMITS });
  const named = new Map(set.rules.map(({ id }, index) => [id, texts[index] ?? '']));
  const whole = createDecider({
    ...set,
    limits: LIMITS,
    mentions: () => EVERYTHING,
    ask: createCedarSet(`${policies}`.padStart(32, '0'), named),
  });
  for (const decide of [node.decide, whole])
    if (decide(ASKED).verdict !== 'constrain') throw new Error('expected a constraint');
  let amount = 0;
  return {
    policies,
    loadUs: medianUs(() => loadPolicySet(files, { limits: LIMITS }), 1),
    decideKnownUs: medianUs(() => node.decide(ASKED), PER_BATCH),
    decideNewUs: medianUs(() => node.decide(asked(amount++)), PER_BATCH),
    decideWholeRequestUs: medianUs(() => whole(ASKED), PER_BATCH),
    decideNodeAndCarriedUs: medianUs(() => both.decide(ASKED), PER_BATCH),
  };
});
process.stdout.write(`${JSON.stringify({ node: process.version, results }, null, 2)}\n`);
