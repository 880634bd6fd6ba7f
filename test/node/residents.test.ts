/**
 * What a node knew of an object when it closed it is gone on with where the store says that the bytes are the same, and nowhere else.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createNativeVerify, generateReaderKey, nativeHash, systemRandom } from '../../host/node/native.ts';
import { openSession } from '../../host/node/open-session.ts';
import { deliverSignal } from '../../host/node/signal.ts';
import { createResidents } from '../../host/node/residents.ts';
import type { Residents } from '../../host/node/residents.ts';
import type { ObjectFile, Store } from '../../host/ports.ts';
import { createFileStore } from '../../host/store/file.ts';
import type { Value } from '../../host/value.ts';
import { ask, HOUR, scriptOf } from './retrying.ts';
import { createWorld, DAY, propose } from './world.ts';
import type { NodeOptions, World } from './world.ts';

let world: World;
let store: Watched;
let residents: Residents;
let number = 0;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  store = watchedStore();
  residents = createResidents({ objects: 8, bytes: 1024 * 1024 });
});

interface Watched extends Store {
  /** How often an open object was read from the start. */
  whole: number;
  /** Appends that fail from here on. */
  broken: boolean;
  /** Whether it can tell which bytes it has. */
  telling: boolean;
}

/** Files whose version is their very content. */
function watchedStore(): Watched {
  const files = createFileStore();
  const watched: Watched = { ...files, whole: 0, broken: false, telling: true, open };
  async function open(name: string): Promise<ObjectFile> {
    const file = await files.open(name);
    return {
      get length() {
        return file.length;
      },
      get version() {
        return watched.telling ? createHash('sha256').update(readFileSync(name)).digest('hex') : null;
      },
      read(offset) {
        if (offset === 0) watched.whole++;
        return file.read(offset);
      },
      append(bytes, sync) {
        if (watched.broken) throw new SojournError('store.failed', `${name}: append: expected it to work, found EIO`);
        return file.append(bytes, sync);
      },
      truncate: (length) => file.truncate(length),
      replace: (content) => file.replace(content),
      close: () => file.close(),
    };
  }
  return watched;
}

const node = (options: NodeOptions = {}) => world.node({ store, residents, ...options });
const object = (script: Value = { '*': propose.commit('a', 1) }) => world.object(`resident-${number++}`, script);
/** How often this reads an object from its start. */
async function readsOf(job: () => Promise<unknown>): Promise<number> {
  const before = store.whole;
  await job();
  return store.whole - before;
}

test('the second run reads nothing that the first one knew, and what it writes verifies and replays', async () => {
  const host = node();
  const path = await object({ '*': { calls: [['kv.get', { key: 'a' }]], ...Object(propose.commit('a', 1)) } });
  expect(await readsOf(() => host.run(path, { once: true }))).toBeGreaterThan(0);
  for (let cycle = 2; cycle <= 4; cycle++) {
    expect(await readsOf(() => host.run(path, { once: true }))).toBe(0);
    expect((await host.run(path, { once: true })).state.cycle).toBe(2 * (cycle - 1) + 1);
  }
  expect(await readsOf(() => host.signal(path, 'ping', null))).toBe(0);
  expect(await host.verify(path, { replay: true })).toMatchObject({ ok: true });
});

test('what is known is what a verification finds', async () => {
  const path = await object({
    '*': { calls: [['kv.set', { key: 'b', value: { z: 1, a: [2] } }]], ...Object(propose.commit('a', 1)) },
  });
  const host = node();
  const alone = world.node({ store });
  for (let round = 0; round < 3; round++) await host.run(path, { once: true });
  await host.signal(path, 'ping', { z: 1, a: 2 }, { key: 'k' });
  const copy = world.path(`resident-copy-${number++}`);
  writeFileSync(copy, readFileSync(path));
  const known = await host.run(path, { once: true });
  const verified = await alone.run(copy, { once: true });
  const { head: _a, last: _b, sealed: _c, lastProposal: _d, ...resumed } = known.state;
  const { head: _e, last: _f, sealed: _g, lastProposal: _h, ...reread } = verified.state;
  expect(resumed).toEqual(reread);
});

test('other bytes of the same length are verified anew, and refused', async () => {
  const host = node();
  const path = await object();
  await host.run(path, { once: true });
  const bytes = readFileSync(path);
  const at = bytes.indexOf('success') + 1;
  expect(at).toBeGreaterThan(0);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  await expect(host.run(path, { once: true })).rejects.toMatchObject({ code: expect.stringMatching(/^object\./) });
});

test('what another process appended is seen', async () => {
  const host = node();
  const path = await object();
  await host.run(path, { once: true });
  await world.node().run(path, { once: true });
  let report: Awaited<ReturnType<typeof host.run>> | null = null;
  expect(await readsOf(async () => (report = await host.run(path, { once: true })))).toBeGreaterThan(0);
  expect(report).toMatchObject({ state: { cycle: 3 } });
});

test('an older copy in its place is seen, too', async () => {
  const host = node();
  const path = await object();
  await host.run(path, { once: true });
  const older = readFileSync(path);
  await host.run(path, { once: true });
  writeFileSync(path, older);
  expect((await host.run(path, { once: true })).state.cycle).toBe(2);
});

