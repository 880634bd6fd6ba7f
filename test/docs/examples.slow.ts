/**
 * Runs the examples of the pages: files and commands as they stand there, in a folder as docs/README.md makes it. Nothing is replaced
 * but the command itself and the port of a server.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN, ROOT } from '../cli/run-cli.ts';

/** What each page says that one sees, in order. */
const SEEN: { readonly [page: string]: readonly string[] } = {
  'wake': ['0 would wake', 'delivered "go"', 'because of entry 8; its run: terminated', '1 object, 1 woke'],
  'backoff': [
    'no-response',
    'what it waits for is not there yet',
    'tries       "order"',
    'its attempts are used up',
    'ended',
  ],
  'polling': ['asleep', 'tried     once more with nothing new', 'ended', 'holds: poll.sojourn'],
  'failure-signals': [
    'failure   no-response of http.send',
    'ruled out http.send',
    '["no-response of http://127.0.0.1:65530"]',
    'ended',
    'ruled out   http.send',
  ],
  'intent': ['mutation rejected: no policy permits it', 'ended', '+ colour = "red"'],
  'delegation': [
    'wakes when object',
    'hotel is booked',
    'trip.sojourn  told of',
    'its run: terminated',
    'every file and every link holds',
  ],
  'budgets': ['what is left of cents does not cover it', 'all is spent', '300 of 500 cents'],
  'advice': ['90 % sure: People have to look at it.', 'holds: ask.sojourn'],
  'trust': ['exit code 1', '400 lost in the last 16 cycles', 'exit code 4'],
  'forks': ['exit code 1', 'exit code 4', 'followed', 'a was a test'],
  'archive': ['archived 8 items', 'proven      entry 4', 'ended', 'holds: rest.sojourn'],
  'confidential': [
    'confidential',
    'holds: salary.sojourn',
    'salary = 4200',
    'redacted public.sojourn',
    'holds: public.sojourn',
  ],
};

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-pages-'));
  const place = join(folder, 'base');
  mkdirSync(join(place, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(place, 'node_modules', 'sojourn'));
  const { code, said } = await runBlocks('README', place);
  if (code !== 0) throw new Error(`docs/README.md: expected exit code 0, found ${code}: ${said}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (page: string) => readFileSync(join(ROOT, 'docs', `${page}.md`), 'utf8');

function exampleOf(page: string): string {
  const text = read(page);
  const heading = page === 'README' ? '## A folder to try things in' : '## To try';
  const from = text.indexOf(heading);
  if (from < 0) throw new Error(`docs/${page}.md: expected a section "${heading}", found none`);
  const end = text.indexOf('\n## ', from + 1);
  return text.slice(from, end < 0 ? text.length : end);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Writes the files of a page's example into `place` and runs its commands there; stops at the first that fails. */
async function runBlocks(page: string, place: string): Promise<{ code: number | null; said: string }> {
  const port = String(await freePort());
  const text = exampleOf(page).replaceAll('8093', port);
  for (const [, name, content] of text.matchAll(/```(?:ts|js|cedar)\n\/\/ (\S+)\n([\s\S]*?)```/g)) {
    mkdirSync(dirname(join(place, name!)), { recursive: true });
    writeFileSync(join(place, name!), content!);
  }
  const commands = Array.from(text.matchAll(/```sh\n([\s\S]*?)```/g), ([, block]) => block!).join('');
  expect(commands).toContain('npx sojourn');
  return runShell(`npx() { shift; "$NODE" "$MAIN" "$@"; }\nnode() { "$NODE" "$@"; }\n${commands}`, place);
}

function runShell(script: string, cwd: string): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      NODE: process.execPath,
      MAIN,
      SOJOURN_PROGRAM_CACHE: join(folder, 'programs'),
    };
    const child = spawn('sh', ['-e', '-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => (said += piece));
    child.once('error', reject);
    // a server that was left running would hold the pipes open
    child.once('exit', () => endGroup(child.pid));
    child.once('close', (code) => resolve({ code, said }));
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nothing of it is left
  }
}

/** The first of `parts` that does not stand in `text` behind the ones before it. */
function firstMissing(text: string, parts: readonly string[]): string | null {
  let at = 0;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return part;
    at = found + part.length;
  }
  return null;
}

describe('the example of', { timeout: 180_000 }, () => {
  it.each(Object.entries(SEEN))('docs/%s.md runs as it stands', async (page, seen) => {
    const place = join(folder, page);
    cpSync(join(folder, 'base'), place, { recursive: true, verbatimSymlinks: true });
    const { code, said } = await runBlocks(page, place);
    expect({ code, missing: firstMissing(said, seen), said: code === 0 ? '' : said }).toEqual({
      code: 0,
      missing: null,
      said: '',
    });
  });
});
