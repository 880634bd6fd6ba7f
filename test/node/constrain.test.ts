/**
 * A constraint is applied, or the verdict is reject (R32): each name that `@constrain` knows, against a real server. And what policy
 * sees is what leaves: facts of the body, and the URL that is sent.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../host/node/host.ts';
import type { Entry } from '../../host/object/model.ts';
import type { Value } from '../../host/value.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { answersIn, ofKind } from './wreck.ts';
import { createWorld, DAY, PERMIT_ALL, policySet, propose, START } from './world.ts';
import type { World } from './world.ts';

let world: World;
let server: EffectServer;

beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  server.answer('/large', (_request, response) => response.end('x'.repeat(1000)));
  server.answer('/chunks', (_request, response) => {
    for (let i = 0; i < 10; i++) response.write('x'.repeat(100));
    response.end();
  });
  server.answer('/away', (_request, response) =>
    response.writeHead(302, { location: `${server.url}/away-target` }).end(),
  );
  server.answer('/slow', () => {});
});

afterAll(async () => {
  await Promise.all([world.close(), server.close()]);
});

function under(cedar: string, extra?: { readonly [file: string]: string }): Host {
  return world.node({ policy: policySet(cedar, extra) });
}

/** Everything is permitted; calls over HTTP, and executions, with this constraint. */
function constrained(constraint: string): Host {
  return under(`permit(principal, action, resource) unless { resource is Http };
    @id("narrow") @constrain("${constraint}") permit(principal, action, resource is Http);`);
}

function post(path: string, body = '{}') {
  return { method: 'POST', url: `${server.url}/${path}`, body };
}

async function entriesOf(path: string): Promise<readonly Entry[]> {
  return (await world.node().show(path)).entries;
}

function report(calls: Value): Value {
  return { '*': { calls, report: true, propose: { tag: 'termination', val: { achieved: true } } } };
}

