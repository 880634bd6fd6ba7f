/**
 * A disk that is full in the middle of a run: the caller is told `store.full`, nothing leaves the node that could not be recorded
 * first, nothing sealed is lost, and the object runs on when there is room. The bound is the system's own, on the size of a file.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { generateKey } from '../../host/node/native.ts';
import { runChild } from './children.ts';
import { startEffectServer } from './effect-server.ts';
import { copyWreck, crash, expectWhole, finish, makeObject, ofKind, survey } from './wreck.ts';
import type { Yard } from './wreck.ts';
import { createWorld, propose, START } from './world.ts';

vi.setConfig({ testTimeout: 300_000 });
/** What `ulimit -f` counts in. */
const BLOCK_BYTES = 512;
let yard: Yard;

beforeAll(async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  yard = { world, server };
});

afterAll(async () => {
  await Promise.all([yard.world.close(), yard.server.close()]);
});

test('a run for which there is too little room stops there, and goes on from there when there is room', async () => {
  const whole = await makeObject(yard, 'whole');
  const before = readFileSync(whole).length;
  await crash(yard, whole, null);
  const grown = readFileSync(whole).length - before;
  let full = 0;
  for (let room = BLOCK_BYTES; room < grown + 2 * BLOCK_BYTES; room += 3 * BLOCK_BYTES) {
    const run = `room-${room}`;
    const path = await makeObject(yard, run);
    const fileBlocks = Math.floor((readFileSync(path).length + room) / BLOCK_BYTES);
    const end = await runChild(
      { path, key: yard.world.creator.privatePem, time: START, job: 'run', death: null },
      { fileBlocks },
    );
    expect([end.code, end.stderr]).toEqual([0, '']);
    const last = end.lines.at(-1);
    expect(last).toEqual(
      expect.toBeOneOf([
        { status: 'terminated' },
        { error: 'store.full', message: expect.stringContaining('make room and try again') },
      ]),
    );
    if (last !== undefined && 'error' in last) full++;
    const found = await survey(yard, run, path, end);
    await expectRecordedFirst(run, path);
    const copy = copyWreck(yard, found, 'room');
    await finish(yard.world.node(), copy);
    await expectWhole(yard, found, copy, yard.world.node());
  }
  expect(full).toBeGreaterThan(2);
});

/** Every request that came in has its call in the object. */
async function expectRecordedFirst(run: string, path: string): Promise<void> {
  const { entries } = await yard.world.node().show(path);
  const urls = ofKind(entries, 'call').map(({ body }) => String(body.request['url']));
  for (const { path: sent } of yard.server.ledger(run).seen) expect(urls).toContain(`${yard.server.url}${sent}`);
}

test('a signal for which there is no room is refused, and the object is as it was', async () => {
  const path = await yard.world.object('signal', {
    1: propose.sleep([{ tag: 'signal', val: 'go' }]),
    '*': propose.finish(),
  });
  await yard.world.node().run(path);
  const bytes = readFileSync(path);
  const fileBlocks = Math.ceil(bytes.length / BLOCK_BYTES);
  const order = {
    path,
    key: generateKey().privatePem,
    time: START,
    job: 'signal',
    names: ['x'.repeat(60), 'go'],
    dieAfter: null,
  } as const;
  const end = await runChild(order, { fileBlocks });
  expect(end.lines.at(-1)).toMatchObject({ error: 'store.full' });
  const { entries, unsealed } = await yard.world.node().show(path);
  const kept = end.lines.filter((line) => 'signal' in line).length;
  expect([ofKind(entries, 'signal').length, unsealed]).toEqual([kept, 0]);
  expect(readFileSync(path).subarray(0, bytes.length).equals(bytes)).toBe(true);
  await yard.world.node().signal(path, 'go', null, { key: 'go' });
  expect((await yard.world.node().run(path)).status).toBe('terminated');
});
