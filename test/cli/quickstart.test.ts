import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runProcess, sojournJson } from './run-cli.ts';
import type { Ended } from './run-cli.ts';

const QUICKSTART = join(ROOT, 'guest', 'handlers', 'purchase-approval', 'quickstart.ts');

let folder: string;
let ended: Ended;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-quickstart-'));
  ended = await runProcess(process.execPath, [QUICKSTART], { cwd: folder });
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const out = (...parts: string[]) => join(folder, 'quickstart-out', ...parts);

describe('the quickstart', () => {
  it('ends as promised, in seven steps', () => {
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
    expect(ended.stdout.match(/^\d\/7 /gm)).toEqual(['1/7 ', '2/7 ', '3/7 ', '4/7 ', '5/7 ', '6/7 ', '7/7 ']);
    expect(ended.stdout).toContain('All as promised');
    expect(ended.stdout).toContain('✓ ordered exactly once');
  });

  it('leaves the object as each node left it', async () => {
    const [a, b] = await Promise.all(
      ['node-a', 'node-b'].map((node) => sojournJson(['show', out(node, 'order.sojourn')])),
    );
    expect(a!.json).toMatchObject({ status: 'dormant', cycle: 1 });
    expect(b!.json).toMatchObject({
      status: 'terminated',
      cycle: 4,
      id: a!.json.id,
      values: { order: { value: { reference: 'PR-2026-1187', status: 'accepted' } } },
    });
    const older = readFileSync(out('node-a', 'order.sojourn'));
    expect(readFileSync(out('node-b', 'order.sojourn')).subarray(0, older.length).equals(older)).toBe(true);
  });

  it('leaves an object that replays against the receipt, and a forgery that does not hold', async () => {
    const verified = await sojournJson([
      'verify',
      out('node-b', 'order.sojourn'),
      '--replay',
      '--head',
      out('order.receipt'),
    ]);
    expect(verified).toMatchObject({ code: 0, json: { ok: true, signed: true } });
    const forged = await sojournJson(['verify', out('forged.sojourn')]);
    expect(forged).toMatchObject({ code: 1, json: { ok: false } });
    const whole = readFileSync(out('node-b', 'order.sojourn'));
    expect(readFileSync(out('forged.sojourn')).filter((byte, at) => byte !== whole[at])).toHaveLength(1);
  });

  it('prints commands that can be typed as they stand, and writes nowhere else', () => {
    const typed = Array.from(ended.stdout.matchAll(/^ {2}\$ npx sojourn ([a-z]+)/gm), ([, command]) => command);
    expect(typed).toEqual([
      'build',
      'keygen',
      'new',
      'run',
      'keygen',
      'signal',
      'run',
      'show',
      'verify',
      'verify',
      'show',
      'run',
      'policy',
    ]);
    expect(readdirSync(folder)).toEqual(['quickstart-out']);
  });
});