describe('a constraint', () => {
  test('timeout-ms ends a request that gets no answer, of a guest and of an execution', async () => {
    const path = await world.object('timeout', {
      1: propose.http(post('slow')),
      '*': {
        calls: [['http.send', post('slow')]],
        report: true,
        propose: { tag: 'termination', val: { achieved: true } },
      },
    });
    const done = await constrained('timeout-ms=40').run(path);
    expect(done.outcomes[0]?.body).toMatchObject({
      class: 'timeout',
      action: 'execution',
      reason: 'timeout',
      message: 'no answer within 40 ms',
    });
    const entries = await entriesOf(path);
    expect(ofKind(entries, 'verdict')[0]?.body.verdict).toMatchObject({
      verdict: 'constrain',
      policies: ['node:narrow'],
      constraints: { 'timeout-ms': 40 },
    });
    expect(ofKind(entries, 'result').map(({ body }) => body.error)).toEqual(['timeout', 'timeout']);
    expect(done.status).toBe('terminated');
  });

  test.each(['large', 'chunks'])(
    'max-response-bytes refuses an answer that is longer (%s), and lets one pass that is not',
    async (kind) => {
      const path = await world.object(`response-${kind}`, report([['http.send', post(kind)]]));
      await constrained('max-response-bytes=999').run(path);
      expect(answersIn(await entriesOf(path))).toEqual([{ error: 'limit' }]);
      const other = await world.object(`response-${kind}-2`, report([['http.send', post(kind)]]));
      await constrained('max-response-bytes=1000').run(other);
      expect(answersIn(await entriesOf(other))).toEqual([{ ok: { status: 200, body: 'x'.repeat(1000) } }]);
    },
  );

  test('max-request-bytes rejects a larger request before it leaves', async () => {
    const path = await world.object('request', {
      1: {
        calls: [
          ['http.send', post('request', 'y'.repeat(600))],
          ['http.send', post('request')],
        ],
        ...Object(propose.http(post('request', 'z'.repeat(600)))),
      },
      '*': propose.finish(),
    });
    const done = await constrained('max-request-bytes=500').run(path);
    expect(done.outcomes[0]?.body).toMatchObject({
      class: 'refusal',
      action: 'execution',
      reason: 'constraint:max-request-bytes',
    });
    const calls = ofKind(await entriesOf(path), 'call').map(({ body }) => [body.verdict.verdict, body.verdict.reason]);
    expect(calls).toEqual([
      ['reject', 'constraint:max-request-bytes'],
      ['constrain', null],
    ]);
    expect(server.ledger('request').seen.map(({ body }) => body)).toEqual(['{}']);
  });

  test('max-calls lets so many calls of a cycle through and no more', async () => {
    const path = await world.object('calls', report(Array.from({ length: 4 }, () => ['http.send', post('calls')])));
    await under(`permit(principal, action, resource) unless { action == Action::"http.send" };
      @constrain("max-calls=2") permit(principal, action == Action::"http.send", resource);`).run(path);
    const ok = { ok: { status: 200, body: '{"path":"/calls"}' } };
    expect(answersIn(await entriesOf(path))).toEqual([ok, ok, { error: 'limit' }, { error: 'limit' }]);
    expect(server.ledger('calls').seen).toHaveLength(2);
  });

  test('max-calls bounds what follows from the record, too', async () => {
    const path = await world.object(
      'derived',
      report([
        ['kv.get', { key: 'a' }],
        ['kv.get', { key: 'a' }],
        ['kv.get', { key: 'b' }],
      ]),
    );
    await under(`permit(principal, action, resource) unless { action == Action::"kv.get" };
      @constrain("max-calls=2") permit(principal, action == Action::"kv.get", resource);`).run(path);
    expect(answersIn(await entriesOf(path))).toEqual([{ ok: null }, { ok: null }, { error: 'limit' }]);
  });

  test('max-sleep-ms wakes the object at the latest then', async () => {
    const path = await world.object('sleep', {
      1: propose.sleep([{ tag: 'elapsed', val: 30 * DAY }]),
      '*': propose.finish(),
    });
    const host = under(`permit(principal, action, resource) unless { action == Action::"dormancy" };
      @constrain("max-sleep-ms=1000") permit(principal, action == Action::"dormancy", resource);`);
    expect(await host.run(path)).toMatchObject({ status: 'dormant', wakesAt: START + 1000 });
    world.time = START + 999;
    expect((await host.run(path)).status).toBe('dormant');
    world.time = START + 1000;
    expect((await host.run(path)).status).toBe('terminated');
    world.time = START;
  });

  test('that cannot be applied to what is asked rejects it', async () => {
    const path = await world.object('inapplicable', { '*': propose.commit('a', 1) });
    const done = await under(
      `${PERMIT_ALL} @id("odd") @constrain("timeout-ms=5") permit(principal, action == Action::"execution", resource);`,
    ).run(path);
    expect(done.outcomes[0]?.body).toMatchObject({ class: 'refusal', reason: 'constraint-not-applicable' });
    expect(ofKind(await entriesOf(path), 'verdict')[0]?.body.verdict.policies).toEqual(['node:odd']);
    expect(done.state.values.size).toBe(0);
  });
});

describe('facts', () => {
  const facts = { 'facts.json': '{"amount":{"pointer":"/order/amount","type":"Long"}}' };
  const LIMITED = `permit(principal, action, resource) unless { resource is Http };
    permit(principal, action, resource is Http) when { context.facts has amount && context.facts.amount <= 100 };`;

  test.each([
    ['within', '{"order":{"amount":100}}', 1],
    ['above', '{"order":{"amount":101}}', 0],
    ['missing', '{"order":{}}', 0],
    ['a text', '{"order":{"amount":"100"}}', 0],
    ['twice', '{"order":{"amount":1,"amount":1000}}', 0],
    ['elsewhere', '{"amount":1,"order":{"amount":1000}}', 0],
    ['not JSON', 'order.amount=1', 0],
  ])('are read from the body that leaves: an amount that is %s', async (name, body, sent) => {
    const run = `fact-${name.replace(' ', '-')}`;
    // the handler claims what it likes in every text that is its own
    const script = {
      1: {
        calls: [['http.send', post(run, body)]],
        rationale: 'amount: 1',
        propose: {
          tag: 'execution',
          val: { step: 'amount-1', operation: { tag: 'http', val: post(run, body) }, into: null },
        },
      },
      '*': propose.finish(),
    };
    const path = await world.object(run, script);
    const done = await under(LIMITED, facts).run(path);
    expect(server.ledger(run).seen.map((request) => request.body)).toEqual(
      Array.from({ length: 2 * sent }, () => body),
    );
    expect(done.outcomes[0]?.body.class).toBe(sent === 1 ? 'success' : 'refusal');
  });
});

