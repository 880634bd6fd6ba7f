/** Polling (R45): satisfied, not yet, not enough input; a cursor; attempts that changed nothing, merged, across restarts and nodes. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch } from '../../host/capability/http.ts';
import { generateKey, nativeHash } from '../../host/node/native.ts';
import type { Host } from '../../host/node/host.ts';
import { encodeEntry } from '../../host/object/entry.ts';
import type { AttemptsBody } from '../../host/object/model.ts';
import type { EffectServer } from './effect-server.ts';
import { startEffectServer } from './effect-server.ts';
import { ask, delayOf, endsOf, entriesOf, HOUR, replayOf, scriptOf, SECOND } from './retrying.ts';
import type { NodeOptions, World } from './world.ts';
import { createWorld, DAY } from './world.ts';
import { ofKind } from './wreck.ts';

let world: World;
let server: EffectServer;

beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
});

afterAll(() => Promise.all([world.close(), server.close()]));

/** A real answer without a network in between; counts what was asked. */
function answering(answer: (url: URL) => unknown): { readonly fetch: Fetch; readonly urls: string[] } {
  const urls: string[] = [];
  const fetch: Fetch = async (url) => {
    urls.push(url);
    return Response.json(answer(new URL(url)));
  };
  return { fetch, urls };
}

const HOURLY = { maxAttempts: 10_000, maxElapsed: 400 * DAY, minDelay: HOUR, maxDelay: HOUR };

interface Poller {
  readonly path: string;
  readonly urls: string[];
  /** Runs it once an hour, so many times. */
  hours(count: number, host?: Host): Promise<void>;
  node(options?: NodeOptions): Host;
}

/** An object that asks once an hour, and has asked once. */
async function poller(name: string, answer: (url: URL) => unknown, changes = {}): Promise<Poller> {
  const path = await world.object(name, scriptOf(ask('https://vendor.example/state', { retry: HOURLY, ...changes })));
  const { fetch, urls } = answering(answer);
  const node = (options: NodeOptions = {}): Host => world.node({ fetch, ...options });
  await node().run(path);
  return {
    path,
    urls,
    node,
    async hours(count, host = node()) {
      for (let hour = 0; hour < count; hour++) {
        world.time += HOUR;
        await host.run(path);
      }
    },
  };
}

describe('a poll', () => {
  test('tells not yet from not enough input, and ends when it is satisfied', async () => {
    const answers = [{ state: 'queued' }, { error: 'starting' }, { state: 'ready', size: 3 }];
    let next = 0;
    const { path, node } = await poller('answers', () => answers[next++]);
    const host = node();
    world.time += HOUR;
    expect(endsOf(await host.run(path))).toEqual(['partial execution not-enough-input']);
    world.time += HOUR;
    const report = await host.run(path);
    expect(endsOf(report)).toEqual(['success execution', 'success termination']);
    expect(report.state.values.get('answer')?.value).toEqual({ state: 'ready', size: 3 });
    expect(ofKind(await entriesOf(host, path), 'outcome').map(({ body }) => body.class)).toEqual([
      'deferral',
      'partial',
      'success',
      'success',
    ]);
    expect(await replayOf(host, path)).toEqual(['same', 'same', 'same', 'same']);
  });

  test('goes on at its cursor: what was had is not asked for again, on whatever node', async () => {
    const pages: { [after: string]: unknown } = { '': { next: 'a&1' }, 'a&1': { next: 7 }, '7': { state: 'ready' } };
    const poll = {
      predicate: [{ tag: 'equals', val: { pointer: '/state', value: '"ready"' } }],
      cursor: { pointer: '/next', parameter: 'after' },
    };
    const { path, urls, node } = await poller('cursor', (url) => pages[url.searchParams.get('after') ?? ''], { poll });
    const other = node({ signer: generateKey().signer });
    expect((await other.show(path)).state.pending).toMatchObject({ cursor: 'a&1', class: 'partial' });
    world.time += HOUR;
    expect(endsOf(await other.run(path))).toEqual(['partial execution cursor-moved']);
    world.time += HOUR;
    expect((await other.run(path)).status).toBe('terminated');
    expect(urls).toEqual(['', '?after=a%261', '?after=7'].map((query) => `https://vendor.example/state${query}`));
    expect(await replayOf(other, path)).toEqual(['same', 'same', 'same', 'same']);
  });
});

