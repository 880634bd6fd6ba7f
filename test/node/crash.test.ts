/**
 * A host that is killed at any point of a cycle loses nothing that was sealed and repeats nothing that was done (R15, R48). The
 * processes are real and die of SIGKILL; the server counts what came in.
 */
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hex } from '../../host/json.ts';
import { generateKey, nativeHash } from '../../host/node/native.ts';
import type { Host } from '../../host/node/host.ts';
import type { Entry } from '../../host/object/model.ts';
import { nodeIdOf } from '../../host/object/seal.ts';
import type { ChildLine } from './crash-child.ts';
import { startEffectServer } from './effect-server.ts';
import { copyWreck, countSeals, crash, DELEGATION_CYCLE, expectWhole, finish, makeObject, objectsIn, ofKind, POINTS, pointsOf, sent, wreck } from './wreck.ts';
import type { Wreck, Yard } from './wreck.ts';
import { createWorld } from './world.ts';

/** Two processes at a time on a machine that may be busy. */
const TIMEOUT_MS = 180_000;
let yard: Yard;

beforeAll(async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  yard = { world, server };
});

afterAll(async () => {
  await Promise.all([yard.world.close(), yard.server.close()]);
});

function sameNode(): Host {
  return yard.world.node();
}

function otherNode(): Host {
  return yard.world.node({ signer: generateKey().signer });
}

/** True where something may have left the node since the last seal, as the points that were passed tell it. */
function mayHaveLeft(lines: readonly ChildLine[]): boolean {
  const points = pointsOf(lines);
  const open = points.slice(points.findLastIndex(({ point }) => point === 'sealed') + 1);
  const calls = open.filter(({ point }) => point === 'call-recorded').length;
  const cycle = points.at(-1)?.cycle ?? 0;
  if (cycle === DELEGATION_CYCLE) return open.some(({ point }) => point === 'applied');
  // the first call of the first cycle and that of the last touch the object's own state only
  if (cycle === 1) return calls > 1;
  return cycle < DELEGATION_CYCLE && calls > 0;
}

/** What the guest, or the outcome, was told of the two requests that must not be repeated. */
function answersToNever(entries: readonly Entry[]): { readonly [name: string]: string | null } {
  const calls = ofKind(entries, 'call').filter(({ body }) => body.request['repetition'] === 'never');
  return Object.fromEntries(
    calls.map(({ seq, body }) => [basename(String(body.request['url'])), ofKind(entries, 'result').find((result) => result.body.call === seq)?.body.error ?? null]),
  );
}

/** Entries behind a call stay in the buffer until the next effect or seal: such a request was under way when the process died. */
function underWay({ end }: Wreck): readonly string[] {
  const points = pointsOf(end.lines);
  const { cycle } = points.at(-1) ?? { cycle: 0 };
  const calls = points.filter((point) => point.cycle === cycle && point.point === 'call-recorded').length;
  if (points.at(-1)?.point === 'sealed') return [];
  if (cycle === 1 && calls === 3) return ['guest-never'];
  return cycle === 3 && calls === 1 ? ['exec-never'] : [];
}

test('a run that nothing interrupts passes the points that the tests below kill it at', async () => {
  const path = await makeObject(yard, 'whole');
  const end = await crash(yard, path, null);
  expect([end.stderr, end.code]).toEqual(['', 0]);
  expect(pointsOf(end.lines)).toEqual(POINTS);
  const { seen } = yard.server.ledger('whole');
  expect(seen.map((request) => [basename(request.path), request.key !== null])).toEqual([
    ['guest-1', true],
    ['guest-never', false],
    ['guest-2', true],
    ['exec', true],
    ['exec-never', false],
  ]);
  const { entries, state } = await sameNode().show(path);
  expect(state.status).toBe('terminated');
  expect(ofKind(entries, 'recover')).toEqual([]);
  expect(answersToNever(entries)).toEqual({ 'guest-never': null, 'exec-never': null });
});

describe.concurrent('a process killed at a point', { timeout: TIMEOUT_MS }, () => {
  const cases = POINTS.map(({ cycle, point }, n) => [n, cycle, point] as const);

  test.each(cases)('%i, cycle %i, %s, leaves an object that any node goes on with', async (n) => {
    const found = await wreck(yard, `kill-${n}`, { at: 'point', n });
    const points = pointsOf(found.end.lines);
    expect(points).toEqual(POINTS.slice(0, n + 1));
    expect(await countSeals(found)).toBe(1 + points.filter(({ point }) => point === 'sealed').length);
    const lost = hex(nodeIdOf(yard.world.creator.signer.publicKey, nativeHash));
    const unknown = underWay(found);
    for (const [copy, host] of [['same', sameNode()], ['other', otherNode()]] as const) {
      const path = copyWreck(yard, found, copy);
      await finish(host, path);
      const entries = await expectWhole(yard, found, path, host);
      expect(objectsIn(dirname(path))).toHaveLength(2);
      const recovers = ofKind(entries, 'recover').map(({ body, node }) => [hex(body.lost), hex(node)]);
      expect(recovers).toEqual(mayHaveLeft(found.end.lines) ? [[lost, host.node]] : []);
      const { seen } = yard.server.ledger(found.run);
      for (const [name, answer] of Object.entries(answersToNever(entries))) {
        expect(answer).toBe(unknown.includes(name) ? 'unknown' : null);
        if (!unknown.includes(name)) expect(sent(seen, name)).toBe(1);
      }
    }
  });
});

describe.concurrent('a process killed while it makes a child', { timeout: TIMEOUT_MS }, () => {
  test.each(['before-create', 'after-create'] as const)('%s, and run again by its node: the child is there once', async (at) => {
    const found = await wreck(yard, `child-${at}`, { at });
    expect(objectsIn(dirname(found.path))).toHaveLength(at === 'after-create' ? 2 : 1);
    const path = copyWreck(yard, found, 'same');
    await finish(sameNode(), path);
    await expectWhole(yard, found, path, sameNode());
    expect(objectsIn(dirname(path))).toHaveLength(2);
  });

  test('before its file is there, and taken over by another node: the loss is recorded, and there is no child', async () => {
    const found = await wreck(yard, 'child-lost', { at: 'before-create' });
    const [host, path] = [otherNode(), copyWreck(yard, found, 'other')];
    await finish(host, path);
    const entries = await expectWhole(yard, found, path, host);
    expect(objectsIn(dirname(path))).toEqual([basename(path)]);
    expect(ofKind(entries, 'outcome')[DELEGATION_CYCLE - 1]?.body).toMatchObject({ class: 'node-loss', action: 'delegation', reason: 'child-lost' });
  });
});
