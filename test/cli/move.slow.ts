import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SojournError } from '../../host/errors.ts';
import { hex } from '../../host/json.ts';
import { generateKey } from '../../host/node/native.ts';
import { createFileStore } from '../../host/store/file.ts';
import { PERMIT_ALL, createWorld, propose } from '../node/world.ts';
import type { World } from '../node/world.ts';
import { runProcess, sojournJson } from './run-cli.ts';
import { serve } from './serve-process.ts';
import type { Served } from './serve-process.ts';

const CHILD = fileURLToPath(new URL('move-child.ts', import.meta.url));
const WAIT = { '1': propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish('went') };
/** Each starts a few processes. */
const SLOWLY = { timeout: 120_000 };

let world: World;
let nodes: readonly Served[];
let tokens: string;
beforeAll(async () => {
  world = await createWorld();
  mkdirSync(place('all'));
  writeFileSync(place('all/set.json'), '{ "name": "all" }');
  writeFileSync(place('all/main.cedar'), PERMIT_ALL);
  nodes = [await serve(place('node-a'), place('all')), await serve(place('node-b'), place('all'))];
  tokens = write('tokens', nodes.map(({ origin, token }) => `${origin} ${token}\n`).join(''));
});
afterAll(async () => {
  await Promise.all((nodes ?? []).map((node) => node.kill()));
  await world?.close();
});

const place = (name: string): string => join(world.folder, name);
const at = (index: number): Served => nodes[index]!;
function write(name: string, text: string): string {
  writeFileSync(place(name), text);
  return place(name);
}

let made = 0;
/** A sleeper in a file, with all that it needs inside: its name and its id. */
async function sleeper(): Promise<{ readonly file: string; readonly id: string; readonly bytes: Buffer }> {
  const name = `move${++made}`;
  const path = await world.object(name, { ...WAIT, n: made }, { embed: true });
  const { state } = await world.node().run(path);
  return { file: `${name}.sojourn`, id: hex(state.id), bytes: bytesOf(`${name}.sojourn`) };
}

/** One that the first node has, as it would have come from a file. */
async function sleeperAt(): Promise<{ readonly url: string } & Awaited<ReturnType<typeof sleeper>>> {
  const made = await sleeper();
  await at(0).client.admit(made.bytes);
  rmSync(place(made.file));
  return { ...made, url: `${at(0).url}/objects/${made.id}` };
}

const run = (...args: string[]) => sojournJson(args, { cwd: world.folder, env: { TMPDIR: world.folder } });
const move = (from: string, to: string, ...more: string[]) => run('move', from, to, '--token-file', tokens, ...more);
const left = (file: string): string => file.replace('.sojourn', '.left');
const bytesOf = (file: string): Buffer => readFileSync(place(file));
const isThere = (file: string): boolean => existsSync(place(file));
async function storedAt({ client }: Served, id: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of client.read(id)) pieces.push(piece);
  return Buffer.concat(pieces);
}
async function statusAt({ client }: Served, id: string): Promise<string> {
  return client.line(id).then(
    ({ status }) => status,
    (error: unknown) => (error as SojournError).code,
  );
}
async function goAt({ client }: Served, id: string): Promise<string | undefined> {
  return (await client.signal(id, 'go', null, { waitMs: 30_000 })).run?.status;
}

