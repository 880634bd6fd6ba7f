/** Three vendors are asked by three children on another node; two answers are enough, and the third is given up. All by the command line. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDesk, expectDone, ROOT } from '../../cli/run-cli.ts';
import type { Desk } from '../../cli/run-cli.ts';

const PATIENT = { timeout: 300_000 };
const VENDORS = [
  { vendor: 'acme', price: 30 },
  { vendor: 'bolt', price: 20 },
  { vendor: 'cogs', price: 10 },
];
let desk: Desk;

beforeAll(async () => {
  desk = await createDesk();
  mkdirSync(desk.path('objects'));
  await expectDone(
    desk.run('build', join(ROOT, 'test', 'cases', 'delegation', 'guests', 'quotes.js'), '-o', 'quotes.wasm'),
  );
  desk.write('context.json', JSON.stringify({ capabilities: ['children.list'], depth: 1 }));
  desk.write(
    'intent.json',
    JSON.stringify({ kind: 'purchase', goal: 'Find the least price', input: { vendors: VENDORS } }),
  );
}, PATIENT.timeout);

afterAll(() => desk.close());

const run = (path: string, key: string, ...more: readonly string[]) =>
  expectDone(desk.run('run', path, '--policy', 'all', '--key', key, ...more));
const wake = (...more: readonly string[]) => desk.json('wake', 'objects', '--policy', 'all', '--key', 'a.pem', ...more);

test('a purchase asks three vendors, and two answers are enough', PATIENT, async () => {
  const root = 'objects/root.sojourn';
  const files = ['--handler', 'quotes.wasm', '--intent', 'intent.json', '--context', 'context.json', '--embed'];
  const budgets = ['--budget', 'cycles=60', '--budget', 'cents=100'];
  await expectDone(desk.run('new', ...files, ...budgets, '--key', 'a.pem', '-o', root));
  await run(root, 'a.pem');
  const parts = readdirSync(desk.path('objects')).filter((name) => /^[0-9a-f]{64}\.sojourn$/.test(name));
  expect(parts).toHaveLength(3);

  const { json: before } = await desk.json('tree', root);
  const fileOf = (vendor: string): string =>
    before.roots[0].children.find((child: { name: string }) => child.name === vendor).file;
  for (const vendor of ['acme', 'bolt']) {
    await run(fileOf(vendor), 'b.pem');
    await wake();
  }

  const shown = (await expectDone(desk.run('show', root))).stdout;
  expect(shown).toMatch(/gathered +2 of 3 children, 2 needed/);
  expect(shown).toMatch(/cancelled +the child "cogs"/);
  const { json: state } = await desk.json('show', root);
  expect(state).toMatchObject({
    status: 'terminated',
    last: { body: { value: { achieved: true, result: { vendor: 'bolt', price: 20 } } } },
    children: { acme: { status: 'returned' }, bolt: { status: 'returned' }, cogs: { status: 'cancelled', end: null } },
    // twenty are still with the one that was given up, and had not ended when its parent did
    spent: { counters: { cents: 20 } },
  });

  await wake();
  const late = await run(fileOf('cogs'), 'b.pem');
  expect(late.stdout).toContain('its parent gave it up');
  const { code, json: tree } = await desk.json('tree', root);
  expect([code, tree.ok, tree.missing]).toEqual([0, true, 0]);
  expect(
    tree.roots[0].children.map((child: { name: string; end: object | null }) => [child.name, child.end]),
  ).toMatchObject([
    ['acme', { achieved: true, result: { price: 30 } }],
    ['bolt', { achieved: true, result: { price: 20 } }],
    ['cogs', { achieved: false, result: null, reason: 'cancelled' }],
  ]);
  for (const file of [root, ...parts.map((name) => `objects/${name}`)])
    await expectDone(desk.run('verify', file, '--replay'));
});
