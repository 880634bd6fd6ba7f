/** The kernel tries an execution again by itself (R46): when, with which key, how often, and how it ends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EffectServer } from './effect-server.ts';
import { startEffectServer } from './effect-server.ts';
import { ask, delayOf, endsOf, ENVELOPE, entriesOf, HOUR, replayOf, scriptOf, SECOND, send } from './retrying.ts';
import { ofKind } from './wreck.ts';
import type { World } from './world.ts';
import { createWorld, DAY, PERMIT_ALL, policySet, START } from './world.ts';

let world: World;
let server: EffectServer;

beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
});

afterAll(() => Promise.all([world.close(), server.close()]));

/** Answers a path with these in turn, the last one for ever. */
function answerInTurn(
  path: string,
  answers: readonly (readonly [status: number, body?: unknown, headers?: object])[],
): void {
  let next = 0;
  server.answer(path, (_request, response) => {
    const [status, body = {}, headers = {}] = answers[Math.min(next++, answers.length - 1)]!;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
}

describe('the next attempt', () => {
  test('comes after a delay that tells what happened: different at the same attempt', async () => {
    answerInTurn('/delay-failed/x', [[500]]);
    answerInTurn('/delay-waiting/x', [[200, { state: 'running' }]]);
    answerInTurn('/delay-empty/x', [[200, {}]]);
    answerInTurn('/delay-asked/x', [[503, {}, { 'retry-after': '90' }]]);
    answerInTurn('/delay-asked-more/x', [[503, {}, { 'retry-after': '86400' }]]);
    const delays: Record<string, number | null> = {};
    for (const name of ['failed', 'waiting', 'empty', 'asked', 'asked-more']) {
      const path = await world.object(`delay-${name}`, scriptOf(ask(`${server.url}/delay-${name}/x`)));
      const { status, state } = await world.node().run(path);
      expect(status).toBe('dormant');
      delays[name] = delayOf(state);
    }
    const silent = await world.object('delay-silent', scriptOf(ask('http://127.0.0.1:1/x')));
    delays['silent'] = delayOf((await world.node().run(silent)).state);
    expect(delays).toEqual({
      'waiting': 10 * SECOND,
      'empty': 15 * SECOND,
      'failed': 20 * SECOND,
      'silent': 30 * SECOND,
      'asked': 90 * SECOND,
      'asked-more': ENVELOPE.maxDelay,
    });
  });

  test('is made when the delay is over and not before, commits, and lets the handler go on with its outcome', async () => {
    answerInTurn('/commit/x', [[500], [200, { state: 'ready' }]]);
    const path = await world.object('commit', scriptOf(ask(`${server.url}/commit/x`)));
    const host = world.node();
    const started = world.time;
    await host.run(path);
    world.time = started + 20 * SECOND - 1;
    expect(endsOf(await host.run(path))).toEqual(['deferral reentry not-yet']);
    expect(server.ledger('commit').seen).toHaveLength(1);
    world.time = started + 20 * SECOND;
    const report = await host.run(path);
    expect(endsOf(report)).toEqual(['success execution', 'success termination']);
    expect(report.state.values.get('answer')?.value).toEqual({ state: 'ready' });
    const entries = await entriesOf(host, path);
    // one run of the handler before the attempts, and one behind them
    expect(ofKind(entries, 'open')).toHaveLength(2);
    const told = report.outcomes.at(-1)!.body.value;
    expect(told).toMatchObject({ result: { situation: { last: { class: 'success', action: 'execution' } } } });
    expect(await replayOf(host, path)).toEqual(['same', 'skipped', 'same', 'same']);
  });

  test('has a new key where the last one is known to have failed, and the same where its end is not known', async () => {
    answerInTurn('/keys/x', [[500], [503], [409], [200]]);
    const path = await world.object('keys', scriptOf(send(`${server.url}/keys/x`)));
    const host = world.node();
    for (let i = 0; i < 4; i++) {
      await host.run(path);
      world.time += HOUR;
    }
    const [first, second, third, fourth] = server.ledger('keys').seen.map(({ key }) => key);
    expect(new Set([first, second]).size).toBe(2);
    expect([third, fourth]).toEqual([second, second]);
    expect((await host.show(path)).state.status).toBe('terminated');
  });

  test('is none where the call may have been made and must not be repeated: the handler decides', async () => {
    const path = await world.object('never', scriptOf(send('http://127.0.0.1:1/x', {}, 'never')));
    const report = await world.node().run(path);
    expect(endsOf(report)).toEqual(['no-response execution unavailable', 'success termination']);
  });

  test('is none where the rule of the class is to give up', async () => {
    answerInTurn('/give-up/x', [[500]]);
    const rules = [{ class: 'failure', response: 'give-up' }];
    const path = await world.object('give-up', scriptOf(ask(`${server.url}/give-up/x`, { retry: { rules } })));
    expect(endsOf(await world.node().run(path))).toEqual(['failure execution http-status', 'success termination']);
  });

  test('waits where the clock went back, and is not lost', async () => {
    answerInTurn('/back/x', [
      [200, {}],
      [200, { state: 'ready' }],
    ]);
    const path = await world.object('back', scriptOf(ask(`${server.url}/back/x`)));
    const host = world.node();
    const started = world.time;
    await host.run(path);
    world.time = started - 30 * DAY;
    expect((await host.run(path)).status).toBe('dormant');
    expect(server.ledger('back').seen).toHaveLength(1);
    world.time = started + 15 * SECOND;
    expect((await host.run(path)).status).toBe('terminated');
  });
});

describe('a refusal', () => {
  const deny = policySet(`${PERMIT_ALL} forbid(principal, action == Action::"execution", resource is Http);`);

  test('waits for another policy, however long that takes, and the request is decided anew', async () => {
    const path = await world.object(
      'refused',
      scriptOf(ask(`${server.url}/refused/x`, { retry: { maxElapsed: 400 * DAY } })),
    );
    answerInTurn('/refused/x', [[200, { state: 'ready' }]]);
    const host = world.node({ policy: deny });
    const first = await host.run(path);
    expect(endsOf(first)).toEqual(['refusal execution policy']);
    expect(delayOf(first.state)).toBeNull();
    world.time += 300 * DAY;
    expect(endsOf(await host.run(path))).toEqual(['deferral reentry not-yet']);
    const second = world.node({
      policy: policySet(`${PERMIT_ALL} forbid(principal, action == Action::"execution", resource);`),
    });
    expect(endsOf(await second.run(path))).toEqual(['refusal execution policy']);
    expect(server.ledger('refused').seen).toHaveLength(0);
    const last = await world.node().run(path);
    expect(endsOf(last)).toEqual(['success execution', 'success termination']);
    expect(server.ledger('refused').seen).toHaveLength(1);
    const { entries, state } = await world.node().show(path);
    expect(state.negatives.filter(({ body }) => body.reason === 'refusal')).toEqual([]);
    expect(ofKind(entries, 'negative').map(({ body }) => body.reason)).toEqual(['refusal', 'refusal']);
    expect(await replayOf(world.node(), path)).toEqual(['same', 'skipped', 'same', 'same', 'same']);
  });

  test('that no policy could mend goes back to the handler at once', async () => {
    const path = await world.object('scope', scriptOf(ask(`${server.url}/scope/x`)), {
      scope: { capabilities: ['kv.*'], zones: [], depth: 0 },
    });
    expect(endsOf(await world.node().run(path))).toEqual(['refusal execution scope', 'success termination']);
  });
});

describe('an envelope', () => {
  test('that is used up by attempts ends the object, with the reason and the last class', async () => {
    answerInTurn('/spent/x', [[500]]);
    const path = await world.object('spent', scriptOf(ask(`${server.url}/spent/x`, { retry: { maxAttempts: 3 } })));
    const host = world.node();
    for (let i = 0; i < 3; i++) {
      await host.run(path);
      world.time += HOUR;
    }
    const { state, entries } = await host.show(path);
    expect(state.status).toBe('terminated');
    expect(state.last?.body).toMatchObject({
      class: 'success',
      action: 'termination',
      reason: 'envelope:attempts',
      value: { achieved: false, result: { step: 'ask', class: 'failure', reason: 'http-status', attempts: 3 } },
    });
    expect(server.ledger('spent').seen).toHaveLength(3);
    expect(ofKind(entries, 'failure').at(-1)?.body).toMatchObject({
      class: 'failure',
      operation: 'http.send',
      target: server.url,
      reason: 'envelope:attempts',
    });
    expect(await replayOf(host, path)).toEqual(['same', 'same', 'same']);
  });

  test('whose time runs out while the object sleeps ends it when it is looked at', async () => {
    answerInTurn('/elapsed/x', [[500]]);
    const path = await world.object(
      'elapsed',
      scriptOf(ask(`${server.url}/elapsed/x`, { retry: { maxElapsed: HOUR } })),
    );
    const host = world.node();
    await host.run(path);
    world.time += 2 * HOUR;
    expect(endsOf(await host.run(path))).toEqual(['success termination envelope:elapsed']);
    expect(server.ledger('elapsed').seen).toHaveLength(1);
    expect(await replayOf(host, path)).toEqual(['same', 'same']);
  });

  test('that policy does not let end the object hands the outcome to the handler', async () => {
    answerInTurn('/kept/x', [[500]]);
    const path = await world.object('kept', {
      '1': { propose: { tag: 'execution', val: ask(`${server.url}/kept/x`, { retry: { maxAttempts: 1 } }) } },
      '*': { propose: { tag: 'dormancy', val: { condition: [{ tag: 'signal', val: 'go' }] } } },
    });
    const stay = policySet(`${PERMIT_ALL} forbid(principal, action == Action::"termination", resource);`);
    expect(endsOf(await world.node({ policy: stay }).run(path))).toEqual([
      'refusal termination policy',
      'success dormancy',
    ]);
  });

  test.each<[string, object, string]>([
    ['no attempt', { maxAttempts: 0 }, 'max-attempts'],
    ['a longest delay below the least', { minDelay: 10, maxDelay: 9 }, 'max-delay'],
    ['a time that no clock reaches', { maxElapsed: 2 ** 53 - 1 }, 'max-elapsed'],
    ['a delay of thousands of years', { minDelay: 2 ** 50, maxDelay: 2 ** 50 }, 'min-delay'],
    [
      'two rules for one class',
      {
        rules: [
          { class: 'failure', response: 'wait' },
          { class: 'failure', response: 'retry' },
        ],
      },
      'each class once',
    ],
  ])('with %s is a refused proposal that says so', async (name, changes, said) => {
    const path = await world.object(
      `absurd-${name.replaceAll(' ', '-')}`,
      scriptOf(ask(`${server.url}/absurd/x`, { retry: { ...changes } })),
    );
    const report = await world.node().run(path);
    expect(endsOf(report)).toEqual(['failure proposal-invalid']);
    expect(report.outcomes[0]?.body.message).toContain(said);
    expect(server.ledger('absurd').seen).toHaveLength(0);
  });
});

test('a call that took longer than the envelope allows is told as a failure signal, and is a success', async () => {
  const path = await world.object('late', scriptOf(send(`${server.url}/late/x`, { latency: 50 })));
  server.answer('/late/x', (_request, response) => {
    world.time += 51;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
  });
  const host = world.node();
  expect(endsOf(await host.run(path))).toEqual(['success execution', 'success termination']);
  const entries = await entriesOf(host, path);
  expect(ofKind(entries, 'result').map(({ body }) => [body.class, body.error])).toEqual([['latency', null]]);
  expect(ofKind(entries, 'failure').map(({ body }) => [body.class, body.target])).toEqual([['latency', server.url]]);
  expect(await replayOf(host, path)).toEqual(['same', 'same']);
  world.time = START;
});

test('a bound of policy on latency is enforced on calls of the guest, too', async () => {
  const path = await world.object('late-guest', {
    '1': {
      calls: [['http.send', { method: 'GET', url: `${server.url}/late-guest/x`, repetition: 'safe' }]],
      propose: { tag: 'termination', val: { achieved: true, result: null } },
    },
  });
  server.answer('/late-guest/x', (_request, response) => {
    world.time += 20;
    response.writeHead(200).end();
  });
  const policy = policySet(
    `permit(principal, action, resource) when { !(resource is Http) };
     @constrain("latency-ms=10") permit(principal, action == Action::"http.send", resource);`,
  );
  await world.node({ policy }).run(path);
  const entries = await entriesOf(world.node(), path);
  expect(ofKind(entries, 'result').map(({ body }) => body.class)).toEqual(['latency']);
  expect(ofKind(entries, 'failure').map(({ body }) => body.reason)).toEqual(['latency']);
});

test('a sleeper whose budget its attempts have used up is woken, told so, and not tried again', async () => {
  answerInTurn('/poor/x', [[500]]);
  const path = await world.object('poor', scriptOf(ask(`${server.url}/poor/x`)), { budgets: { calls: 1 } });
  const host = world.node();
  expect((await host.run(path)).status).toBe('dormant');
  world.time += HOUR;
  const report = await host.run(path);
  expect(report.status).toBe('blocked');
  expect(endsOf(report)[0]).toBe('failure execution bound:budget');
  expect(server.ledger('poor').seen).toHaveLength(1);
  expect(await host.verify(path, { replay: true })).toMatchObject({ ok: true });
});