describe('move', SLOWLY, () => {
  it('from a file to a node: the bytes are the same, and the file is kept under another name', async () => {
    const { file, id, bytes } = await sleeper();
    const { code, json } = await move(file, at(0).url);
    expect({ code, json }).toEqual({
      code: 0,
      json: { object: file, id, to: `${at(0).url}/objects/${id}`, state: 'new', kept: left(file) },
    });
    expect(isThere(file)).toBe(false);
    expect(bytesOf(left(file))).toEqual(bytes);
    expect(await storedAt(at(0), id)).toEqual(bytes);
    expect(await goAt(at(0), id)).toBe('terminated');
  });

  it('from a node to a folder, with a receipt of the end; the node runs it no more, and takes it back', async () => {
    const { id, url } = await sleeperAt();
    expect((await move(url, '.', '--receipt', 'moved.receipt')).json).toMatchObject({
      state: 'new',
      to: `${id}.sojourn`,
      kept: url,
    });
    expect(bytesOf(`${id}.sojourn`)).toEqual(await storedAt(at(0), id));
    expect((await run('verify', `${id}.sojourn`, '--head', 'moved.receipt')).json).toMatchObject({ ok: true, id });
    await expect(at(0).client.evaluate(id)).rejects.toMatchObject({ code: 'object.left' });
    await world.node().signal(place(`${id}.sojourn`), 'go', null);
    expect((await move(`${id}.sojourn`, at(0).url)).json).toMatchObject({ state: 'back' });
    expect(await statusAt(at(0), id)).not.toBe('left');
  });

  it('from one node to another', async () => {
    const { id, url } = await sleeperAt();
    expect((await move(url, at(1).url)).json).toMatchObject({ state: 'new', to: `${at(1).url}/objects/${id}` });
    expect([await statusAt(at(0), id), await statusAt(at(1), id)]).toEqual(['left', 'dormant']);
    expect(await storedAt(at(1), id)).toEqual(await storedAt(at(0), id));
  });

  it('given twice moves once', async () => {
    const { file, id } = await sleeper();
    await move(file, at(0).url);
    const second = await move(file, at(0).url);
    expect(second).toMatchObject({ code: 3, json: { error: { code: 'store.missing' } } });
    expect(second.json.error.message).toMatch(/it left before, and \S+\.left is kept for reading$/);
    const url = `${at(0).url}/objects/${id}`;
    await move(url, at(1).url);
    expect((await move(url, at(1).url)).json).toMatchObject({ id, state: 'same' });
    await goAt(at(1), id);
    expect((await move(url, at(1).url)).json).toMatchObject({ id, state: 'behind' });
  });
});

describe('what is refused', SLOWLY, () => {
  it('stays where it was: a fork', async () => {
    const { file, id, bytes } = await sleeper();
    await at(0).client.admit(bytes);
    await goAt(at(0), id);
    await world.node({ signer: generateKey().signer }).signal(place(file), 'go', null);
    const forked = bytesOf(file);
    const { code, json } = await move(file, at(0).url);
    expect({ code, error: json.error.code }).toEqual({ code: 4, error: 'object.forked' });
    expect(json.error.message).toMatch(/; the object is at move\d+\.sojourn as before$/);
    expect(bytesOf(file)).toEqual(forked);
    expect(isThere(left(file))).toBe(false);
  });

  it('stays where it was: bytes that do not hold', async () => {
    const { file } = await sleeper();
    const broken = bytesOf(file);
    broken[broken.length - 40]! ^= 1;
    writeFileSync(place(file), broken);
    expect((await move(file, at(0).url)).code).toBe(3);
    expect(bytesOf(file)).toEqual(broken);
  });

  it('stays where it was: a token that may not', async () => {
    const { file } = await sleeper();
    write('wrong', `${at(0).origin} nobody-gave-me\n`);
    const { code, json } = await run('move', file, at(0).url, '--token-file', 'wrong');
    expect(code).toBe(4);
    expect(json.error.code).toMatch(/^token\./);
    expect(isThere(file)).toBe(true);
  });

  it('is not touched where the target does not answer, or another process holds it', async () => {
    const { file } = await sleeper();
    const { code, json } = await run('move', file, 'http://127.0.0.1:9');
    expect({ code, error: json.error.code }).toEqual({ code: 5, error: 'node.unreachable' });
    const held = await createFileStore().open(place(file));
    expect((await move(file, at(0).url)).code).toBe(6);
    await held.close();
    expect(isThere(file)).toBe(true);
  });

  it('goes on at its node where the file is there already', async () => {
    const { id, url } = await sleeperAt();
    write('taken.sojourn', 'something else');
    const { code, json } = await move(url, 'taken.sojourn');
    expect({ code, error: json.error.code }).toEqual({ code: 4, error: 'store.exists' });
    expect(await statusAt(at(0), id)).toBe('dormant');
    expect(bytesOf('taken.sojourn').toString()).toBe('something else');
  });

  it('is not put over an older copy of another history', async () => {
    const { file, bytes } = await sleeper();
    write(left(file), 'something else');
    expect((await move(file, at(0).url)).code).not.toBe(0);
    expect(bytesOf(file)).toEqual(bytes);
    expect(bytesOf(left(file)).toString()).toBe('something else');
  });

  it('is told as wrong use: from a place to itself, and what is no object or no node', async () => {
    const object = `${at(0).url}/objects/${'ab'.repeat(32)}`;
    for (const [from, to] of [
      ['x.sojourn', 'x.sojourn'],
      [object, at(0).url],
      [at(0).url, 'x.sojourn'],
      ['x.sojourn', object],
    ] as const)
      expect({ from, code: (await move(from, to)).code }).toEqual({ from, code: 2 });
  });
});

