/** Runs the example of docs/node.md as it stands there. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-embed-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'sojourn'));
  mkdirSync(join(folder, 'all'));
  writeFileSync(join(folder, 'all', 'set.json'), '{ "name": "all" }');
  writeFileSync(join(folder, 'all', 'main.cedar'), 'permit(principal, action, resource);');
  const page = readFileSync(join(ROOT, 'docs', 'node.md'), 'utf8');
  for (const [, name = '', text = ''] of page.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g))
    writeFileSync(join(folder, name), text);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a node is embedded in a program of some twenty lines', () => {
  const lines = readFileSync(join(folder, 'embed.ts'), 'utf8').trim().split('\n');
  expect(lines.length).toBeLessThanOrEqual(22);
  const run = (): string =>
    execFileSync(process.execPath, ['--conditions=sojourn-source', 'embed.ts'], { cwd: folder, encoding: 'utf8' });
  expect(run()).toBe("[ 'go' ]\nterminated\n");
}, 120_000);
