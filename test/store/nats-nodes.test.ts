/**
 * What several nodes over one server can rely on: one append wins, an answer that is lost is no doubt, and a server that lost what it had
 * acknowledged is found out. Nodes are stores with connections of their own here; as processes they are in test/nats.
 */
import { cpSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Listed, NodeStore, ObjectFile } from '../../host/ports.ts';
import { needTools } from '../toolchain/tools.ts';
import { idOf } from './contract.ts';
import { startLink } from './nats-link.ts';
import type { Link } from './nats-link.ts';
import { startNatsServer } from './nats-server.ts';
import type { NatsServer } from './nats-server.ts';
import { natsStores } from './nats-store.ts';
import type { NatsStores } from './nats-store.ts';
import { readAll, streamOf } from './object-contract.ts';

const tools = needTools('several stores over NATS', ['nats-server']);
const first = Uint8Array.of(1, 2, 3);
const name = idOf('a');

describe.runIf(tools !== null)('two nodes over one nats-server', () => {
  let server: NatsServer;
  let stores: NatsStores;
  let [a, b]: [NodeStore, NodeStore] = [null!, null!];

  beforeAll(async () => {
    server = await startNatsServer(tools!['nats-server'], { maxPayload: 4096 });
  });
  beforeEach(async () => {
    stores = natsStores(server.url);
    a = await stores.open({ leaseMs: 1000, answerMs: 300 });
    b = await stores.open({ answerMs: 300 });
    await a.create(name, first);
  });
  afterEach(() => stores.remove());
  afterAll(() => server.close());

  /** Takes the lease as soon as its holder has lost it. */
  async function openWhenFree(store: NodeStore): Promise<ObjectFile> {
    for (;;) {
      try {
        return await store.open(name);
      } catch (error) {
        expect(error).toMatchObject({ code: 'store.busy' });
      }
    }
  }

  it('never have one object open at once while its holder lives', async () => {
    const file = await a.open(name);
    await expect(b.open(name)).rejects.toMatchObject({ code: 'store.busy' });
    await file.close();
    const next = await b.open(name);
    await expect(a.open(name)).rejects.toMatchObject({ code: 'store.busy' });
    await next.close();
  });

  it('let one append win where a lease has run out, and refuse the other for good', async () => {
    const link = await startLink(server.url);
    const lost = await natsStores(link.url).open({ prefix: stores.prefix, answerMs: 300 });
    const paused = await lost.open(name);
    await paused.append(Uint8Array.of(4), true);
    await link.close(); // nothing renews the lease any more
    const file = await openWhenFree(b);
    expect(await readAll(file.read(0))).toEqual(Uint8Array.of(1, 2, 3, 4));
    await lost.close();
    await file.close();

    // the same, where the one who was away comes back
    const [one, other] = [await a.open(name), await takeAnyway(b)];
    await other.append(Uint8Array.of(5), true);
    await expect(one.append(Uint8Array.of(6), true)).rejects.toMatchObject({ code: 'store.busy' });
    await expect(one.append(Uint8Array.of(6), true)).rejects.toMatchObject({ code: 'store.failed' });
    await expect(one.truncate(0)).rejects.toMatchObject({ code: 'store.failed' });
    await one.close();
    await other.append(Uint8Array.of(7), true);
    await other.close();
    expect(await readAll(a.read(name))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 7));
  });

  /** Opens in spite of the lease: as where its holder was paused for longer than it. */
  async function takeAnyway(store: NodeStore): Promise<ObjectFile> {
    await stores.dropLeases();
    return store.open(name);
  }

  it('give one of two holders the win, whatever each of them writes', async () => {
    const changes: readonly ((file: ObjectFile) => Promise<void>)[] = [
      (file) => file.append(new Uint8Array(10_000).fill(4), true),
      (file) => file.truncate(1),
      (file) => file.replace(streamOf([new Uint8Array(9000).fill(5)])),
      (file) => file.append(new Uint8Array(0), true, Uint8Array.of(6)),
    ];
    for (const [index, change] of changes.entries()) {
      const object = idOf(`change ${index}`);
      await a.create(object, first);
      const one = await a.open(object);
      await stores.dropLeases();
      const other = await b.open(object);
      const done = await Promise.allSettled([change(one), change(other)]);
      expect(done.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(done.find((each) => each.status === 'rejected')?.reason).toMatchObject({ code: 'store.busy' });
      const winner = done[0]?.status === 'fulfilled' ? one : other;
      expect(await readAll(a.read(object))).toEqual(await readAll(winner.read(0)));
      await Promise.all([one.close(), other.close()]);
    }
  });

  it('hand an object over with a mark, which the other holder runs into', async () => {
    const file = await a.open(name);
    await b.mark(name, 'left');
    await expect(file.append(Uint8Array.of(4), true)).rejects.toMatchObject({ code: 'store.busy' });
    await file.close();
    expect(await a.find(name)).toMatchObject({ mark: 'left', length: 3 });
  });

  it('follow what the other one changes, and not what they change themselves', async () => {
    const stop = new AbortController();
    const changes = b.changes(stop.signal)![Symbol.asyncIterator]();
    const next = async (): Promise<Listed> => ((await changes.next()) as IteratorYieldResult<Listed>).value;
    const other = idOf('b');
    const change = next(); // from here on
    await b.find(name);
    await a.create(other, new Uint8Array(9000).fill(7), Uint8Array.of(9));
    expect(await change).toEqual({ name: other, length: 9000, note: Uint8Array.of(9), mark: null });
    await b.create(idOf('c'), first);
    await a.mark(other, 'left');
    expect(await next()).toEqual({ name: other, length: 9000, note: Uint8Array.of(9), mark: 'left' });
    // the server is killed and comes back: what is written then is still told
    await server.kill();
    await server.start();
    const file = await openWhenFree(a);
    await file.append(Uint8Array.of(4), true, Uint8Array.of(8));
    expect(await next()).toEqual({ name, length: 4, note: Uint8Array.of(8), mark: null });
    await file.close();
    stop.abort();
    expect(await changes.next()).toMatchObject({ done: true });
  });

  it('leave nothing behind of what is cut again and again, or replaced', async () => {
    const clean = await stores.open({ replacedMs: 0 });
    const file = await clean.open(name);
    expect(await readAll(file.read(0))).toEqual(first);
    for (let i = 0; i < 30; i++) {
      await file.append(Uint8Array.of(i), true);
      await file.truncate(3);
    }
    // what it was made of, and the last cut
    while ((await stores.messages()) > 2) await clean.find(name);
    expect(await stores.messages()).toBe(2);
    await file.append(new Uint8Array(20_000).fill(1), true);
    await file.replace(streamOf([new Uint8Array(10_000).fill(2)]));
    await file.append(Uint8Array.of(3), true);
    await file.close();
    const left = Math.ceil(10_000 / (4096 - 512)) + 1;
    while ((await stores.messages()) > left) await clean.find(name);
    expect(await stores.messages()).toBe(left);
    expect((await readAll(b.read(name))).length).toBe(10_001);
  });

  it('take over what is left of a creation that did not end', async () => {
    const link = await startLink(server.url);
    const lost = await natsStores(link.url).open({ prefix: stores.prefix, answerMs: 300, patienceMs: 0 });
    const half = idOf('half');
    async function* cutting(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10_000).fill(1);
      await link.close();
      yield new Uint8Array(10_000).fill(2);
    }
    await expect(lost.create(half, cutting())).rejects.toMatchObject({ code: 'store.failed' });
    await lost.close();
    await expect(b.open(half)).rejects.toMatchObject({ code: 'store.missing' });
    expect(await b.find(half)).toBeNull();
    await stores.dropLeases();
    await b.create(half, new Uint8Array(5000).fill(3));
    expect(await readAll(a.read(half))).toEqual(new Uint8Array(5000).fill(3));
  });
});

