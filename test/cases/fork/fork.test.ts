/**
 * A life with a fork, by the command line alone: an object is copied, both copies go on, each is refused against the receipt of the other,
 * compare says where they part, and one is followed.
 */
import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildSteps, createDesk, expectDone, makeObject } from '../../cli/run-cli.ts';
import type { Desk } from '../../cli/run-cli.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await createDesk();
  await buildSteps(desk);
}, 240_000);
afterAll(() => desk.close());

test('two copies go on by themselves', { timeout: 240_000 }, async () => {
  await makeObject(desk, 'a', { step: 'sleep' }, '--embed');
  const run = ['run', '--policy', 'all', '--key', 'a.pem'];
  await expectDone(desk.run(...run, 'a', '--receipt', 'slept.receipt'));
  copyFileSync(desk.path('a'), desk.path('b'));
  expect(await desk.json('compare', 'a', 'b')).toMatchObject({ code: 0, json: { relation: 'same', at: null } });

  await expectDone(desk.run('signal', 'a', 'go', '--key', 'a.pem', '--receipt', 'a.receipt'));
  const behind = await desk.json('compare', 'b', 'a');
  expect(behind).toMatchObject({
    code: 0,
    json: { relation: 'prefix', behind: 'a', b: { beyond: { entries: 2, cycles: 0 }, parted: { kind: 'signal' } } },
  });

  await expectDone(
    desk.run('signal', 'b', 'go', '--key', 'b.pem', '--head', 'slept.receipt', '--receipt', 'b.receipt'),
  );
  for (const [copy, head] of [
    ['a', 'b.receipt'],
    ['b', 'a.receipt'],
  ] as const) {
    const refused = await desk.json(...run, copy, '--head', head);
    expect(refused).toMatchObject({ code: 4, json: { error: { code: 'object.forked' } } });
  }

  const { code, json } = await desk.json('compare', 'a', 'b');
  expect(code).toBe(1);
  expect(json).toMatchObject({
    relation: 'fork',
    a: { parted: { kind: 'signal' } },
    b: { parted: { kind: 'signal' } },
  });
  expect(json.a.parted.seq).toBe(json.at);
  expect(json.a.seal.seq).toBe(json.at + 1);
  expect(json.a.seal.node).not.toBe(json.b.seal.node);
  const { stdout } = await desk.run('compare', 'a', 'b');
  expect(stdout).toMatch(new RegExp(`^fork: the two part at entry ${json.at}; both hold, each by itself\n`));

  const followed = await desk.run(...run, 'a', '--head', 'b.receipt', '--follow', 'node b was never asked');
  expect([followed.code, followed.stderr]).toEqual([0, '']);
  const { stdout: shown } = await desk.run('show', 'a');
  expect(shown).toMatch(/followed +this branch, though a fork is known/);
  expect(shown).toContain('node b was never asked');
  for (const copy of ['a', 'b']) await expectDone(desk.run('verify', copy, '--replay'));
});
