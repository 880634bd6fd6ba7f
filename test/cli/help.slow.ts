import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService } from '../../guest/handlers/purchase-approval/service.ts';
import type { PurchaseService } from '../../guest/handlers/purchase-approval/service.ts';
import { readContext, readIntent } from '../../host/node/draft-json.ts';
import { MAIN, ROOT, runProcess, sojourn } from './run-cli.ts';
import { serve } from './serve-process.ts';

const COMMANDS = [
  'build',
  'meter',
  'keygen',
  'new',
  'run',
  'wake',
  'signal',
  'show',
  'tree',
  'archive',
  'verify',
  'compare',
  'redact',
  'policy check',
  'serve',
  'token',
  'sync',
  'move',
  'top',
];
const DOCS = readFileSync(join(ROOT, 'docs', 'cli.md'), 'utf8');

let service: PurchaseService;
let folder: string;
beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(tmpdir(), 'sojourn-help-'));
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A folder as the examples expect it: a handler, its files, policies, and a place for objects. */
function setUp(name: string): string {
  const place = join(folder, name);
  const handler = join(ROOT, 'guest', 'handlers', 'purchase-approval');
  cpSync(handler, place, { recursive: true });
  mkdirSync(join(place, 'objects'));
  cpSync(join(ROOT, 'policies'), join(place, 'policies'), { recursive: true });
  const request = JSON.parse(readFileSync(join(handler, 'request.json'), 'utf8'));
  request.input.services = { vendor: service.url, orders: service.url };
  writeFileSync(join(place, 'request.json'), JSON.stringify(request));
  return place;
}

/** The address of a node in examples. */
const NODE = 'http://127.0.0.1:8470';

/** As a shell runs it, with this source in the place of the installed command; where it names a node, with one. */
async function runLine(line: string, cwd: string) {
  if (!line.includes(NODE)) return runAlone(line, cwd);
  const node = await serve(join(cwd, 'sojourn-data'), join(cwd, 'policies/quickstart'));
  try {
    return await runAlone(line.replace(NODE, node.url), cwd);
  } finally {
    await node.kill('SIGTERM');
  }
}

function runAlone(line: string, cwd: string) {
  const command = line.replace(/^npx sojourn /, '"$NODE" "$MAIN" ');
  const env = { NODE: process.execPath, MAIN };
  if (!line.startsWith('npx sojourn serve')) return runProcess('sh', ['-c', command], { cwd, env });
  // goes on until it is told to end: here, as soon as it listens, and on a port that is free
  const onStart = (child: ChildProcess) => void child.stdout?.once('data', () => child.kill('SIGTERM'));
  return runProcess('sh', ['-c', `exec ${command} --port 0`], { cwd, env, onStart });
}

describe('help', () => {
  it.each(['', ...COMMANDS])('of "%s" is on standard output, with exit code 0', async (command) => {
    const { code, stdout, stderr } = await sojourn([...command.split(' ').filter((word) => word !== ''), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: sojourn ${command}`));
    if (command !== '') expect(stdout).toMatch(/--json .*\n/);
  });

  it('names every command, and no other', async () => {
    const { stdout } = await sojourn(['--help']);
    const listed = Array.from(stdout.matchAll(/^ {2}([a-z]+) (?:\[|<| )/gm), ([, name]) => name);
    expect(listed).toEqual([...new Set(COMMANDS.map((command) => command.split(' ')[0]))]);
  });

  it('has the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect((await sojourn(['--version'])).stdout).toBe(`${version}\n`);
  });

  it('of every command has examples that run, one after the other', { timeout: 240_000 }, async () => {
    const place = setUp('help');
    for (const command of COMMANDS) {
      const { stdout } = await sojourn([...command.split(' '), '--help']);
      const examples = Array.from(stdout.matchAll(/^ {2}\$ (npx sojourn .+)$/gm), ([, line]) => line!);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        const { code, stderr, stdout: said } = await runLine(example, place);
        expect({ example, code, stderr: code === 0 ? '' : stderr + said }).toEqual({ example, code: 0, stderr: '' });
      }
    }
  });
});

describe('docs/cli.md', () => {
  it('has command lines that run, one after the other', { timeout: 240_000 }, async () => {
    const place = setUp('docs');
    const before = service.orders().length;
    const lines = Array.from(DOCS.matchAll(/```sh\n([^`]+)```/g), ([, block]) => block!.trim().split('\n')).flat();
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      const { code, stderr, stdout } = await runLine(line, place);
      expect({ line, code, said: code === 0 ? '' : stderr + stdout }).toEqual({ line, code: 0, said: '' });
    }
    expect(service.orders()).toHaveLength(before + 1);
  });

  it('has an intent and a context that are read as such', () => {
    const block = (name: string) => JSON.parse(new RegExp(`\`\`\`json ${name}\n([^\`]+)\`\`\``).exec(DOCS)![1]!);
    expect(readIntent(block('intent'), 'docs')).toMatchObject({ kind: 'purchase-approval' });
    expect(readContext(block('context'), 'docs').budgets).toMatchObject({ cycles: 64 });
  });

  it.each(COMMANDS)('has %s with every option that its help has', async (command) => {
    const { stdout } = await sojourn([...command.split(' '), '--help']);
    const options = Array.from(stdout.matchAll(/^ {2}(?:-[a-z], )?(--[a-z-]+)/gm), ([, flag]) => flag!);
    const row = DOCS.split('\n').find((line) => line.startsWith(`| \`${command}`)) ?? '';
    const known = ['--json', '--help', '--receipt'];
    const missing = options.filter((flag) => !known.includes(flag) && !row.includes(flag === '--output' ? '-o' : flag));
    expect(missing).toEqual([]);
    expect(DOCS).toContain('--receipt');
  });
});

describe('wrong use', () => {
  it.each<[string, string[], RegExp]>([
    ['no command', [], /expected a command, found none: see "sojourn --help"/],
    ['an unknown command', ['shwo'], /unknown command 'shwo' \(Did you mean show\?\)/],
    [
      'an unknown option',
      ['run', 'x', '--polcy', 'y'],
      /unknown option '--polcy' \(Did you mean --policy\?\): see "sojourn run --help"/,
    ],
    ['a missing option', ['run', 'x'], /required option '--policy <folder>' not given: see "sojourn run --help"/],
    ['a missing argument', ['show'], /missing required argument 'object': see "sojourn show --help"/],
    ['an argument too many', ['show', 'a', 'b'], /too many arguments for 'show'/],
    ['an option without its value', ['keygen', '-o'], /argument missing/],
    ['a number that is none', ['run', 'x', '--policy', 'p', '--fuel', '1e9'], /'1e9' is invalid/],
    ['a choice that is none', ['build', 'x', '--engine', 'v8'], /Allowed choices are quickjs, starlingmonkey/],
    [
      'an instant that is none',
      ['run', 'x', '--policy', 'policies/deny-all', '--now', 'tomorrow'],
      /--now: expected an instant/,
    ],
    ['a group of commands alone', ['policy'], /expected a command, found none: see "sojourn policy --help"/],
  ])('%s: exit code 2, one line, and a hint', async (_what, args, says) => {
    const { code, stdout, stderr } = await sojourn(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^sojourn: [^\n]+\n$/);
    expect(stderr).toMatch(says);
    const inJson = await sojourn([...args, '--json']);
    expect({ code: inJson.code, stderr: inJson.stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(inJson.stdout)).toEqual({ error: { code: 'usage', message: expect.any(String), details: {} } });
  });
});
