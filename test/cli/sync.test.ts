/** `sojourn sync` between real folders and real nodes: knowledge goes over, the right to go on does not, and nothing is merged. */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeLine } from '../../host/node/exchange/exchange.ts';
import { hex } from '../../host/json.ts';
import { generateKey } from '../../host/node/native.ts';
import { PERMIT_ALL, createWorld, propose } from '../node/world.ts';
import type { World } from '../node/world.ts';
import { sojourn, sojournJson } from './run-cli.ts';
import { serve } from './serve-process.ts';
import type { Served } from './serve-process.ts';

const WAIT = { '1': propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish('went') };

let world: World;
let nodes: readonly Served[];
let tokens: string;
beforeAll(async () => {
  world = await createWorld();
  mkdirSync(place('all'));
  writeFileSync(place('all/set.json'), '{ "name": "all" }');
  writeFileSync(place('all/main.cedar'), PERMIT_ALL);
  nodes = [await serve(place('node-a'), place('all')), await serve(place('node-b'), place('all'))];
  tokens = place('tokens');
  writeFileSync(tokens, nodes.map(({ origin, token }) => `${origin} ${token}\n`).join(''));
});
afterAll(async () => {
  await Promise.all((nodes ?? []).map((node) => node.kill()));
  await world?.close();
});

const place = (name: string): string => join(world.folder, name);
const at = (index: number): Served => nodes[index]!;

let made = 0;
function folder(): string {
  const name = `folder${++made}`;
  mkdirSync(place(name));
  return name;
}

interface Sleeper {
  readonly id: string;
  /** As a node's folder would name it. */
  readonly path: string;
}

/** A sleeper with all that it needs inside. */
async function sleeperIn(name: string): Promise<Sleeper> {
  const title = `sync${++made}`;
  const path = await world.object(title, { ...WAIT, n: made }, { embed: true });
  const { state } = await world.node().run(path);
  const id = hex(state.id);
  renameSync(path, place(`${name}/${id}.sojourn`));
  return { id, path: place(`${name}/${id}.sojourn`) };
}

/** Goes on with it to its end, with another key than the nodes have. */
async function end({ path }: Sleeper): Promise<void> {
  const elsewhere = world.node({ signer: generateKey().signer });
  await elsewhere.signal(path, 'go', null);
  expect((await elsewhere.run(path)).status).toBe('terminated');
}

const options = () => ({ cwd: world.folder, env: { TMPDIR: world.folder } });
const run = (...args: string[]) => sojournJson(args, options());
const sync = (a: string, b: string) => run('sync', a, b, '--token-file', tokens);
const lineOf = (json: { readonly objects: readonly ExchangeLine[] }, id: string) =>
  json.objects.find(({ object }) => object === id);
async function storedAt({ client }: Served, id: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of client.read(id)) pieces.push(piece);
  return Buffer.concat(pieces);
}
const isSame = async (node: Served, { id, path }: Sleeper): Promise<boolean> =>
  Buffer.compare(await storedAt(node, id), readFileSync(path)) === 0;

