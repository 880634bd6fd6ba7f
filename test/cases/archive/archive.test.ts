/**
 * The life of an object that is archived between two tasks, from the command line: what the first task came to is there for the
 * second (R24), on another node, with the archive elsewhere; the proof of one entry convinces somebody who has neither.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildSteps, createDesk, makeObject } from '../../cli/run-cli.ts';
import type { Desk } from '../../cli/run-cli.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await createDesk();
  await buildSteps(desk);
}, 240_000);
afterAll(() => desk.close());

test('what one task came to is there for the next, without its history', { timeout: 240_000 }, async () => {
  const { path, steps } = { path: 'life', steps: ['--policy', 'all', '--key', 'a.pem'] };
  await makeObject(desk, path, { step: 'sleep' });
  const ok = async (...args: readonly string[]) => {
    const { code, json } = await desk.json(...args);
    expect({ args, code, json }).toMatchObject({ code: 0 });
    return json;
  };
  await ok('run', path, '--once', ...steps);
  await ok('signal', path, 'go', '{"by":"controlling"}', '--key', 'a.pem', '--id', 'k1');
  const before = await ok('show', path);
  const done = await ok('archive', path, '--to', 'life.1', '--key', 'a.pem', '--receipt', 'life.receipt');
  expect(done).toMatchObject({ first: 0, seq: before.seq + 1 });
  const after = await ok('show', path);
  expect(after).toMatchObject({ carried: { seq: done.seq, signed: true }, id: before.id, checkpoint: done.seq });
  expect([after.values, after.signals, after.spent]).toEqual([before.values, before.signals, before.spent]);
  await ok('archive', path, '--prove', '3', '--from', 'life.1', '--to', 'entry.proof');
  mkdirSync(desk.path('elsewhere'));
  renameSync(desk.path('life.1'), desk.path('elsewhere/life.1'));
  expect(await ok('verify', path, '--proof', 'entry.proof')).toMatchObject({ proven: before.entries[2] });
  expect(await ok('verify', path, '--head', 'life.receipt')).toMatchObject({ carried: { seq: done.seq } });
  const lost = await desk.json('show', path, '--at', '3');
  expect(lost).toMatchObject({ code: 2, json: { error: { code: 'usage' } } });
  await ok('run', path, ...steps);
  const whole = await ok('verify', path, '--archive', 'elsewhere/life.1', '--replay');
  expect(whole).toMatchObject({ ok: true, carried: null });
});