test('a store that cannot tell versions apart is read each time', async () => {
  store.telling = false;
  const host = node();
  const path = await object();
  for (let cycle = 0; cycle < 2; cycle++)
    expect(await readsOf(() => host.run(path, { once: true }))).toBeGreaterThan(0);
  expect(residents.objects).toBe(0);
});

test('after a failed append nothing is known', async () => {
  const host = node();
  const path = await object();
  await host.run(path, { once: true });
  store.broken = true;
  await expect(host.run(path, { once: true })).rejects.toMatchObject({ code: 'store.failed' });
  expect(residents.objects).toBe(0);
  store.broken = false;
  expect(await readsOf(() => host.run(path, { once: true }))).toBeGreaterThan(0);
});

test('a session that could not write keeps nothing, whoever closes it', async () => {
  const path = await object();
  const ports = {
    clock: { now: () => world.time },
    random: systemRandom,
    hash: nativeHash,
    verify: createNativeVerify(),
    signer: world.creator.signer,
    store,
    residents,
    fetch,
    runner: {} as never, // nothing is run
    handler: async () => null,
  };
  const session = await openSession(path, ports, DEFAULT_LIMITS);
  await session.close();
  expect(residents.objects).toBe(1);
  const again = await openSession(path, ports, DEFAULT_LIMITS);
  store.broken = true;
  await expect(deliverSignal(again, { name: 'ping', key: 'k', payload: null }, DEFAULT_LIMITS)).rejects.toThrow('EIO');
  await again.close();
  expect(residents.objects).toBe(0);
});

test('a cycle that broke off leaves nothing known, and what it wrote is found', async () => {
  const path = await object({
    '*': { calls: [['kv.set', { key: 'b', value: 1 }]], ...Object(propose.commit('a', 1)) },
  });
  let breaks = false;
  const host = node({
    onPoint(point) {
      if (breaks && point === 'decided') throw new Error('the host broke');
    },
  });
  await host.run(path, { once: true });
  breaks = true;
  await expect(host.run(path, { once: true })).rejects.toThrow('the host broke');
  expect(residents.objects).toBe(0);
  breaks = false;
  expect((await host.run(path, { once: true })).state.cycle).toBe(2);
  expect(await host.verify(path, { replay: true })).toMatchObject({ ok: true });
});

test('a signal that is refused costs no verification', async () => {
  const host = node();
  const path = await object();
  await host.run(path, { once: true });
  await expect(host.signal(path, 'no such name', null)).rejects.toMatchObject({ code: 'signal.invalid' });
  expect(await readsOf(() => host.run(path, { once: true }))).toBe(0);
});

test('attempts that no seal covers yet are read again', async () => {
  const hourly = { maxAttempts: 100, maxElapsed: 400 * DAY, minDelay: HOUR, maxDelay: HOUR };
  const path = await object(scriptOf(ask('https://vendor.example/state', { retry: hourly })));
  const host = node({ fetch: async () => Response.json({ state: 'queued' }) });
  await host.run(path);
  for (let hour = 0; hour < 6; hour++) {
    world.time += HOUR;
    expect((await host.run(path)).status).toBe('dormant');
  }
  expect(await host.verify(path, { replay: true })).toMatchObject({ ok: true });
  expect((await host.show(path)).state.pending?.attempts).toBe(7);
});

test('receipts are held against all that is stored', async () => {
  const host = node();
  const [path, other] = [await object(), await object()];
  const { receipt } = await host.run(path, { once: true });
  const stranger = await host.run(other, { once: true });
  expect(await readsOf(() => host.run(path, { once: true, heads: [receipt!] }))).toBeGreaterThan(0);
  await expect(host.run(path, { once: true, heads: [stranger.receipt!] })).rejects.toMatchObject({
    code: 'object.seal',
  });
});

test('confidential bodies are counted on', async () => {
  const host = node();
  const path = await object();
  await host.run(path, { once: true });
  await host.signal(path, 'secret', 'x', { readers: [generateReaderKey().reader.publicKey] });
  expect(
    await readsOf(() => expect(host.checkpoint(path)).rejects.toMatchObject({ code: 'object.confidential' })),
  ).toBe(0);
});

test('a checkpoint and an archive are made of a known object as of any', async () => {
  const host = node();
  const path = await object();
  for (let cycle = 0; cycle < 3; cycle++) await host.run(path, { once: true });
  await host.archive(path, { to: `${path}.archive`, withoutHandler: false });
  expect((await host.run(path, { once: true })).state.cycle).toBe(4);
  expect(await host.verify(path, { archives: [`${path}.archive`] })).toMatchObject({ ok: true });
});

test('those kept longest ago make room, by number and by size', async () => {
  residents = createResidents({ objects: 2, bytes: 1024 * 1024 });
  const host = node();
  const paths = [await object(), await object(), await object()] as const;
  for (const path of paths) await host.run(path, { once: true });
  expect(residents.objects).toBe(2);
  const one = residents.bytes / 2;
  expect(await readsOf(() => host.run(paths[1], { once: true }))).toBe(0);
  expect(await readsOf(() => host.run(paths[0], { once: true }))).toBeGreaterThan(0);

  residents = createResidents({ objects: 100, bytes: one * 1.5 });
  const small = node();
  for (const path of paths) await small.run(path, { once: true });
  expect(residents.objects).toBe(1);
  expect(residents.bytes).toBeLessThanOrEqual(one * 1.5);
  residents.drop(paths[2]);
  expect([residents.objects, residents.bytes]).toEqual([0, 0]);
});
