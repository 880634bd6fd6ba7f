/**
 * Policy sets that travel with an object narrow what the node allows and never widen it; one that can't be used lets nothing happen,
 * and that is recorded once and not for ever (R35, R38).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hex } from '../../host/json.ts';
import type { Host } from '../../host/node/host.ts';
import { encodePolicySet, POLICY_MEDIA } from '../../host/policy/encode.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { rawObject } from './raw-object.ts';
import { ofKind } from './wreck.ts';
import { createWorld, DAY, PERMIT_ALL, policyFiles, policySet, propose, START } from './world.ts';
import type { World } from './world.ts';

const NARROW = `${PERMIT_ALL} @id("no-calls") forbid(principal, action == Action::"http.send", resource); @id("no-request") forbid(principal, action == Action::"execution", resource is Http);`;
const EXPIRES = { 'set.json': '{"name":"test","expires":"2026-01-02T00:00:00Z"}' };
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

function encoded(cedar: string, extra?: { readonly [file: string]: string }): Uint8Array {
  return encodePolicySet(policyFiles(cedar, extra));
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function scriptFor(run: string) {
  const request = { method: 'POST', url: `${server.url}/${run}`, body: '{}' };
  return { 1: { calls: [['http.send', request]], ...Object(propose.http(request)) }, '*': propose.finish() };
}

async function carrying(run: string, ...policies: readonly Uint8Array[]): Promise<string> {
  return world.object(run, scriptFor(run), { policies });
}

function arrived(run: string): number {
  return server.ledger(run).seen.length;
}

describe('a carried set', () => {
  test('that is narrower than the node rejects, and is named as carried', async () => {
    const path = await carrying('narrower', encoded(NARROW));
    const done = await world.node().run(path);
    const { entries } = await world.node().show(path);
    expect(ofKind(entries, 'call')[0]?.body.verdict).toMatchObject({
      verdict: 'reject',
      policies: ['carried:no-calls'],
    });
    expect(ofKind(entries, 'verdict')[0]?.body.verdict).toMatchObject({
      verdict: 'reject',
      policies: ['carried:no-request'],
    });
    expect([done.outcomes[0]?.body.class, arrived('narrower')]).toEqual(['refusal', 0]);
  });

  test('that permits everything does not widen what the node forbids', async () => {
    const path = await carrying('wider', encoded(PERMIT_ALL));
    await world.node({ policy: policySet(NARROW) }).run(path);
    const { entries } = await world.node().show(path);
    expect(ofKind(entries, 'call')[0]?.body.verdict).toMatchObject({ verdict: 'reject', policies: ['node:no-calls'] });
    expect(arrived('wider')).toBe(0);
    expect(
      await world.node({ policy: policySet('') }).run(await carrying('wider-2', encoded(PERMIT_ALL))),
    ).toMatchObject({ status: 'refused' });
  });

  test('adds its constraints to those of the node: the strictest of each applies', async () => {
    const set = (constraint: string) =>
      `permit(principal, action, resource) unless { resource is Http }; @id("c") @constrain("${constraint}") permit(principal, action, resource is Http);`;
    const path = await carrying('both', encoded(set('max-response-bytes=3 timeout-ms=90000')));
    await world.node({ policy: policySet(set('max-response-bytes=500 timeout-ms=5000')) }).run(path);
    const { entries } = await world.node().show(path);
    expect(ofKind(entries, 'call')[0]?.body.verdict).toMatchObject({
      verdict: 'constrain',
      policies: ['carried:c', 'node:c'],
      constraints: { 'max-response-bytes': 3, 'timeout-ms': 5000 },
    });
    expect(ofKind(entries, 'result').map(({ body }) => body.error)).toEqual(['limit', 'limit']);
  });

  test('has no say in where the object may run', async () => {
    const path = await carrying(
      'where',
      encoded(`${PERMIT_ALL} forbid(principal, action == Action::"evaluate", resource);`),
    );
    expect((await world.node().run(path)).outcomes[0]?.body.class).toBe('success');
  });

  test('travels on to the children, and narrows them, too', async () => {
    const child = {
      name: 'part',
      task: 'scripted',
      goal: 'A part',
      input: scriptFor('grandchild'),
      capabilities: ['*'],
      zones: [],
      budgets: [],
    };
    const path = await world.object(
      'bearer',
      { 1: { propose: { tag: 'delegation', val: child } }, '*': propose.finish() },
      { policies: [encoded(NARROW)] },
    );
    const done = await world.node().run(path);
    const part = `${world.folder}/${done.state.children.get('part')?.id}.sojourn`;
    expect((await world.node().run(part)).outcomes[0]?.body.class).toBe('refusal');
    const { entries } = await world.node().show(part);
    expect(ofKind(entries, 'call')[0]?.body.verdict.policies).toEqual(['carried:no-calls']);
    expect(arrived('grandchild')).toBe(0);
  });
});

/** Running again and again records the refusal once and leaves the object as it then is. */
async function expectRejectedOnce(host: Host, path: string, reason: string): Promise<void> {
  const first = await host.run(path);
  expect(first).toMatchObject({
    status: 'blocked',
    outcomes: [{ body: { class: 'refusal', action: null, reason, fuel: 0, calls: 0 } }],
  });
  const bytes = readFileSync(path);
  for (let i = 0; i < 20; i++)
    expect(await host.run(path)).toMatchObject({ status: 'blocked', message: reason, outcomes: [] });
  expect(readFileSync(path).equals(bytes)).toBe(true);
  const { entries } = await host.show(path);
  expect(ofKind(entries, 'open')).toEqual([]);
  expect(await host.verify(path, { replay: true })).toMatchObject({ ok: true });
}

