/**
 * The points that crash.test.ts leaves out. Then twice unlucky: a process that goes on after a crash dies, too, at any point; and a process dies in the middle of any of its writes.
 * As in crash.test.ts, nothing sealed is lost and no effect takes place twice.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKey } from '../../host/node/native.ts';
import { startEffectServer } from './effect-server.ts';
import { killAt } from './kill.ts';
import {
  copyWreck,
  crash,
  expectWhole,
  finish,
  isTelling,
  makeObject,
  ofKind,
  POINTS,
  pointsOf,
  survey,
  wreck,
} from './wreck.ts';
import type { Wreck, Yard } from './wreck.ts';
import { createWorld } from './world.ts';

let yard: Yard;

beforeAll(async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  yard = { world, server };
});

afterAll(async () => {
  await Promise.all([yard.world.close(), yard.server.close()]);
});

describe('a process killed at a point', () => {
  const cases = POINTS.map(({ cycle, point }, n) => [n, cycle, point] as const).filter(([n]) => !isTelling(n));

  test.each(cases)('%i, cycle %i, %s, leaves an object that any node goes on with', (n) => killAt(yard, n));
});

/** One point of each kind at which something may have left the node. */
const FIRST_DEATHS = ['call-recorded', 'performed', 'result-recorded', 'decided', 'applied', 'outcome-recorded'].map(
  (name) => POINTS.findLastIndex(({ point, cycle }) => point === name && cycle <= 3),
);
const SECOND_DEATHS = Array.from({ length: 10 }, (_, n) => n);

describe.each(FIRST_DEATHS)('a process killed at point %i', (first) => {
  test.each(SECOND_DEATHS)('and its successor at its point %i', async (second) => {
    const run = `twice-${first}-${second}`;
    const found = await wreck(yard, run, { at: 'point', n: first });
    const end = await crash(yard, found.path, { at: 'point', n: second });
    expect([end.stderr, end.signal, pointsOf(end.lines).length]).toEqual(['', 'SIGKILL', second + 1]);
    const again = await survey(yard, run, found.path, end);
    expect(again.bytes.subarray(0, found.sealEnd).equals(found.bytes.subarray(0, found.sealEnd))).toBe(true);
    const host = yard.world.node({ signer: generateKey().signer });
    const path = copyWreck(yard, again, 'other');
    await finish(host, path);
    const entries = await expectWhole(yard, again, path, host);
    expect(ofKind(entries, 'recover').length).toBeLessThanOrEqual(2);
  });
});

test.each([0.01, 0.5, 0.99])('killed in the middle of any write, with a share of %f on the disk', async (share) => {
  for (let n = 0; ; n++) {
    const run = `torn-${share}-${n}`;
    const found = await wreckOrEnd(run, n, share);
    if (found === null) {
      // three requests of a cycle, two executions, a child, and seven seals
      expect(n).toBeGreaterThanOrEqual(13);
      return;
    }
    const path = copyWreck(yard, found, 'same');
    await finish(yard.world.node(), path);
    await expectWhole(yard, found, path, yard.world.node());
  }
});

/** Null where the process came to its end before its n-th write. */
async function wreckOrEnd(run: string, n: number, share: number): Promise<Wreck | null> {
  const path = await makeObject(yard, run);
  const end = await crash(yard, path, { at: 'append', n, share });
  expect(end.stderr).toBe('');
  return end.signal === null ? null : survey(yard, run, path, end);
}