describe('attempts that changed nothing', () => {
  test('are merged into one entry whose count grows, sealed at each power of two', async () => {
    const { path, urls, node, hours } = await poller('merged', () => ({ state: 'queued' }));
    const before = statSync(path).size;
    await hours(11);
    const { state, entries, unsealed } = await node().show(path);
    expect(urls).toHaveLength(12);
    expect(ofKind(entries, 'attempts').map(({ body }) => body.count)).toEqual([1, 1, 2, 4, 3]);
    expect(unsealed).toBe(1);
    expect(state.pending).toMatchObject({ attempts: 12, merged: 11, consecutive: 12 });
    expect(state.spent).toMatchObject({ cycles: 12, calls: 12 });
    const size = statSync(path).size;
    await hours(4);
    expect(statSync(path).size - size).toBeLessThan(20);
    expect(size - before).toBeLessThan(5 * 700);
    expect(await replayOf(node(), path)).toEqual(['same', ...Array<string>(5).fill('skipped')]);
  });

  test('are behind each other in time: the next one is due an hour after the last', async () => {
    const { path, urls, node, hours } = await poller('due', () => ({ state: 'queued' }));
    await hours(3);
    world.time += HOUR - 1;
    const report = await node().run(path);
    expect([report.status, urls.length]).toEqual(['dormant', 4]);
    expect(report.wakesAt).toBe(world.time + 1);
    // what was recorded meanwhile seals those before it
    expect((await node().show(path)).unsealed).toBe(0);
    world.time += 1;
    const next = await node().run(path);
    expect(next.attempts?.body).toMatchObject({ count: 1, class: 'deferral' });
    expect(urls).toHaveLength(5);
  });

  test('survive a restart and another node, which says that it takes them over', async () => {
    const { path, node, hours } = await poller('moved', () => ({ state: 'queued' }));
    await hours(7);
    await hours(2);
    expect((await node().show(path)).state.pending?.merged).toBe(9);
    const other = node({ signer: generateKey().signer });
    // a look that comes to nothing writes nothing
    const bytes = readFileSync(path);
    await other.show(path);
    await expect(other.signal(path, 'Bad Name', null)).rejects.toThrow('signal name');
    expect(readFileSync(path).equals(bytes)).toBe(true);
    await hours(1, other);
    const entries = await entriesOf(other, path);
    const recover = ofKind(entries, 'recover');
    expect(recover.map(({ node: by }) => Buffer.from(by).toString('hex'))).toEqual([other.node]);
    // the verdict and the wait are the other node's own: worth a cycle. What follows is merged again.
    expect(endsOf({ outcomes: ofKind(entries, 'outcome') } as never).at(-1)).toBe('deferral execution not-yet');
    expect((await other.show(path)).state.pending).toMatchObject({ attempts: 11, merged: 0 });
    await hours(3, other);
    expect((await other.show(path)).state.pending).toMatchObject({ attempts: 14, merged: 3 });
    const report = await other.verify(path, { replay: true });
    expect(report.ok).toBe(true);
  });

  test('and the cycle of another node behind them, torn in its seal: gone on with', async () => {
    let state = 'queued';
    const { path, urls, node, hours } = await poller('torn', () => ({ state }));
    await hours(3 + 2);
    const other = node({ signer: generateKey().signer });
    state = 'ready';
    world.time += HOUR;
    await other.run(path, { once: true });
    const whole = readFileSync(path);
    const { entries } = await other.show(path);
    expect(entries.slice(-9).map(({ kind }) => kind)).toEqual([
      'attempts',
      'recover',
      'wake',
      'verdict',
      'verdict',
      'call',
      'result',
      'outcome',
      'seal',
    ]);
    const [cut, asked] = [whole.subarray(0, whole.length - 40), urls.length];
    for (const host of [other, node()]) {
      writeFileSync(path, cut);
      expect(endsOf(await host.run(path)).at(-1)).toBe('success termination');
      expect(await replayOf(host, path)).toContain('same');
    }
    expect(urls).toHaveLength(asked);
  });

  test('and a signal behind them: both are sealed, nothing is lost', async () => {
    const { path, node, hours } = await poller('signalled', () => ({ state: 'queued' }));
    await hours(3);
    await node().signal(path, 'hello', null);
    const { state, unsealed } = await node().show(path);
    expect([state.pending?.merged, state.signals.length, unsealed]).toEqual([3, 1, 0]);
  });

  test('that no seal covers yet are sealed and go along when the object is archived, by whoever does it', async () => {
    for (const by of ['itself', 'another']) {
      const { path, node, hours } = await poller(`archived-${by}`, () => ({ state: 'queued' }));
      await hours(6);
      const before = await node().show(path);
      expect([before.state.pending?.merged, before.unsealed]).toEqual([6, 1]);
      const host = by === 'itself' ? node() : node({ signer: generateKey().signer });
      const archive = `${path}.1`;
      await host.archive(path, { to: archive, withoutHandler: false });
      const told = node({ accept: [host.node] });
      expect((await told.show(path)).state.pending).toEqual(before.state.pending);
      await hours(3, told);
      expect((await told.show(path)).state.pending?.attempts).toBe(10);
      expect(await told.verify(path, { archives: [archive] })).toMatchObject({ ok: true });
    }
  });

  test('do not hide one that changed something: it is a cycle of its own', async () => {
    let state = 'queued';
    const { path, node, hours } = await poller('changed', () => (state === '' ? {} : { state }));
    await hours(5);
    state = '';
    await hours(1);
    state = 'queued';
    await hours(2);
    const { entries } = await node().show(path);
    expect(ofKind(entries, 'outcome').map(({ body }) => body.reason)).toEqual([
      'not-yet',
      'not-enough-input',
      'not-yet',
    ]);
    expect(ofKind(entries, 'attempts').map(({ body }) => body.count)).toEqual([1, 1, 2, 1, 1]);
  });

  test('that nobody signed are no more than as many again: a forged count does not use up an envelope', async () => {
    const { path, node, hours } = await poller('forged', () => ({ state: 'queued' }));
    await hours(2);
    const { state } = await node().show(path);
    const body: AttemptsBody = {
      proposal: state.pending!.proposal,
      count: 9000,
      first: world.time,
      last: world.time,
      class: 'deferral',
      fuel: 0,
      calls: 0,
      bytes: 0,
      digest: null,
    };
    const header = { seq: state.seq + 1, prev: state.head, time: world.time, node: new Uint8Array(16).fill(7) };
    const forged = encodeEntry({ ...header, cycle: state.cycle, policy: null, kind: 'attempts', body });
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.concat([whole, forged]));
    await expect(node().run(path)).rejects.toThrow('expected at most 2 attempts, found 9000');
    expect(nativeHash(readFileSync(path).subarray(0, whole.length))).toEqual(nativeHash(whole));
  });

  test('use up the envelope like any other', async () => {
    const { path, node, hours } = await poller('used-up', () => ({ state: 'queued' }), {
      retry: { ...HOURLY, maxAttempts: 6 },
    });
    await hours(5);
    const { state } = await node().show(path);
    expect(state.last?.body).toMatchObject({
      reason: 'envelope:attempts',
      value: { result: { class: 'deferral', reason: 'not-yet', attempts: 6 } },
    });
  });

  test('of a server that is down are merged, too, once the delay has reached the longest', async () => {
    const path = await world.object(
      'down',
      scriptOf(ask('https://vendor.example/state', { retry: { ...HOURLY, minDelay: 10 * SECOND } })),
    );
    const host = world.node({
      fetch: () => Promise.reject(new TypeError('fetch failed')),
    });
    await host.run(path);
    for (let i = 0; i < 40; i++) {
      world.time += delayOf((await host.show(path)).state) ?? 0;
      await host.run(path);
    }
    const { state, entries } = await host.show(path);
    expect(state.pending).toMatchObject({ attempts: 41, class: 'no-response' });
    // 30 s doubled up to an hour: eight delays of their own
    expect(ofKind(entries, 'outcome')).toHaveLength(8);
    expect(state.negatives).toHaveLength(1);
    expect(await replayOf(host, path)).toContain('skipped');
  });
});
