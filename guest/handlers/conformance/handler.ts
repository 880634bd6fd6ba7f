/**
 * The conformance handler in TypeScript: the kind of its intent says what to do. The same handler stands beside this one in other
 * languages, and test/cases/conformance/ says what all of them must ask and answer.
 */
import { now as readClock } from 'sojourn:object/clock@0.2.0';
import * as sdk from 'sojourn/guest';
import { advice, children, defineHandler, finish, http, kv, log, memory, signals, tools } from 'sojourn/guest';
import type { Json, Proposal, Task } from 'sojourn/guest';

const LATEST = 9_007_199_254_740_991;
const CODES = ['denied', 'limit', 'invalid', 'not-found', 'schema', 'timeout', 'unavailable', 'unknown'];

/** One call of every operation at least; the answers in order. */
function callAll(task: Task): Json[] {
  const answers: Json[] = [Number(readClock()), [...sdk.randomBytes(4)]];
  log.warn('a line — with ü');
  kv.set('key', task.input);
  answers.push(kv.get<Json>('key'), kv.get<Json>('absent'));
  kv.delete('key');
  answers.push([...kv.keys('k', 2)]);
  const posted = http.send({
    method: 'POST',
    url: 'http://vendor.test/orders',
    headers: { 'content-type': 'text/plain' },
    body: task.intent.goal,
  });
  const found = http.send({ url: 'http://vendor.test/' });
  answers.push([posted.status, posted.text(), posted.headers.map(({ value }) => value)], [found.status, found.text()]);
  answers.push([...memory.read({ start: 3, pageSize: 1, kind: 'call' })].map(({ seq, body }) => [seq, body]));
  const given = [...signals.read<Json>({ after: 2, limit: 5 }), ...signals.read<Json>({ name: 'go', limit: 1 })];
  answers.push(given.map(({ seq, name, payload }) => [seq, name, payload]));
  answers.push(tools.call<Json>('translate', task.input));
  answers.push(children.list().map(({ name, status, achieved, result, seq }) => [name, status, achieved, result, seq]));
  answers.push(...askAll(task));
  return answers;
}

/** A question with everything in it, one with nothing but a message, and what came of both and of a third. */
function askAll(task: Task): Json[] {
  const called = { id: '1', name: 'add', arguments: { a: 1 } };
  const asked = advice.ask({
    advisor: 'local',
    system: 'Be brief.',
    messages: [
      { role: 'user', content: task.intent.goal },
      { role: 'assistant', content: '', requested: [called] },
      { role: 'tool', content: '3', toolCall: '1' },
    ],
    tools: [{ name: 'add', description: 'adds', parameters: { type: 'object' } }],
    schema: { type: 'array' },
    maxTokens: 100,
  });
  const plain = { advisor: 'none', messages: [{ role: 'user' as const, content: 'go' }], maxTokens: 1 };
  return [asked, advice.ask(plain), advice.ask(plain)].map(({ source, confidence, content, prompt, seq }) => [
    source,
    confidence,
    contentOf(content),
    prompt,
    seq,
  ]);
}

function contentOf(content: advice.AnswerContent): Json {
  if (content.tag === 'text') return content.text;
  if (content.tag === 'structured') return content.value;
  return content.calls.map((call) => [call.id, call.name, call.arguments]);
}

/** What a refused call shows, for each code. */
function callRefused(): Json[] {
  return CODES.map((code) => {
    try {
      return kv.get<Json>(code);
    } catch (error) {
      return error instanceof sdk.CapabilityError ? error.code : String(error);
    }
  });
}

function spin(): never {
  for (let turn = 0; ; turn += 1) if (turn < 0) throw new Error('a number ran over');
}

function propose(task: Task): Proposal {
  const rationale = 'for the test';
  const { after, all, at, atLeast, signal } = sdk;
  switch (task.intent.kind) {
    case 'http': {
      const request = { url: 'http://x.test/', method: 'PUT', headers: { a: 'b' }, body: task.intent.goal };
      return sdk.execute({ step: 'step', http: request, into: 'key', rationale, confidence: 0.1 });
    }
    case 'tool':
      return sdk.execute({ step: 'step', tool: { name: 'adder', input: task.input }, rationale });
    case 'commit':
      return sdk.execute({ step: 'step', commit: task.input, into: 'key', rationale });
    case 'refine':
      return sdk.refine({ goal: 'a clearer goal', rationale });
    case 'constrain':
      return sdk.constrain({ constraints: { limit: 5 }, rationale });
    case 'expand':
      return sdk.expand({ goal: 'more', constraints: { limit: 9 }, rationale });
    case 'reclassify':
      return sdk.reclassify({ kind: 'other', rationale });
    case 'poll':
      return sdk.execute({
        step: 'step',
        tool: { name: 'adder', input: task.input },
        retry: {
          maxAttempts: 2_147_483_647,
          maxElapsed: LATEST,
          minDelay: 0,
          maxDelay: 60_000,
          latency: 250,
          rules: { 'capability-missing': 'wait', 'failure': 'give-up' },
        },
        poll: {
          predicate: sdk.where.some(
            2,
            sdk.where.exists('/id'),
            sdk.where.equals('/state', 'done'),
            sdk.where.any(sdk.where.atLeast('/share', 0.5), sdk.where.notEquals('', null)),
          ),
          cursor: { pointer: '/next', parameter: 'after' },
        },
        rationale,
      });
    case 'await':
      return sdk.sleep({
        until: sdk.any(
          sdk.outcomes(3, 'failure', 'no-response'),
          sdk.contextChange('capabilities'),
          sdk.childAchieved('child'),
          sdk.reached('f'.repeat(64), LATEST),
        ),
        rationale,
      });
    case 'cancel':
      return sdk.cancelChild({ name: 'child', reason: 'too late', rationale });
    case 'delegate':
      return sdk.delegate({
        name: 'child',
        kind: 'part',
        goal: 'a part of it',
        input: task.input,
        capabilities: ['kv.get'],
        budgets: [{ name: 'fuel', limit: LATEST }],
        rationale,
      });
    case 'sleep':
      return sdk.sleep({ until: atLeast(1, signal('*'), all(after(0), at(LATEST))), rationale });
    default:
      throw new Error(`intent: expected a kind of the conformance cases, found ${task.intent.kind}`);
  }
}

export default defineHandler((task) => {
  switch (task.intent.kind) {
    case 'echo':
      return { ...finish(task.input, task.intent.goal), confidence: 0.25 };
    case 'give-up':
      return sdk.giveUp('no use', task.intent.constraints);
    case 'situation': {
      const { input: _input, ...rest } = task;
      return finish(rest);
    }
    case 'calls':
      return finish(callAll(task));
    case 'refused':
      return finish(callRefused());
    case 'denied':
      log.info('a line');
      return finish(null);
    case 'fail':
      // oxlint-disable-next-line typescript/only-throw-error -- a text is what every language can tell alike
      throw 'it went wrong: ü';
    case 'spin':
      return spin();
    default:
      return propose(task);
  }
});