describe('what is requested', () => {
  test('is one request: a redirect is an answer and is not followed', async () => {
    const path = await world.object('redirect', {
      1: {
        calls: [['http.send', { method: 'GET', url: `${server.url}/away`, repetition: 'safe' }]],
        ...Object(propose.http(post('away'))),
      },
      '*': propose.finish(),
    });
    const done = await world.node().run(path);
    expect(done.outcomes[0]?.body).toMatchObject({ class: 'failure', reason: 'http-status' });
    const { seen } = server.ledger('away');
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(server.ledger('away-target').seen).toEqual([]);
  });

  /** Ways to say `/open` and mean `/closed`, or to reach the server under another name. */
  const TRICKS: readonly (readonly [string, (port: string) => string])[] = [
    ['a user name that looks like the host', (port) => `http://127.0.0.1:${port}@127.0.0.1:${port}/closed`],
    ['dot segments', (port) => `http://127.0.0.1:${port}/open/../closed`],
    ['escaped dot segments', (port) => `http://127.0.0.1:${port}/open/%2e%2e/closed`],
    ['an escaped slash behind dots', (port) => `http://127.0.0.1:${port}/open/..%2fclosed`],
    ['a back slash', (port) => `http://127.0.0.1:${port}/open\\..\\closed`],
    ['an escaped letter', (port) => `http://127.0.0.1:${port}/%63losed`],
    ['an escaped letter of the open path', (port) => `http://127.0.0.1:${port}/%6fpen`],
    ['a line feed within', (port) => `http://127.0.0.1:${port}/op\nen/../closed`],
    ['a fragment', (port) => `http://127.0.0.1:${port}/open#/closed`],
    ['another name of the host', (port) => `http://localhost:${port}/open`],
    ['a final dot on the host', (port) => `http://127.0.0.1.:${port}/closed`],
    ['the host as one number', (port) => `http://2130706433:${port}/closed`],
    ['the host in hexadecimal', (port) => `http://0x7f.1:${port}/closed`],
    ['the host in other digits', (port) => `http://①②⑦.⓪.⓪.①:${port}/closed`],
    ['the host over IPv6', (port) => `http://[::ffff:127.0.0.1]:${port}/open`],
    ['no host', () => 'http:///open'],
    ['a relative address', () => '/open'],
    ['another scheme', () => 'file:///etc/hostname'],
    ['data', () => 'data:text/plain,open'],
  ];

  const ONLY_OPEN = `permit(principal, action, resource) unless { resource is Http };
    permit(principal, action, resource is Http) when { resource.host == "127.0.0.1" && resource.path == "/open" };`;

  test('is let through where policy knows it', async () => {
    const path = await world.object('plain', { 1: propose.http(post('open')), '*': propose.finish() });
    const done = await under(ONLY_OPEN).run(path);
    expect([done.outcomes[0]?.body.class, server.ledger('open').seen.length]).toEqual(['success', 1]);
  });

  test.each(TRICKS)('is what policy decided on: %s', async (name, urlFor) => {
    const { port } = new URL(server.url);
    const before = server.ledger('closed').seen.length + server.ledger('open').seen.length;
    const request = { method: 'POST', url: urlFor(port), body: '{}' };
    const path = await world.object(`trick-${name.replaceAll(' ', '-')}`, {
      1: { calls: [['http.send', request]], ...Object(propose.http(request)) },
      '*': propose.finish(),
    });
    const done = await under(ONLY_OPEN).run(path);
    expect(server.ledger('closed').seen.length + server.ledger('open').seen.length).toBe(before);
    expect(done.outcomes[0]?.body.class).toBe('refusal');
  });

  test.each([
    ['host', 'evil.example'],
    ['Idempotency-Key', 'k'],
    ['content-length', '0'],
    ['x', 'a\r\ny: b'],
    ['a b', 'c'],
  ])("carries no header that is the host's, or that breaks the message: %s", async (header, value) => {
    const run = `header-${header.replace(' ', '-')}`;
    const path = await world.object(run, report([['http.send', { ...post(run), headers: [{ name: header, value }] }]]));
    await world.node().run(path);
    expect(answersIn(await entriesOf(path))).toEqual([{ error: 'invalid' }]);
    expect(server.ledger(run).seen).toEqual([]);
  });
});
