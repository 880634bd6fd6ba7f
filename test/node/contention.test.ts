/**
 * One holder at a time: of two processes that want one object, one is told that it is busy; signals that many processes deliver at once
 * are all there, and none that was acknowledged is lost when a process dies.
 */
import { dirname, join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { hex } from '../../host/json.ts';
import { generateKey } from '../../host/node/native.ts';
import { runChild } from './children.ts';
import type { ChildEnd } from './children.ts';
import { crash, expectWhole, makeObject, ofKind, survey } from './wreck.ts';
import type { Yard } from './wreck.ts';
import { startEffectServer } from './effect-server.ts';
import { createWorld, propose, START } from './world.ts';

/** Much work on a machine that may be busy. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
let yard: Yard;

beforeAll(async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  yard = { world, server };
});

afterAll(async () => {
  await Promise.all([yard.world.close(), yard.server.close()]);
});

function acknowledged({ lines }: ChildEnd): readonly { readonly signal: string; readonly seq: number }[] {
  return lines.filter((line) => 'signal' in line);
}

function deliver(path: string, names: readonly string[], dieAfter: number | null = null): Promise<ChildEnd> {
  return runChild({ path, key: generateKey().privatePem, time: START, job: 'signal', names, dieAfter });
}

test('while one process runs an object, another is told that it is busy, and nothing is lost', async () => {
  const path = await makeObject(yard, 'busy');
  const held = yard.server.hold('/busy/exec');
  const first = crash(yard, path, null);
  await held.arrived;
  const second = await crash(yard, path, null);
  expect(second.lines).toEqual([{ error: 'store.busy', message: expect.stringContaining('found one; try again') }]);
  await expect(yard.world.node().run(path)).rejects.toMatchObject({ code: 'store.busy' });
  await expect(yard.world.node().signal(path, 'late', null)).rejects.toMatchObject({ code: 'store.busy' });
  expect((await yard.world.node().verify(path)).ok).toBe(true);
  held.release();
  const end = await first;
  expect([end.code, end.stderr]).toEqual([0, '']);
  const entries = await expectWhole(yard, await survey(yard, 'busy', path, end), path, yard.world.node());
  expect(ofKind(entries, 'recover')).toEqual([]);
});

test('two processes that start at once never both hold the object; together they bring it to its end', async () => {
  const path = await makeObject(yard, 'race');
  const ends = await Promise.all([crash(yard, path, null), crash(yard, path, null)]);
  expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  const lasts = ends.map(({ lines }) => lines.at(-1));
  expect(lasts).toContainEqual({ status: 'terminated' });
  for (const last of lasts)
    expect(last).toEqual(
      expect.toBeOneOf([{ status: 'terminated' }, { error: 'store.busy', message: expect.anything() }]),
    );
  await expectWhole(yard, await survey(yard, 'race', path, ends[0]), path, yard.world.node());
});

test('signals of several processes at once are all there, each once, in the order of their acknowledged places', async () => {
  const path = await yard.world.object('signals/object', { 1: propose.sleep([{ tag: 'signal', val: 'never' }]) });
  writeFileSync(join(dirname(path), 'scripted.wasm'), yard.world.handler);
  await yard.world.node().run(path);
  const names = (process: number) => Array.from({ length: 12 }, (_, n) => `p${process}-${n}`);
  const ends = await Promise.all([
    deliver(path, names(0)),
    deliver(path, names(1)),
    deliver(path, names(2), 5),
    deliver(path, names(0)),
  ]);
  expect(ends.map(({ code, signal, stderr }) => [code, signal, stderr])).toEqual([
    [0, null, ''],
    [0, null, ''],
    [null, 'SIGKILL', ''],
    [0, null, ''],
  ]);
  expect(ends.flatMap(({ lines }) => lines.filter((line) => 'error' in line))).toEqual([]);
  const { entries, unsealed } = await yard.world.node().show(path);
  const found = new Map(ofKind(entries, 'signal').map(({ seq, body }) => [body.name, seq]));
  const wanted = [...names(0), ...names(1), ...names(2).slice(0, 5)];
  expect([...found.keys()].toSorted()).toEqual(wanted.toSorted());
  expect(ofKind(entries, 'signal')).toHaveLength(wanted.length);
  for (const { signal, seq } of ends.flatMap(acknowledged)) expect([signal, found.get(signal)]).toEqual([signal, seq]);
  expect(unsealed).toBe(0);
  expect(await yard.world.node().verify(path)).toMatchObject({ ok: true, signed: true });
  const senders = new Set(ofKind(entries, 'signal').map(({ node }) => hex(node)));
  expect(senders.size).toBeGreaterThanOrEqual(3);
});

test('a process that dies in the middle of an append of a signal leaves none of it, and the others go on', async () => {
  const path = await yard.world.object('torn-signal/object', { 1: propose.sleep([{ tag: 'signal', val: 'never' }]) });
  await yard.world.node().run(path);
  const before = await yard.world.node().show(path);
  const end = await runChild({
    path,
    key: generateKey().privatePem,
    time: START,
    job: 'signal',
    names: ['lost'],
    dieAfter: null,
    tearAfter: 100,
  });
  expect([end.signal, acknowledged(end)]).toEqual(['SIGKILL', []]);
  const after = await yard.world.node().signal(path, 'kept', { n: 1 });
  expect(after.seq).toBe(before.state.seq + 1);
  const { entries } = await yard.world.node().show(path);
  expect(ofKind(entries, 'signal').map(({ body }) => body.name)).toEqual(['kept']);
});
