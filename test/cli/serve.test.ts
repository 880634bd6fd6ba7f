import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEffectServer } from '../node/effect-server.ts';
import type { EffectServer } from '../node/effect-server.ts';
import { mountSmallDisk, unmount } from '../store/small-disk.ts';
import { buildSteps, createDesk, expectDone, sojourn } from './run-cli.ts';
import type { Desk } from './run-cli.ts';
import { startServe } from './serving.ts';
import type { ServeOptions, Serving } from './serving.ts';

const run = promisify(execFile);

let desk: Desk;
let effects: EffectServer;
let component: Uint8Array;
let serving: Serving[] = [];
beforeAll(async () => {
  desk = await createDesk();
  await buildSteps(desk);
  component = readFileSync(desk.path('steps.wasm'));
  effects = await startEffectServer();
});
afterEach(async () => {
  await Promise.all(serving.map((one) => one.stop('SIGKILL')));
  serving = [];
});
afterAll(async () => {
  await effects.close();
  desk.close();
});

async function start(name: string, args: readonly string[] = [], options: ServeOptions = {}): Promise<Serving> {
  const one = await startServe(desk.path(name), ['--policy', desk.path('all'), '--workers', '1', ...args], options);
  serving.push(one);
  return one;
}

async function makeObject(node: Serving, input: object, more: object = {}): Promise<string> {
  const put = await node.fetch('PUT', '/handlers', component, { 'content-type': 'application/wasm' });
  const { handler } = JSON.parse(await put.text());
  const draft = { handler, intent: { kind: 'test', goal: 'test', input }, context: { capabilities: ['*'] }, ...more };
  const made = await node.fetch('POST', '/objects', draft);
  const text = await made.text();
  if (made.status !== 201) throw new Error(`expected an object, found ${text}`);
  return JSON.parse(text).id;
}