describe('sync', { timeout: 120_000 }, () => {
  it('brings home to a node what went on in a folder, whichever is named first; the right stays where it is', async () => {
    const name = folder();
    const object = await sleeperIn(name);
    const { id, path } = object;
    await at(0).client.admit(readFileSync(path));
    await run('move', `${at(0).url}/objects/${id}`, 'away.sojourn', '--token-file', tokens);
    await world.node().signal(path, 'other', null);
    await world.node().run(path);

    const first = await sync(name, at(0).url);
    expect(first.code).toBe(0);
    expect(lineOf(first.json, id)).toEqual({ object: id, result: 'extended', from: 'a', at: null, message: null });
    expect(first.json).toMatchObject({ a: name, b: at(0).url, counts: { extended: 1, fork: 0, refused: 0 } });
    expect(await isSame(at(0), object)).toBe(true);
    expect(await at(0).client.line(id)).toMatchObject({ status: 'left' });

    await end(object);
    expect(lineOf((await sync(at(0).url, name)).json, id)).toMatchObject({ result: 'extended', from: 'b' });
    expect(lineOf((await sync(at(0).url, name)).json, id)).toMatchObject({ result: 'same', from: null });
    expect(await isSame(at(0), object)).toBe(true);
  });

  it('gives a node what has ended, a folder what lives for reading, and leaves a living one where it is', async () => {
    const [here, there] = [folder(), folder()];
    const [living, ended] = [await sleeperIn(here), await sleeperIn(here)];
    await end(ended);
    const toNode = await sync(here, at(1).url);
    expect(toNode.code).toBe(0);
    expect([living, ended].map(({ id }) => lineOf(toNode.json, id)?.result)).toEqual(['only', 'new']);
    expect(await isSame(at(1), ended)).toBe(true);
    await expect(at(1).client.line(living.id)).rejects.toMatchObject({ code: 'store.missing' });

    const toFolder = await sync(here, there);
    expect({ code: toFolder.code, new: toFolder.json.counts.new }).toEqual({
      code: 0,
      new: toFolder.json.objects.length,
    });
    const names = readdirSync(place(there));
    expect(names).toEqual(expect.arrayContaining([`${living.id}.left`, `${ended.id}.sojourn`]));
  });

  it('goes from one node to another, through this machine', async () => {
    const name = folder();
    const object = await sleeperIn(name);
    await end(object);
    await at(0).client.admit(readFileSync(object.path));
    const { code, json } = await sync(at(0).url, at(1).url);
    expect({ code, line: lineOf(json, object.id) }).toMatchObject({ code: 0, line: { result: 'new', from: 'a' } });
    expect(await isSame(at(1), object)).toBe(true);
  });

  it('names a fork with the entry where the two part, leaves both, and exchanges the rest; exit code 1', async () => {
    const name = folder();
    const [forked, other] = [await sleeperIn(name), await sleeperIn(name)];
    await at(0).client.admit(readFileSync(forked.path));
    await end(forked);
    await end(other);
    await at(0).client.signal(forked.id, 'go', null, { waitMs: 30_000 });
    const [ours, theirs] = [readFileSync(forked.path), await storedAt(at(0), forked.id)];
    const shown = await run('compare', forked.path, `${at(0).url}/objects/${forked.id}`, '--token-file', tokens);

    const { code, json } = await sync(name, at(0).url);
    expect({ code, line: lineOf(json, forked.id) }).toMatchObject({
      code: 1,
      line: { result: 'fork', from: null, at: shown.json.at },
    });
    expect(shown.json.at).toBeGreaterThan(0);
    expect(lineOf(json, other.id)).toMatchObject({ result: 'new' });
    expect(Buffer.compare(readFileSync(forked.path), ours)).toBe(0);
    expect(Buffer.compare(await storedAt(at(0), forked.id), theirs)).toBe(0);

    const said = await sojourn(['sync', name, at(0).url, '--token-file', tokens], options());
    expect(said.code).toBe(1);
    expect(said.stdout).toMatch(new RegExp(`^fork +${forked.id} +at entry ${shown.json.at}: `, 'm'));
    expect(said.stdout).toMatch(/^\d+ objects, .*1 fork/m);
  });

  it('refuses a copy that does not hold, and exchanges the rest; exit code 1', async () => {
    const [here, there] = [folder(), folder()];
    const [bad, good] = [await sleeperIn(here), await sleeperIn(here)];
    const bytes = readFileSync(bad.path);
    const last = bytes.length - 10;
    bytes[last] = bytes[last]! ^ 1;
    writeFileSync(bad.path, bytes);
    const { code, json } = await sync(here, there);
    expect({ code, counts: json.counts }).toMatchObject({ code: 1, counts: { new: 1, refused: 1 } });
    expect(lineOf(json, bad.id)).toMatchObject({ result: 'refused', message: expect.stringMatching(/entry \d+/) });
    expect(readdirSync(place(there))).toEqual([`${good.id}.left`]);
  });

  it('says what is wrong with a place: its name, its token, its absence', async () => {
    const name = folder();
    const codeOf = async (...args: string[]) => {
      const { code, json } = await run('sync', ...args);
      return [code, json.error.code];
    };
    expect(await codeOf(name, join('.', name))).toEqual([2, 'usage']);
    expect(await codeOf(name, 'nowhere')).toEqual([2, 'usage']);
    expect(existsSync(place('nowhere'))).toBe(false);
    expect(await codeOf(at(0).url, `${at(0).url}/`, '--token-file', tokens)).toEqual([2, 'usage']);
    expect(await codeOf(name, at(0).url)).toEqual([4, 'token.missing']);
    await at(1).kill();
    expect(await codeOf(name, at(1).url, '--token-file', tokens)).toEqual([5, 'node.unreachable']);
  });
});