describe.runIf(tools !== null)('a node whose link or server fails', () => {
  let server: NatsServer;
  let link: Link;
  let stores: NatsStores;
  let store: NodeStore;

  beforeEach(async () => {
    server = await startNatsServer(tools!['nats-server']);
    link = await startLink(server.url);
    stores = natsStores(link.url);
    store = await stores.open({ answerMs: 300 });
    await store.create(name, first);
  });
  afterEach(async () => {
    await store.close();
    await link.close();
    await server.close();
  });

  it('knows an append again whose answer was lost: it is there once', async () => {
    const file = await store.open(name);
    link.dropAnswerTo('the fourth');
    await file.append(Buffer.from('the fourth'), true);
    await file.append(Buffer.from(' and on'), true);
    expect(Buffer.from(await readAll(file.read(3))).toString()).toBe('the fourth and on');
    await file.close();
  });

  it('knows a creation again whose answer was lost', async () => {
    link.dropAnswerTo('another object');
    await store.create(idOf('b'), Buffer.from('another object'));
    expect(Buffer.from(await readAll(store.read(idOf('b')))).toString()).toBe('another object');
  });

  it('keeps an object open while the server is killed and comes back with all that it had', async () => {
    const file = await store.open(name);
    await file.append(Uint8Array.of(4), true);
    await server.kill();
    const appended = file.append(Uint8Array.of(5), true);
    await server.start();
    await appended;
    await file.close();
    expect(await readAll(store.read(name))).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
  });

  it('says that it could not, where the server stays away, and leaves the rest to who opens it next', async () => {
    const hasty = await stores.open({ answerMs: 300, patienceMs: 0 });
    const file = await hasty.open(name);
    await server.kill();
    await expect(file.append(Uint8Array.of(4), true)).rejects.toMatchObject({ code: 'store.failed' });
    await expect(hasty.find(name)).rejects.toMatchObject({ code: 'store.failed' });
    await file.close();
    await server.start();
    const next = await store.open(name); // leases are gone with the server
    expect(await readAll(next.read(0))).toEqual(first);
    await next.append(Uint8Array.of(5), true);
    await next.close();
    await hasty.close();
  });

  it('finds out that a server lost what it had acknowledged, though sequences are the same again', async () => {
    const file = await store.open(name);
    const backup = `${server.folder}.backup`;
    await server.kill();
    cpSync(server.folder, backup, { recursive: true });
    await server.start();
    await file.append(Uint8Array.of(4), true);
    const { version } = file;
    // as after a power cut without a sync
    await server.kill();
    rmSync(server.folder, { recursive: true });
    cpSync(backup, server.folder, { recursive: true });
    rmSync(backup, { recursive: true });
    await server.start();
    const other = await stores.open({ answerMs: 300 });
    const next = await other.open(name);
    await next.append(Uint8Array.of(9), true);
    expect(next.version?.split(' ')[0]).toBe(version?.split(' ')[0]);
    expect(next.version).not.toBe(version);
    await store.find(name); // connected again, so that the append does not fail for another reason
    await expect(file.append(Uint8Array.of(5), true)).rejects.toMatchObject({ code: 'store.busy' });
    await file.close();
    await next.close();
    await other.close();
  });

  it('is told at once that there is no server', async () => {
    await server.kill();
    await expect(stores.open()).rejects.toMatchObject({ code: 'store.failed' });
  });
});