describe('a move that is killed', SLOWLY, () => {
  const ways = ['file to node', 'node to file', 'node to node'] as const;
  const steps = ['marked', 'given'] as const;
  it.each(ways.flatMap((way) => steps.map((step) => [way, step] as const)))(
    'from %s once it is %s leaves no two that go on, and the same command ends it',
    async (way, step) => {
      const start = way === 'file to node' ? { ...(await sleeper()), url: '' } : await sleeperAt();
      const { file, id, bytes, url } = start;
      const [from, to] = {
        'file to node': [file, at(0).url],
        'node to file': [url, file],
        'node to node': [url, at(1).url],
      }[way];
      const killed = await runProcess(process.execPath, [CHILD, step, from!, to!, tokens], {
        cwd: world.folder,
        env: { TMPDIR: world.folder },
      });
      expect(killed.signal).toBe('SIGKILL');
      const running = async () => {
        const there = await Promise.all(nodes.map((node) => statusAt(node, id)));
        return there.filter((status) => status === 'dormant').length + (isThere(file) ? 1 : 0);
      };
      expect(await running()).toBe(step === 'given' ? 1 : 0);
      const { code, json } = await move(from!, to!);
      expect({ code, state: json.state }).toEqual({ code: 0, state: step === 'given' ? 'same' : 'new' });
      expect(await running()).toBe(1);
      expect(way === 'node to file' ? bytesOf(file) : await storedAt(at(way === 'node to node' ? 1 : 0), id)).toEqual(
        bytes,
      );
      expect(readdirSync(world.folder).filter((name) => /\.(?:lock|tmp)$/.test(name))).toEqual([]);
    },
  );

  it('is not given again to a node that has handed it on meanwhile', async () => {
    const { file, id } = await sleeper();
    await runProcess(process.execPath, [CHILD, 'given', file, at(0).url, tokens], {
      cwd: world.folder,
      env: { TMPDIR: world.folder },
    });
    await move(`${at(0).url}/objects/${id}`, at(1).url);
    const { code, json } = await move(file, at(0).url);
    expect({ code, error: json.error.code }).toEqual({ code: 4, error: 'object.left' });
    expect([await statusAt(at(0), id), await statusAt(at(1), id)]).toEqual(['left', 'dormant']);
    expect(isThere(file)).toBe(false);
  });

  it('with its target, before and behind it, ends with the same command', async () => {
    const { file, id } = await sleeper();
    await at(1).kill();
    expect((await move(file, at(1).url)).code).toBe(5);
    expect(isThere(file)).toBe(true);
    await at(1).again();
    expect((await move(file, at(1).url)).json).toMatchObject({ id, state: 'new' });
    await at(1).kill();
    await at(1).again();
    expect(await statusAt(at(1), id)).toBe('dormant');
  });
});