async function result(node: Serving, id: string) {
  const response = await node.fetch('GET', `/objects/${id}/result?wait=20000`);
  return JSON.parse(await response.text());
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('serve', () => {
  it('makes what it needs at its first start, for the owner alone, and shows the token to nobody', async () => {
    const node = await start('first');
    const folder = desk.path('first');
    const token = readFileSync(join(folder, 'first.token'), 'utf8').trim();
    expect(['node.pem', 'tokens.json', 'first.token'].map((name) => modeOf(join(folder, name)))).toEqual([
      '600',
      '600',
      '600',
    ]);
    expect(modeOf(folder)).toBe('700');
    expect(modeOf(join(folder, 'node.db'))).toBe('600');
    expect(readFileSync(join(folder, 'tokens.json'), 'utf8')).not.toContain(token);
    expect(node.facts).toMatchObject({
      policy: 'all',
      zone: '',
      made: ['node.pem', 'tokens.json', 'first.token'].map((name) => join(folder, name)),
    });
    expect(node.facts['actions']).toContain('evaluate');
    expect((await node.fetch('GET', '/stats')).status).toBe(200);
    expect(
      (await fetch(`${node.facts.url}/stats`, { headers: { authorization: 'Bearer another-token-than-that' } })).status,
    ).toBe(401);
    expect(await node.stop()).toEqual({ code: 0, signal: null });
    expect(node.said.stdout + node.said.stderr).not.toContain(token);

    const before = readFileSync(join(folder, 'node.pem'));
    const again = await start('first');
    expect(again.facts).toMatchObject({ made: [], firstToken: null, node: node.facts['node'] });
    expect(readFileSync(join(folder, 'node.pem'))).toEqual(before);
    expect((await again.fetch('GET', '/stats')).status).toBe(200);
    await again.stop();

    // as after a kill between the two files
    rmSync(join(folder, 'tokens.json'));
    const third = await start('first');
    expect(readFileSync(join(folder, 'first.token'), 'utf8').trim()).toBe(token);
    expect((await third.fetch('GET', '/stats')).status).toBe(200);
    await third.stop();
    rmSync(join(folder, 'tokens.json'));
    writeFileSync(join(folder, 'first.token'), 'something else');
    await expect(start('first')).rejects.toThrow(/first\.token: expected a token, found something else/);
  });

  it('has after a kill what it answered before', async () => {
    const node = await start('killed');
    const ended = await makeObject(node, { step: 'say', text: 'hello' });
    const asleep = await makeObject(node, { step: 'sleep' });
    expect(await result(node, ended)).toMatchObject({ object: { status: 'terminated' } });
    expect(await result(node, asleep)).toMatchObject({ object: { status: 'dormant', waitsFor: { signals: ['go'] } } });
    const held = await makeObject(node, { step: 'sleep' }, { run: false });
    expect(await node.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });

    const again = await start('killed');
    expect(await result(again, ended)).toMatchObject({ object: { status: 'terminated' } });
    const signalled = await again.fetch('POST', `/objects/${asleep}/signals/go?wait=20000`, { by: 'test' });
    expect(JSON.parse(await signalled.text())).toMatchObject({ run: { status: 'terminated' } });
    expect(await result(again, held)).toMatchObject({ object: { status: 'active', cycles: 0 } });
  });

  it('ends in good order when it is asked to: what runs comes behind its seal, and nothing new is taken', async () => {
    const node = await start('graceful');
    const url = `${effects.url}/graceful/slow`;
    const held = effects.hold('/graceful/slow');
    const id = await makeObject(node, { step: 'fetch', url }, { run: false });
    const evaluated = node.fetch('POST', `/objects/${id}/evaluate`);
    await held.arrived;
    const ended = node.stop();
    await node.logged('closing');
    const refused = await node.fetch('POST', `/objects/${id}/signals/go`, null);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(JSON.parse(await refused.text()).code).toBe('node.closing');
    held.release();
    expect([200, 202]).toContain((await evaluated).status);
    expect(await ended).toEqual({ code: 0, signal: null });

    const again = await start('graceful');
    const view = JSON.parse(await (await again.fetch('GET', `/objects/${id}`)).text());
    expect(view.entries.filter(({ kind }: { kind: string }) => kind === 'recover')).toEqual([]);
    expect(view).toMatchObject({ cycle: 1, values: { answer: { value: 200 } } });
    expect(effects.ledger('graceful').seen).toHaveLength(1);
  });

  it('ends at once when it is asked twice', async () => {
    const node = await start('twice');
    const held = effects.hold('/twice/slow');
    const id = await makeObject(node, { step: 'fetch', url: `${effects.url}/twice/slow` }, { run: false });
    const evaluated = node.fetch('POST', `/objects/${id}/evaluate`).catch(() => null);
    await held.arrived;
    node.child.kill('SIGTERM');
    await node.logged('closing');
    expect(await node.stop('SIGINT')).toEqual({ code: 130, signal: null });
    held.release();
    await evaluated;
  });

  it('reads its tokens again when it is told, and keeps them where the file is none', async () => {
    const node = await start('tokens');
    const file = join(desk.path('tokens'), 'tokens.json');
    const { code, stdout } = await sojourn(['token', 'reader', '--tokens', file, '--scope', 'read']);
    expect(code).toBe(0);
    const as = { authorization: `Bearer ${stdout.trim()}` };
    expect((await node.fetch('GET', '/objects', undefined, as)).status).toBe(401);
    node.child.kill('SIGHUP');
    await node.logged('tokens read again');
    expect((await node.fetch('GET', '/objects', undefined, as)).status).toBe(200);
    expect((await node.fetch('POST', '/objects', {}, as)).status).toBe(403);
    writeFileSync(file, '{ "tokens": [');
    node.child.kill('SIGHUP');
    await node.logged('the tokens stay as they were');
    expect((await node.fetch('GET', '/objects', undefined, as)).status).toBe(200);
    expect(node.said.stderr).not.toContain(stdout.trim());
  });

  it('keeps objects in files as well, and tells Prometheus how it stands', async () => {
    const node = await start('files', ['--store', 'file:', '--zone', 'eu-west']);
    const id = await makeObject(node, { step: 'say', text: 'hello' });
    await result(node, id);
    expect(statSync(join(desk.path('files'), 'objects', `${id}.sojourn`)).size).toBeGreaterThan(500);
    const text = await (await node.fetch('GET', '/metrics')).text();
    expect(text).toContain('sojourn_objects{status="terminated"} 1');
    expect(text).toMatch(
      /http_server_request_duration_seconds_count\{http_route="\/objects",http_request_method="POST",http_response_status_code="201"\} 1/,
    );
    expect(text).toContain('process_resident_memory_bytes');
  });
});

