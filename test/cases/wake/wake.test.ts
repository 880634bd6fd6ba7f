/** A folder of sleepers as its users have it: looked at, woken by a signal and by time, by two nodes, with a broken file among them. */
import { mkdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildSteps, createDesk, expectDone, makeObject } from '../../cli/run-cli.ts';
import type { Desk } from '../../cli/run-cli.ts';

let desk: Desk;
const DAY = 86_400_000;
const HOUR = 3_600_000;
/** The other node's clock is an hour behind. */
const inDays = (days: number): string => new Date(Date.now() + days * DAY - HOUR).toISOString();

beforeAll(async () => {
  desk = await createDesk();
  mkdirSync(desk.path('objects'));
  await buildSteps(desk);
  for (const name of ['order', 'invoice']) {
    await makeObject(desk, `objects/${name}.sojourn`, { step: 'sleep' }, '--embed');
    await expectDone(desk.run('run', `objects/${name}.sojourn`, '--policy', 'all', '--key', 'a.pem'));
  }
}, 240_000);

afterAll(() => desk.close());

const wake = (...more: readonly string[]) => desk.run('wake', 'objects', '--policy', 'all', '--key', 'a.pem', ...more);

test('a folder of sleepers lives for a year', async () => {
  const bytes = ['order', 'invoice'].map((name) => readFileSync(desk.path(`objects/${name}.sojourn`)));
  const dry = await expectDone(wake('--dry-run'));
  expect(dry.stdout).toMatch(/^asleep +invoice\.sojourn {2}wakes at \d{4}-.* UTC at the latest$/m);
  expect(dry.stdout).toContain('2 objects, 0 would wake');

  await expectDone(desk.run('signal', 'objects/order.sojourn', 'go', '--key', 'b.pem', '--id', 'once'));
  await expectDone(desk.run('signal', 'objects/order.sojourn', 'go', '--key', 'b.pem', '--id', 'once'));
  expect((await expectDone(wake('--dry-run'))).stdout).toMatch(/^would-wake +order\.sojourn {2}because of entry \d+$/m);
  expect(readFileSync(desk.path('objects/invoice.sojourn')).equals(bytes[1]!)).toBe(true);

  const first = await expectDone(wake());
  expect(first.stdout).toMatch(/^woke +order\.sojourn {2}because of entry \d+; its run: terminated$/m);
  expect(first.stdout).toMatch(/^asleep +invoice\.sojourn/m);

  desk.write('objects/torn.sojourn', bytes[0]!.subarray(0, 100));
  const early = await desk.json('wake', 'objects', '--policy', 'all', '--key', 'b.pem', '--now', inDays(30));
  expect(early.code).toBe(3);
  expect(early.json.lines.map((line: { state: string }) => line.state)).toEqual(['asleep', 'ended', 'broken']);
  const late = await desk.json('wake', 'objects', '--policy', 'all', '--key', 'b.pem', '--now', inDays(365));
  expect(late.code).toBe(3);
  expect(late.json).toMatchObject({ folder: 'objects', settled: true });
  expect(late.json.lines[0]).toMatchObject({ object: 'objects/invoice.sojourn', state: 'woke', status: 'terminated' });
  expect(late.json.lines.at(-1)).toMatchObject({ object: 'objects/torn.sojourn', state: 'broken', id: null });

  for (const name of ['order', 'invoice']) await expectDone(desk.run('verify', `objects/${name}.sojourn`, '--replay'));
}, 240_000);

test('a folder that is not there is an error with its name', async () => {
  expect(await desk.run('wake', 'nowhere', '--policy', 'all')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('nowhere'),
  });
}, 120_000);
