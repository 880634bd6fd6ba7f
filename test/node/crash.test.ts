/**
 * A host that is killed at any point of a cycle loses nothing that was sealed and repeats nothing that was done (R15, R48). The
 * processes are real and die of SIGKILL; the server counts what came in. Points of cycles that only repeat what others show are in
 * crash.slow.ts.
 */
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEffectServer } from './effect-server.ts';
import { answersToNever, killAt, otherNode, sameNode } from './kill.ts';
import {
  copyWreck,
  crash,
  DELEGATION_CYCLE,
  expectWhole,
  finish,
  isTelling,
  makeObject,
  objectsIn,
  ofKind,
  POINTS,
  pointsOf,
  wreck,
} from './wreck.ts';
import type { Yard } from './wreck.ts';
import { createWorld } from './world.ts';

/** Several processes at a time on a machine that may be busy. */
const TIMEOUT_MS = 300_000;
let yard: Yard;

beforeAll(async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  yard = { world, server };
});

afterAll(async () => {
  await Promise.all([yard.world.close(), yard.server.close()]);
});

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
  const { entries, state } = await sameNode(yard).show(path);
  expect(state.status).toBe('terminated');
  expect(ofKind(entries, 'recover')).toEqual([]);
  expect(answersToNever(entries)).toEqual({ 'guest-never': null, 'exec-never': null });
});

describe.concurrent('a process killed at a point', { timeout: TIMEOUT_MS }, () => {
  const cases = POINTS.map(({ cycle, point }, n) => [n, cycle, point] as const).filter(([n]) => isTelling(n));

  test.each(cases)('%i, cycle %i, %s, leaves an object that any node goes on with', (n) => killAt(yard, n));
});

describe.concurrent('a process killed while it makes a child', { timeout: TIMEOUT_MS }, () => {
  test.each(['before-create', 'after-create'] as const)(
    '%s, and run again by its node: the child is there once',
    async (at) => {
      const found = await wreck(yard, `child-${at}`, { at });
      expect(objectsIn(dirname(found.path))).toHaveLength(at === 'after-create' ? 2 : 1);
      const path = copyWreck(yard, found, 'same');
      await finish(sameNode(yard), path);
      await expectWhole(yard, found, path, sameNode(yard));
      expect(objectsIn(dirname(path))).toHaveLength(2);
    },
  );

  test('before its file is there, and taken over by another node: the loss is recorded, and there is no child', async () => {
    const found = await wreck(yard, 'child-lost', { at: 'before-create' });
    const [host, path] = [otherNode(yard), copyWreck(yard, found, 'other')];
    await finish(host, path);
    const entries = await expectWhole(yard, found, path, host);
    expect(objectsIn(dirname(path))).toEqual([basename(path)]);
    expect(ofKind(entries, 'outcome')[DELEGATION_CYCLE - 1]?.body).toMatchObject({
      class: 'node-loss',
      action: 'delegation',
      reason: 'child-lost',
    });
  });
});