describe('serve, where it can’t,', () => {
  it('leaves a store that another process has alone', async () => {
    await start('shared');
    await expect(start('shared')).rejects.toThrow(/store\.busy/);
  });

  it.each<[string, readonly string[], string]>([
    ['a port that is taken', ['--port', '1'], ''],
    ['a policy that is none', ['--policy', 'nothing'], 'store.missing'],
    ['a store of another kind', ['--store', 'redis:'], 'usage'],
    ['a tokens file that is not there', ['--tokens', 'nothing.json'], 'store.missing'],
  ])('says so: %s', async (_, args, code) => {
    if (code === '') return expectTaken();
    await expect(start('none', args)).rejects.toThrow(new RegExp(`"code": "${code}"`));
  });

  async function expectTaken(): Promise<void> {
    const { port } = new URL(effects.url);
    await expect(start('taken', ['--port', port])).rejects.toThrow(/EADDRINUSE/);
  }

  it('may not write to its folder, it says so and makes nothing', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs to start a process as another user: root');
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-read-only-'));
    await expect(startServe(join(folder, 'data'), [], { uid: 65_534 })).rejects.toThrow(/store\.failed[\s\S]*EACCES/);
    rmSync(folder, { recursive: true });
  });

  it('has no room left, it refuses what it can’t keep, keeps what it has, and goes on when there is room', async ({
    skip,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-full-'));
    if (!(await mountSmallDisk(folder, '8m'))) skip('needs to mount a file system: root with CAP_SYS_ADMIN');
    try {
      const node = await startServe(join(folder, 'data'), ['--policy', desk.path('all'), '--workers', '1']);
      serving.push(node);
      const kept = await makeObject(node, { step: 'sleep' });
      await result(node, kept);
      const { handler } = JSON.parse(await (await node.fetch('GET', `/objects/${kept}?brief`)).text());
      const make = async () => {
        const intent = { kind: 'test', goal: 'test', input: 'x'.repeat(60_000) };
        const made = await node.fetch('POST', '/objects', { handler, intent, run: false });
        return { status: made.status, ...JSON.parse(await made.text()) };
      };
      const made: string[] = [];
      let last = await make();
      for (; last.status === 201 && made.length < 200; last = await make()) made.push(last.id);
      expect(last).toMatchObject({ status: 507, code: 'store.full' });
      expect(made.length).toBeGreaterThan(0);
      expect((await node.fetch('GET', `/objects/${kept}`)).status).toBe(200);
      await run('mount', ['-o', 'remount,size=64m', folder]);
      expect((await make()).status).toBe(201);
      const signalled = await node.fetch('POST', `/objects/${kept}/signals/go?wait=20000`, null);
      expect(JSON.parse(await signalled.text())).toMatchObject({ run: { status: 'terminated' } });
      for (const id of made) expect((await node.fetch('GET', `/objects/${id}`)).status).toBe(200);
      await node.stop();
    } finally {
      await unmount(folder);
      rmSync(folder, { recursive: true });
    }
  });
});

describe('token', () => {
  it('makes, lists and removes tokens, and shows each of them once', async () => {
    const file = desk.path('some-tokens.json');
    const made = await expectDone(
      desk.run('token', 'one', '--tokens', file, '--scope', 'read', '--scope', 'run', '-o', 'one.token'),
    );
    const secret = readFileSync(desk.path('one.token'), 'utf8').trim();
    expect(modeOf(desk.path('one.token'))).toBe('600');
    expect(modeOf(file)).toBe('600');
    expect(made.stdout + made.stderr + readFileSync(file, 'utf8')).not.toContain(secret);
    const { json } = await desk.json('token', '--tokens', file);
    expect(json).toEqual({
      tokens: [{ name: 'one', scopes: ['read', 'run'], objects: null, handlers: null, perSecond: null, expires: null }],
    });
    expect((await desk.run('token', 'one', '--tokens', file, '--scope', 'read')).code).toBe(4);
    expect((await desk.run('token', 'two', '--tokens', file)).code).toBe(2);
    expect((await desk.run('token', 'two', '--tokens', file, '--scope', 'root')).code).toBe(2);
    await expectDone(desk.run('token', 'one', '--tokens', file, '--remove'));
    expect((await desk.json('token', '--tokens', file)).json).toEqual({ tokens: [] });
  });
});
