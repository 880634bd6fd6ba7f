import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Value } from '../../host/value.ts';
import { script, spawn } from '../node/family.ts';
import { PERMIT_ALL, createWorld, propose } from '../node/world.ts';
import type { World } from '../node/world.ts';
import { sojourn, sojournJson } from './run-cli.ts';
import { serve } from './serve-process.ts';
import type { Served } from './serve-process.ts';

const WAIT = { '1': propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish('went') };
/** Each starts a few processes. */
const SLOWLY = { timeout: 120_000 };

let world: World;
let node: Served;
const servers: Server[] = [];
beforeAll(async () => {
  world = await createWorld();
  mkdirSync(place('all'));
  write('all/set.json', '{ "name": "all" }');
  write('all/main.cedar', PERMIT_ALL);
  write('handler.wasm', world.handler);
  write('context.json', '{ "capabilities": ["*"], "depth": 2 }');
  node = await serve(place('node'), place('all'));
});
afterAll(async () => {
  for (const server of servers) server.close();
  await node?.kill();
  await world?.close();
});

const place = (name: string): string => join(world.folder, name);
const write = (name: string, content: string | Uint8Array): void => writeFileSync(place(name), content);
const env = () => ({ SOJOURN_TOKEN: node.token });
const run = (...args: string[]) => sojournJson(args, { cwd: world.folder, env: env() });
const say = (...args: string[]) => sojourn(args, { cwd: world.folder, env: env() });

async function make(script: Value, ...more: string[]): Promise<{ url: string; id: string }> {
  write('intent.json', JSON.stringify({ kind: 'scripted', goal: 'Do what the script says', input: script }));
  const files = ['--handler', 'handler.wasm', '--intent', 'intent.json', '--context', 'context.json'];
  const { code, json } = await run('new', ...files, '-o', node.url, ...more);
  expect({ code, json }).toMatchObject({ code: 0, json: { object: `${node.url}/objects/${json.id}` } });
  return { url: json.object, id: json.id };
}

/** A node that answers as it likes. */
async function pretend(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bytesAt(id: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of node.client.read(id)) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('an object at a node', SLOWLY, () => {
  it('is made there, run, signalled, and judged here at each step', async () => {
    const { url, id } = await make(WAIT, '--no-run', '--id', 'order-1', '--receipt', 'made.receipt');
    expect((await make(WAIT, '--no-run', '--id', 'order-1')).id).toBe(id);
    const first = await say('run', url, '--receipt', 'run.receipt');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^cycle 1\n {2}started .*\n[\s\S]*asleep: it wakes on the signal "go"/);
    const told = await run('signal', url, 'go', '{"n":1}', '--id', 'go-1');
    expect(told.json).toMatchObject({ object: url, duplicate: false });
    expect((await run('signal', url, 'go', '{"n":1}', '--id', 'go-1')).json).toMatchObject({ duplicate: true });
    await node.client.result(id, { waitMs: 30_000 });
    const { code, json } = await run('run', url);
    expect({ code, json }).toMatchObject({ code: 0, json: { object: url, status: 'terminated', outcomes: [] } });
    const verified = await run(
      'verify',
      url,
      '--replay',
      '--handlers',
      '.',
      '--head',
      'made.receipt',
      '--head',
      'run.receipt',
    );
    expect(verified.json).toMatchObject({ ok: true, id, nodes: [json.node] });
    expect((await run('show', url)).json).toMatchObject({ id, status: 'terminated', seq: json.seq });
  });

  it('is compared with a file, and copied without what is confidential only where something is', async () => {
    const { url, id } = await make(WAIT);
    await node.client.result(id, { waitMs: 30_000 });
    write('copy.sojourn', await bytesAt(id));
    expect(await run('compare', url, 'copy.sojourn')).toMatchObject({ code: 0, json: { relation: 'same' } });
    await node.client.signal(id, 'go', null, { waitMs: 30_000 });
    const behind = await run('compare', url, 'copy.sojourn');
    expect(behind).toMatchObject({ code: 0, json: { relation: 'prefix', behind: 'b', a: { object: url } } });
    const { code, json } = await run('redact', url, '--entry', '2', '-o', 'redacted.sojourn');
    expect({ code, message: json.error.message }).toMatchObject({ code: 2, message: expect.stringContaining(url) });
  });

  it('comes with its family, and says who is not there', async () => {
    const { url, id } = await make(script(spawn('worker', WAIT), WAIT['1']));
    await node.client.result(id, { waitMs: 30_000 });
    const [line] = (await node.client.list({ parent: id })).objects;
    const { code, json } = await run('tree', url);
    expect({ code, json }).toMatchObject({
      code: 0,
      json: {
        ok: true,
        roots: [{ id, children: [{ name: 'worker', id: line?.id, file: `${node.url}/objects/${line?.id}` }] }],
      },
    });
  });
});