describe('a set that cannot be used', () => {
  test('because the object names it and does not hold it', async () => {
    const digest = sha256(encoded(PERMIT_ALL));
    await expectRejectedOnce(
      world.node(),
      rawObject(world, 'missing', scriptFor('missing'), { policies: [digest] }),
      'policy-missing',
    );
    expect(arrived('missing')).toBe(0);
  });

  test.each([
    ['bytes that are no set', new TextEncoder().encode('permit everything, please')],
    [
      'a set that does not load',
      encodePolicySet(policyFiles('permit(principal, action == Action::"everything", resource);')),
    ],
    [
      'a set with an annotation that nobody enforces',
      encodePolicySet(policyFiles('@sandbox("strict") permit(principal, action, resource);')),
    ],
  ])('because it holds %s', async (name, bytes) => {
    const run = name.replaceAll(' ', '-');
    const path = rawObject(world, run, scriptFor(run), {
      policies: [sha256(bytes)],
      blobs: [{ media: POLICY_MEDIA, bytes }],
    });
    await expectRejectedOnce(world.node(), path, 'policy-malformed');
    expect(arrived(run)).toBe(0);
  });

  test('because the node revokes it; a node that does not goes on', async () => {
    const bytes = encoded(PERMIT_ALL);
    const path = await carrying('revoked', bytes);
    const revoking = policySet(PERMIT_ALL, {
      'set.json': JSON.stringify({ name: 'test', revoked: [hex(sha256(bytes))] }),
    });
    await expectRejectedOnce(world.node({ policy: revoking }), path, 'policy-revoked');
    expect((await world.node().run(path)).status).toBe('terminated');
  });

  test("because the node's own has expired; before that instant it can", async () => {
    const host = world.node({ policy: policySet(PERMIT_ALL, EXPIRES) });
    world.time = START + DAY;
    const path = await carrying('expired');
    await expectRejectedOnce(host, path, 'policy-expired');
    expect(arrived('expired')).toBe(0);
    world.time = START + DAY - 1;
    expect((await host.run(path)).status).toBe('terminated');
  });

  test('because the carried one has expired', async () => {
    const path = await carrying('expired-carried', encoded(PERMIT_ALL, EXPIRES));
    world.time = START + DAY;
    await expectRejectedOnce(world.node(), path, 'policy-expired');
  });

  test('while the object sleeps: the refused reentry is recorded a bounded number of times, and it sleeps on', async () => {
    const path = await world.object('expired-asleep', {
      1: propose.sleep([{ tag: 'elapsed', val: DAY }]),
      '*': propose.finish(),
    });
    const host = world.node({ policy: policySet(PERMIT_ALL, EXPIRES) });
    await host.run(path);
    world.time = START + 2 * DAY;
    for (let i = 0; i < 10; i++) expect((await host.run(path)).status).toBe('dormant');
    const { entries } = await host.show(path);
    const verdicts = ofKind(entries, 'verdict').filter(({ body }) => body.action === 'reentry');
    expect(verdicts.map(({ body }) => body.verdict.reason)).toEqual(Array.from({ length: 4 }, () => 'policy-expired'));
    expect((await world.node().run(path)).status).toBe('terminated');
  });
});
