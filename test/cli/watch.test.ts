import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMIT_ALL, createWorld, propose } from '../node/world.ts';
import type { World } from '../node/world.ts';
import { MAIN, sojourn, sojournJson } from './run-cli.ts';
import { serve } from './serve-process.ts';
import type { Served } from './serve-process.ts';

const TERMINAL = fileURLToPath(new URL('terminal.py', import.meta.url));
/** Two processes, and a guest that is built. */
const SLOWLY = { timeout: 120_000 };
const SLEEP = {
  '*': propose.sleep([
    { tag: 'group', val: { need: 1, members: [1, 2] } },
    { tag: 'elapsed', val: 3_600_000 },
    { tag: 'signal', val: 'go' },
  ]),
};

let world: World;
let node: Served;
beforeAll(async () => {
  world = await createWorld();
  mkdirSync(join(world.folder, 'all'));
  writeFileSync(join(world.folder, 'all/set.json'), '{ "name": "all" }');
  writeFileSync(join(world.folder, 'all/main.cedar'), PERMIT_ALL);
  node = await serve(join(world.folder, 'node'), join(world.folder, 'all'));
});
afterAll(async () => {
  await node?.kill();
  await world?.close();
});

let made = 0;
/** A sleeper at the node: its id. */
async function sleeper(): Promise<string> {
  const { handler } = await node.client.putHandler(world.handler);
  const intent = { kind: 'watched', goal: 'sleep', input: { ...SLEEP, n: ++made }, constraints: {} };
  const { id } = await node.client.create({ handler, intent, context: { capabilities: ['*'] } });
  await node.client.result(id, { waitMs: 30_000 });
  return id;
}

type Pattern = Pick<RegExp, 'test'>;

/** `sojourn top` on a terminal of 12 rows and 60 columns. */
function openTop(...args: string[]) {
  const child = spawn('python3', [TERMINAL, process.execPath, MAIN, 'top', node.url, '--interval', '0.2', ...args], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', NO_COLOR: '1', SOJOURN_TOKEN: node.token },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[number]>;
  let text = '';
  let [looking, found]: [Pattern, () => void] = [/$^/, () => {}];
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString().replaceAll(/\r+\n/g, '\r\n'); // the terminal adds its own
    if (looking.test(text)) found();
  });
  return {
    tell: (line: object) => void child.stdin.write(`${JSON.stringify(line)}\n`),
    /** All that was written until then; looks only at what comes from now on. */
    async until(pattern: Pattern): Promise<string> {
      const { promise, resolve } = Promise.withResolvers<void>();
      [looking, found] = [pattern, resolve];
      if (pattern.test(text)) resolve();
      await Promise.race([promise, ended]);
      const all = text;
      text = '';
      return all;
    },
    /** The first frame that is so. */
    async untilFrame(isSo: (frame: string) => boolean): Promise<string> {
      const one = await this.until({ test: (all) => framesOf(all).some((frame) => isSo(frame)) });
      return framesOf(one).find((frame) => isSo(frame)) ?? '';
    },
    ended: async () => (await ended)[0],
  };
}

const ESC = '\u001b[';
/** Frames as they were written, the whole ones. */
function framesOf(text: string): string[] {
  const frames = text.split(`${ESC}?2026h`).slice(1);
  return frames.flatMap((frame) => (frame.includes(`${ESC}?2026l`) ? [frame.split(`${ESC}?2026l`)[0]!] : []));
}
const linesOf = (frame: string): string[] =>
  frame
    .replace(`${ESC}H`, '')
    .replace(`${ESC}J`, '')
    .split(/.\[K(?:\r\n)?/)
    .slice(0, -1);

describe('top', SLOWLY, () => {
  it('on a terminal draws over itself, follows events and its size, and leaves the screen as it was', async () => {
    await sleeper();
    const top = openTop();
    const first = await top.until(/1 asleep[\s\S]*2026l/);
    expect(first.indexOf('\u001b[?1049h')).toBeGreaterThanOrEqual(0);
    const [frame] = framesOf(first);
    expect(linesOf(frame!)[0]).toMatch(/^sojourn top {2}http:\/\/127\.0\.0\.1:\d+ {2}node [0-9a-f]{8} {2}[\d:]+$/);
    expect(linesOf(frame!).length).toBeLessThanOrEqual(12);
    const id = await sleeper();
    const second = await top.until(new RegExp(`2 asleep[\\s\\S]*${id.slice(0, 8)} {2}\\S*asleep`));
    expect(second).not.toContain('\u001b[2J');
    top.tell({ size: [5, 30] });
    const isNarrow = (frame: string): boolean => linesOf(frame).every((line) => line.length <= 30);
    const narrow = await top.untilFrame((frame) => linesOf(frame).length === 5 && isNarrow(frame));
    expect(linesOf(narrow)[0]).toMatch(/^sojourn top/);
    top.tell({ keys: 'q' });
    expect(await top.ended()).toBe(0);
    expect((await top.until(/1049l/)).endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  });

  it('goes on when its node is killed and comes back, and ends with Ctrl-C', async () => {
    const top = openTop();
    await top.until(/asleep[\s\S]*2026l/);
    await node.kill();
    await top.until(/expected an answer, found[\s\S]*2026l/);
    await node.again();
    const back = await top.untilFrame((frame) => !frame.includes('expected an answer'));
    expect(linesOf(back)[1]).toMatch(/^objects/);
    top.tell({ keys: '\u0003' });
    expect(await top.ended()).toBe(0);
  });

  it('elsewhere says it once, in lines or as JSON', async () => {
    const id = await sleeper();
    const env = { SOJOURN_TOKEN: node.token };
    const { code, stdout, stderr } = await sojourn(['top', node.url], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^sojourn top {2}http[^\n]*\nobjects {4}0 active, \d+ asleep,[^\n]*\nrunning/);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toMatch(new RegExp(` {2}${id.slice(0, 8)} {2}in \\d+ min +watched, or for go\n`));
    const { json } = await sojournJson(['top', node.url], { env });
    expect(json).toMatchObject({
      url: node.url,
      indexed: true,
      due: expect.arrayContaining([expect.objectContaining({ id })]),
    });
  });

  it('needs a token that may read all of the node', async () => {
    const { code, json } = await sojournJson(['top', node.url], { env: {} });
    expect({ code, error: json.error.code }).toEqual({ code: 4, error: 'token.missing' });
  });
});
