/** `sojourn tree` and `new --budget`, as their users have them. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDesk, expectDone, ROOT } from './run-cli.ts';
import type { Desk } from './run-cli.ts';

const FLOW = { timeout: 180_000 };
let desk: Desk;
let child = '';

beforeAll(async () => {
  desk = await createDesk();
  const guest = join(ROOT, 'test', 'cli', 'guests', 'delegates.js');
  await expectDone(desk.run('build', guest, '-o', 'delegates.wasm'));
  desk.write('context.json', JSON.stringify({ capabilities: ['*'], depth: 1, budgets: { counters: { cents: 5 } } }));
  desk.write('intent.json', JSON.stringify({ kind: 'test', goal: 'Have it done', input: { part: true } }));
  const files = ['--handler', 'delegates.wasm', '--intent', 'intent.json', '--context', 'context.json'];
  const budgets = ['--budget', 'cycles=40', '--budget', 'cents=50'];
  await expectDone(desk.run('new', ...files, ...budgets, '--embed', '--key', 'a.pem', '-o', 'root.sojourn'));
  await expectDone(desk.run('run', 'root.sojourn', '--policy', 'all', '--key', 'a.pem'));
  child = readdirSync(desk.folder).find((name) => /^[0-9a-f]{64}\.sojourn$/.test(name)) ?? '';
}, FLOW.timeout);

afterAll(() => desk.close());

describe('sojourn tree', FLOW, () => {
  it('shows who made whom, with what was given and spent', async () => {
    const { code, stdout } = await desk.run('tree', 'root.sojourn');
    expect(code).toBe(0);
    const [root, where, part, file, end] = stdout.split('\n');
    expect(root).toMatch(/^object [0-9a-f]{8} {2}asleep$/);
    expect(where).toMatch(
      /root\.sojourn {2}cycles 12 of 40 \(children were given 10, 0 came back\), {2}cents 20 of 50/,
    );
    expect(part).toMatch(/^└─ part [0-9a-f]{8} {2}active; its parent: not heard of since entry \d+$/);
    expect(file).toContain(child);
    expect(end).toBe('every file and every link holds');
  });

  it('gives the same as data, for a folder and for an object', async () => {
    for (const path of ['.', 'root.sojourn']) {
      const { code, json } = await desk.json('tree', path);
      expect(code).toBe(0);
      expect(json).toMatchObject({
        ok: true,
        missing: 0,
        broken: [],
        roots: [
          {
            name: null,
            file: 'root.sojourn',
            budgets: [
              { name: 'cycles', limit: 40, carved: 10, back: 0 },
              { name: 'cents', limit: 50, spent: 20, carved: 20 },
            ],
            children: [{ name: 'part', status: 'active', known: { status: 'running' }, children: [] }],
          },
        ],
      });
    }
  });

  it('names what is not there, and ends with 1 where something does not hold', async () => {
    const copy = (folder: string, ...names: readonly string[]): string => {
      mkdirSync(desk.path(folder));
      for (const name of names) copyFileSync(desk.path(name), join(desk.path(folder), name));
      return folder;
    };
    const lost = await desk.run('tree', copy('lost', 'root.sojourn'));
    expect(lost.code).toBe(0);
    expect(lost.stdout).toContain('no file here; its parent: not heard of since');
    expect(lost.stdout).toContain('the files of 1 object are not here');
    expect((await desk.run('tree', 'lost', '--in', '.')).stdout).not.toContain('not here');
    const broken = copy('broken', 'root.sojourn', child);
    const bytes = readFileSync(desk.path(child));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(join(desk.path(broken), child), bytes);
    const found = await desk.run('tree', broken);
    expect([found.code, found.stdout]).toEqual([1, expect.stringMatching(/broken .*signature/)]);
    expect((await desk.run('tree', join(broken, child))).code).toBe(3);
    expect((await desk.run('tree', 'nowhere')).code).toBe(3);
  });
});