describe('wrong use', SLOWLY, () => {
  const object = `http://127.0.0.1:9/objects/${'ab'.repeat(32)}`;
  it.each<[string, string[], RegExp]>([
    ['a policy for a run there', ['run', object, '--policy', 'all'], /expected no --policy with an object at a node/],
    [
      'a key for a signal there',
      ['signal', object, 'go', '--key', 'x.pem'],
      /expected no --key with an object at a node/,
    ],
    ['waking a node', ['wake', 'http://127.0.0.1:9', '--policy', 'all'], /a node wakes its objects by itself/],
    ['archiving there', ['archive', object, '--to', 'x'], /an archive is made where the object is/],
    ['showing a node', ['show', 'http://127.0.0.1:9'], /expected the address of an object/],
    [
      'writing a copy there',
      ['redact', object, '--entry', '2', '-o', 'http://127.0.0.1:9'],
      /redact: expected a file, found the address/,
    ],
    ['a policy that is missing for a file', ['run', 'x.sojourn'], /required option '--policy <folder>' not given/],
    [
      'one token for two nodes',
      ['compare', object, object.replace(':9', ':8')],
      /expected an origin beside each token/,
    ],
  ])('is told: %s', async (_, args, says) => {
    const { code, stdout, stderr } = await say(...args);
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringMatching(says) });
    expect(code).toBe(2);
    expect(stderr).not.toContain(node.token);
  });

  it('is told: no token, a wrong one, no such object', async () => {
    const { url } = await make(WAIT, '--no-run');
    const alone = await sojournJson(['show', url], { cwd: world.folder });
    expect(alone).toMatchObject({ code: 4, json: { error: { code: 'token.missing' } } });
    write('wrong', 'not-the-token');
    const wrong = await run('show', url, '--token-file', 'wrong');
    expect(wrong.code).toBe(4);
    const nothing = await run('verify', `${node.url}/objects/${'ab'.repeat(32)}`);
    expect(nothing).toMatchObject({ code: 3, json: { error: { code: 'store.missing' } } });
  });
});

describe('what a node says', SLOWLY, () => {
  it('counts for nothing: bytes that do not hold are told', async () => {
    const { id } = await make(WAIT);
    await node.client.result(id, { waitMs: 30_000 });
    const bytes = await bytesAt(id);
    bytes[bytes.length - 40]! ^= 1;
    const url = `${await pretend((_, response) => response.end(bytes))}/objects/${id}`;
    expect(await run('verify', url)).toMatchObject({ code: 1, json: { ok: false, object: url } });
    expect(await run('show', url)).toMatchObject({ code: 3 });
  });

  it('counts for nothing: a run whose receipt the bytes do not hold', async () => {
    const { id } = await make(WAIT);
    await node.client.result(id, { waitMs: 30_000 });
    const before = await bytesAt(id);
    const { run: ran } = await node.client.signal(id, 'go', null, { waitMs: 30_000 });
    const line = await node.client.line(id);
    // says that it ran, and keeps the end to itself
    const liar = await pretend((request, response) => {
      if (request.method === 'POST') response.end(JSON.stringify(ran));
      else if (request.url!.includes('brief')) response.end(JSON.stringify(line));
      else response.end(before);
    });
    const { code, json } = await run('run', `${liar}/objects/${id}`);
    expect({ code, message: json.error.message }).toMatchObject({
      code: 3,
      message: expect.stringMatching(/does not hold$/),
    });
  });

  it('moves no cursor', async () => {
    const evil = JSON.stringify({ code: 'store.missing', detail: '\u001b[2J\u202eevil\nsecond line' });
    const url = await pretend((_, response) => response.writeHead(404).end(evil));
    const { code, stderr } = await say('show', `${url}/objects/${'ab'.repeat(32)}`);
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^sojourn: http[^\n]+evil\n {2}second line\n$/),
    });
    expect(stderr).not.toMatch(/\u001b|\u202e/); // eslint-disable-line no-control-regex
  });

  it('goes nowhere else: no token behind a redirect', async () => {
    const seen: unknown[] = [];
    const other = await pretend((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    const url = await pretend((request, response) =>
      response.writeHead(302, { location: `${other}${request.url}` }).end(),
    );
    expect((await run('show', `${url}/objects/${'ab'.repeat(32)}`)).code).toBe(5);
    expect(seen).toEqual([]);
  });

  it('is kept nowhere behind a command', async () => {
    const { url } = await make(WAIT, '--no-run');
    mkdirSync(place('tmp'), { recursive: true });
    const { code } = await sojourn(['show', url], { cwd: world.folder, env: { ...env(), TMPDIR: place('tmp') } });
    expect({ code, left: readdirSync(place('tmp')) }).toEqual({
      code: 0,
      left: [],
    });
  });
});
