/** Runs the README: its files are written as they stand there, its commands as they are typed. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServe } from '../cli/serving.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const MAIN = join(ROOT, 'host/cli/main.ts');
let folder: string;

/** Code blocks that name their file in the first line. */
function files(): { readonly name: string; readonly text: string }[] {
  return [...README.matchAll(/```(?:ts|cedar|json)\n\/\/ (\S+)\n([\s\S]*?)```/g)].map((match) => ({
    name: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

/** `npx sojourn …` lines of the block that begins with `build`. */
function commands(): string[] {
  const block = /```sh\n(npx sojourn build[\s\S]*?)```/.exec(README)?.[1] ?? '';
  return block.trim().split('\n');
}

function run(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-readme-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'sojourn'));
  for (const { name, text } of files()) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  writeFileSync(join(folder, 'intent.json'), '{"kind":"greeting","goal":"Greet someone","input":{"name":"Ada"}}');
  writeFileSync(join(folder, 'context.json'), '{"capabilities":["kv.get"]}');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the README', () => {
  test('has the files and commands that this test runs', () => {
    expect(files().map(({ name }) => name)).toEqual([
      'greet.ts',
      'greet-policy/life.cedar',
      'greet-policy/set.json',
      'greet-host.ts',
    ]);
    expect(commands()).toHaveLength(6);
  });

  test('its commands do what it says, in order', () => {
    const outputs = commands().map((command) => {
      expect(command).toMatch(/^npx sojourn /);
      return run(MAIN, ...command.split(' ').slice(2));
    });
    expect(outputs[3]).toContain('termination');
    expect(outputs[4]).toContain('hello, Ada');
    expect(outputs[5]).toContain('holds');
  }, 60_000);

  test('its node does what it says', async () => {
    const block = /```sh\n(export SOJOURN_TOKEN[\s\S]*?)```/.exec(README)?.[1] ?? '';
    expect(README).toContain('```sh\nnpx sojourn serve --data node-a --policy greet-policy\n```');
    const serving = await startServe(join(folder, 'node-a'), ['--policy', join(folder, 'greet-policy')]);
    try {
      const script = block
        .replaceAll('http://127.0.0.1:8470', serving.facts.url)
        .replaceAll('npx sojourn', `'${process.execPath}' '${MAIN}'`);
      const { stdout } = await promisify(execFile)('sh', ['-euc', script], { cwd: folder, encoding: 'utf8' });
      expect(stdout).toMatch(/"kind":"greeting"/);
      expect(stdout).toMatch(/^objects .*\b1 (?:active|ended)\b/m);
    } finally {
      await serving.stop();
    }
  }, 60_000);

  test('its host program runs', () => {
    expect(run('--conditions=sojourn-source', 'greet-host.ts').trim().split('\n')).toEqual([
      'terminated hello, Ada',
      'true',
    ]);
  }, 60_000);

  test('names only documents that are there', () => {
    const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
  });
});
