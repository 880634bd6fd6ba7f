/**
 * Who allows what (R31 to R39), on whole objects: what policy does not allow does not happen, and the object says why. A real server
 * counts what leaves.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hex } from '../../host/json.ts';
import type { Host } from '../../host/node/host.ts';
import type { Entry } from '../../host/object/model.ts';
import type { PolicySet } from '../../host/policy/model.ts';
import type { Value } from '../../host/value.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { answersIn, ofKind } from './wreck.ts';
import { createWorld, DAY, PERMIT_ALL, policySet, propose, START } from './world.ts';
import type { World } from './world.ts';

const EVALUATE = 'permit(principal, action == Action::"evaluate", resource);';
let world: World;
let server: EffectServer;

beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
});

beforeEach(() => {
  world.time = START;
});

afterAll(async () => {
  await Promise.all([world.close(), server.close()]);
});

function under(cedar: string, extra?: { readonly [file: string]: string }): Host {
  return world.node({ policy: policySet(cedar, extra) });
}

function post(path: string, more: { readonly [field: string]: Value } = {}) {
  return { method: 'POST', url: `${server.url}/${path}`, body: '{}', ...more };
}

function arrived(run: string): number {
  return server.ledger(run).seen.length;
}

async function entriesOf(path: string): Promise<readonly Entry[]> {
  return (await world.node().show(path)).entries;
}

describe('without a permit', () => {
  test('a node that has no policy does nothing, and records why, once', async () => {
    const path = await world.object('none', { '*': propose.http(post('none')) });
    const first = await world.node({ policy: null }).run(path);
    expect(first).toMatchObject({
      status: 'blocked',
      outcomes: [{ body: { class: 'refusal', action: null, reason: 'policy-missing' } }],
    });
    const bytes = readFileSync(path);
    for (let i = 0; i < 5; i++)
      expect(await world.node({ policy: null }).run(path)).toMatchObject({
        status: 'blocked',
        message: 'policy-missing',
        outcomes: [],
      });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect([ofKind(await entriesOf(path), 'open').length, arrived('none')]).toEqual([0, 0]);
    expect((await world.node().run(path, { once: true })).outcomes[0]?.body.class).toBe('success');
  });

  test.each([
    ['denies all', 'forbid(principal, action, resource);', 'node:policy.cedar:1'],
    ['has no permit', '', 'no-permit'],
    [
      'forbids this node',
      `${PERMIT_ALL} @id("not-here") forbid(principal, action == Action::"evaluate", resource);`,
      'node:not-here',
    ],
    [
      'permits all but evaluation',
      'permit(principal, action, resource) unless { action == Action::"evaluate" };',
      'no-permit',
    ],
  ])('a policy that %s leaves the object as it is, and the run says why', async (name, cedar, why) => {
    const path = await world.object(`deny-${name.replaceAll(' ', '-')}`, { '*': propose.http(post('deny')) });
    const bytes = readFileSync(path);
    const report = await under(cedar).run(path);
    expect(report).toMatchObject({
      status: 'refused',
      outcomes: [],
      receipt: null,
      message: expect.stringContaining(`(${why})`),
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(arrived('deny')).toBe(0);
  });

  test('evaluation alone lets the handler run and nothing else: each call is denied, and recorded with who decided', async () => {
    const policy = policySet(`${EVALUATE} @id("no-keys") forbid(principal, action == Action::"kv.set", resource);`);
    const calls: Value = [
      ['kv.set', { key: 'a', value: 1 }],
      ['http.send', post('evaluate')],
      ['clock.now'],
      ['tools.call', { name: 'x', input: 1 }],
    ];
    const path = await world.object('evaluate', {
      '*': { calls, report: true, propose: { tag: 'termination', val: { achieved: true } } },
    });
    const report = await world.node({ policy }).run(path);
    expect(report.outcomes[0]?.body).toMatchObject({ class: 'refusal', action: 'termination', reason: 'no-permit' });
    const entries = await entriesOf(path);
    const recorded = ofKind(entries, 'call')
      .slice(0, 4)
      .map(({ body, policy: digest }) => [
        body.operation,
        body.verdict.verdict,
        body.verdict.policies,
        body.verdict.reason,
        hex(digest ?? new Uint8Array()),
      ]);
    const digest = hex(policy.digest);
    expect(recorded).toEqual([
      ['kv.set', 'reject', ['node:no-keys'], null, digest],
      ['http.send', 'reject', [], 'no-permit', digest],
      ['clock.now', 'reject', [], 'no-permit', digest],
      ['tools.call', 'reject', [], 'no-permit', digest],
    ]);
    expect(answersIn(entries)).toEqual(Array.from({ length: 4 }, () => ({ error: 'denied' })));
    expect([arrived('evaluate'), report.state.values.size]).toEqual([0, 0]);
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test('full confidence moves nothing: source, confidence and verdict are recorded, and no request leaves (R37)', async () => {
    const path = await world.object('sure', {
      '*': { ...Object(propose.http(post('sure'))), confidence: 1, rationale: 'I am certain' },
    });
    const report = await under(
      `${PERMIT_ALL} @id("never") forbid(principal, action == Action::"execution", resource);`,
    ).run(path);
    expect(report.status).toBe('stalled');
    const entries = await entriesOf(path);
    const [proposal] = ofKind(entries, 'proposal');
    expect(proposal?.body).toMatchObject({
      source: 'handler',
      action: 'execution',
      confidence: 1,
      rationale: 'I am certain',
    });
    expect(ofKind(entries, 'verdict')[0]?.body).toMatchObject({
      proposal: proposal?.seq,
      action: 'execution',
      verdict: { verdict: 'reject', policies: ['node:never'] },
    });
    expect(ofKind(entries, 'outcome')[0]?.body).toMatchObject({ class: 'refusal', action: 'execution' });
    expect([arrived('sure'), ofKind(entries, 'call').length]).toEqual([0, 0]);
  });
});

describe('deferral', () => {
  const ASK = `${PERMIT_ALL} @id("ask") @verdict("defer") @wake("signal approval or after P2D")
    forbid(principal, action == Action::"execution", resource) unless { context.approvals.contains("approval") };`;

  test('puts the object to sleep until the signal, and then the same proposal is carried out', async () => {
    const path = await world.object('defer', {
      1: propose.http(post('defer')),
      4: propose.http(post('defer')),
      '*': propose.finish(),
    });
    const report = await under(ASK).run(path);
    expect(report).toMatchObject({
      status: 'dormant',
      wakesAt: START + 2 * DAY,
      outcomes: [{ body: { class: 'deferral', action: 'execution' } }],
    });
    expect(ofKind(await entriesOf(path), 'verdict')[0]?.body.verdict).toMatchObject({
      verdict: 'defer',
      policies: ['node:ask'],
    });
    expect(report.state.trust).toBe(1000);
    expect([(await under(ASK).run(path)).status, arrived('defer')]).toEqual(['dormant', 0]);
    await world.node().signal(path, 'approval', { by: 'Ada' });
    expect((await under(ASK).run(path)).status).toBe('terminated');
    expect(arrived('defer')).toBe(1);
  });

  test('wakes after its time, too, and asks again', async () => {
    const path = await world.object('defer-time', { '*': propose.http(post('defer-time')) });
    await under(ASK).run(path);
    world.time = START + 2 * DAY;
    const report = await under(ASK).run(path);
    expect(report.outcomes.map(({ body }) => [body.action, body.class])).toEqual([
      ['reentry', 'success'],
      ['execution', 'deferral'],
    ]);
    expect([report.status, report.wakesAt, arrived('defer-time')]).toEqual(['dormant', START + 4 * DAY, 0]);
  });
});

describe('two nodes with different policies', () => {
  test('lawfully choose differently for copies of one object, and each copy tells by what (R33)', async () => {
    const path = await world.object('differ', { 1: propose.http(post('differ')), '*': propose.finish() });
    const copy = world.path('differ-2');
    copyFileSync(path, copy);
    const [open, shut] = [
      policySet(PERMIT_ALL),
      policySet(`${PERMIT_ALL} @id("shut") forbid(principal, action == Action::"execution", resource);`),
    ];
    const run = async (name: string, policy: PolicySet) =>
      (await world.node({ policy }).run(name)).outcomes[0]?.body.class;
    expect([await run(path, open), await run(copy, shut)]).toEqual(['success', 'refusal']);
    const verdictOf = async (name: string) => ofKind(await entriesOf(name), 'verdict')[0];
    const [one, other] = [await verdictOf(path), await verdictOf(copy)];
    expect([one?.body.verdict.policies, other?.body.verdict.policies]).toEqual([
      ['node:policy.cedar:1'],
      ['node:shut'],
    ]);
    expect([hex(one?.policy ?? new Uint8Array()), hex(other?.policy ?? new Uint8Array())]).toEqual([
      hex(open.digest),
      hex(shut.digest),
    ]);
    expect(arrived('differ')).toBe(1);
    for (const name of [path, copy])
      expect(await world.node().verify(name, { replay: true })).toMatchObject({ ok: true });
  });
});

describe('scope', () => {
  test('that is narrower than policy rejects with that reason, guest calls and executions alike', async () => {
    const path = await world.object(
      'scope',
      {
        1: {
          calls: [
            ['http.send', post('scope')],
            ['kv.set', { key: 'a', value: 1 }],
          ],
          ...Object(propose.http(post('scope'))),
        },
        '*': propose.finish(),
      },
      { scope: { capabilities: ['kv.get', 'kv.set'], zones: [], depth: 0 } },
    );
    const report = await world.node().run(path);
    expect(report.outcomes[0]?.body).toMatchObject({ class: 'refusal', action: 'execution', reason: 'scope' });
    const entries = await entriesOf(path);
    expect(
      ofKind(entries, 'call').map(({ body }) => [body.operation, body.verdict.verdict, body.verdict.reason]),
    ).toEqual([
      ['http.send', 'reject', 'scope'],
      ['kv.set', 'permit', null],
    ]);
    expect([arrived('scope'), report.state.values.get('a')?.value]).toEqual([0, 1]);
  });

  test('that names zones keeps the object as it is on nodes of other zones', async () => {
    const path = await world.object(
      'zones',
      { '*': propose.finish() },
      { scope: { capabilities: ['*'], zones: ['eu-1'], depth: 0 } },
    );
    const bytes = readFileSync(path);
    for (const zone of ['us-1', '', 'eu'])
      expect(await world.node({ zone }).run(path)).toMatchObject({
        status: 'refused',
        message: expect.stringContaining('zone: expected one of eu-1'),
      });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect((await world.node({ zone: 'eu-1' }).run(path)).status).toBe('terminated');
  });
});
