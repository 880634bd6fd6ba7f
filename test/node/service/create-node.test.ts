/** A node from outside: what is made is run, sleeps, wakes and ends, and each request has its answer. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { nativeHash } from '../../../host/node/native.ts';
import type { NodeEvent } from '../../../host/node/service/node.ts';
import { createMemoryStore } from '../../../host/store/memory.ts';
import { script } from '../family.ts';
import { propose } from '../world.ts';
import { createNodes, within } from './nodes.ts';
import type { Nodes } from './nodes.ts';

const sleep = (ms: number) => propose.sleep([{ tag: 'elapsed', val: ms }]);
const awaitSignal = (name: string) => propose.sleep([{ tag: 'signal', val: name }]);
const DIGEST = (bytes: Uint8Array): string => Buffer.from(nativeHash(bytes)).toString('hex');

// a sandbox takes its time where others use the machine
vi.setConfig({ testTimeout: 120_000 });

let nodes: Nodes;
beforeAll(async () => {
  nodes = await createNodes();
}, 120_000);
afterAll(() => nodes.close());

describe('a node', () => {
  it('runs what is made until it ends', async () => {
    const node = await nodes.node();
    const { id } = await node.create(nodes.draft(script(propose.commit('a', 1), propose.finish({ done: true }))));
    const line = await node.settled(id, within());
    expect(line).toMatchObject({ id, status: 'terminated', cycles: 2, running: false, wakesAt: null, reason: null });
    const { state } = await node.show(id);
    expect(state.values.get('a')?.value).toBe(1);
    expect(await node.line(id)).toEqual(line);
    expect(await node.line('0'.repeat(64))).toBeNull();
    await expect(node.evaluate('../etc')).rejects.toMatchObject({ code: 'store.missing' });
  });

  it('leaves alone what is made so, until somebody asks for it', async () => {
    const node = await nodes.node();
    const { id } = await node.create(nodes.draft(script(propose.finish()), { run: false }));
    expect(await node.settled(id, within())).toMatchObject({ status: 'active', cycles: 0 });
    const report = await node.evaluate(id);
    expect(report.status).toBe('terminated');
    await expect(node.signal(id, 'late', null)).rejects.toMatchObject({ code: 'object.terminated' });
  });

  it('wakes sleepers when they are due and not before, the earliest first, so many at once', async () => {
    const order: string[] = [];
    const node = await nodes.node({
      concurrency: 1,
      onPoint: (point, object) => point === 'opened' && order.push(object),
    });
    const delays = [5_000, 1_000, 4_000, 2_000, 3_000];
    const made = [];
    for (const ms of delays) {
      const { id } = await node.create(nodes.draft(script(sleep(ms), propose.finish())));
      await node.settled(id, within());
      made.push({ id, ms });
    }
    order.length = 0;
    nodes.setTime(nodes.time + 999);
    expect(node.stats().due).toMatchObject({ overdue: 0, next: nodes.time + 1 });
    for (const { id } of made) expect(await node.line(id)).toMatchObject({ status: 'dormant' });
    nodes.setTime(nodes.time + 10_000);
    for (const { id } of made) expect(await node.settled(id, within())).toMatchObject({ status: 'terminated' });
    const expected = made.toSorted((a, b) => a.ms - b.ms).map(({ id }) => id);
    expect([...new Set(order)]).toEqual(expected);
  });

  it('delivers a signal durably and once, and runs what waits for it', async () => {
    const node = await nodes.node();
    const { id } = await node.create(nodes.draft(script(awaitSignal('paid'), propose.finish())));
    const asleep = await node.settled(id, within());
    expect(asleep.waitsFor).toEqual({ signals: ['paid'], objects: [] });
    const other = await node.signal(id, 'other', null, { wait: within().abort });
    expect(other).toMatchObject({ duplicate: false, run: null });
    const first = await node.signal(id, 'paid', { sum: 3 }, { key: 'k', wait: within().abort });
    expect(first.run?.status).toBe('terminated');
    expect(await node.line(id)).toMatchObject({ status: 'terminated', waitsFor: { signals: [] } });
  });

  it('takes a signal in between two cycles of a run that goes on', async () => {
    let release = (): void => {};
    const reached = new Promise<void>((resolve) => (release = resolve));
    const node = await nodes.node({ onPoint: (point) => point === 'sealed' && release() });
    const steps = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [at + 1, propose.commit('n', at)]));
    const { id } = await node.create(nodes.draft({ ...steps, '*': propose.finish() }));
    await reached;
    const { seq } = await node.signal(id, 'now', null, { key: 'once' });
    const again = await node.signal(id, 'now', null, { key: 'once' });
    expect(again).toMatchObject({ seq, duplicate: true });
    expect(await node.settled(id, within())).toMatchObject({ status: 'terminated', cycles: 13 });
    const { entries } = await node.show(id);
    const cycleOf = entries.find((entry) => entry.kind === 'signal')?.cycle ?? 13;
    expect(cycleOf).toBeLessThan(12);
  });

  it('makes one object for one idempotency key, whoever asks how often', async () => {
    const store = createMemoryStore();
    const node = await nodes.node({ store });
    const draft = nodes.draft(script(sleep(1_000_000), propose.finish()), { key: 'order 7' });
    const made = await Promise.all([node.create(draft), node.create(draft), node.create(draft)]);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    nodes.setTime(nodes.time + 5);
    expect(await node.create(draft)).toMatchObject({ id: made[0]?.id, duplicate: true, receipt: made[0]?.receipt });
    const otherDraft = nodes.draft(script(propose.finish()), { key: 'order 7' });
    await expect(node.create(otherDraft)).rejects.toMatchObject({ code: 'object.exists' });
    await node.settled(made[0]?.id ?? '', within());
    // the key is in the object: a node that starts anew finds it
    const after = await nodes.node({ store });
    expect(await after.create(draft)).toMatchObject({ id: made[0]?.id, duplicate: true });
  });

  it('keeps handlers by their digest, and refuses what is none', async () => {
    const node = await nodes.node();
    const handler = DIGEST(nodes.handler);
    await expect(node.create({ ...nodes.draft(script(propose.finish())), handler })).rejects.toMatchObject({
      code: 'component.missing',
    });
    expect(await node.putHandler(nodes.handler)).toEqual({ handler, bytes: nodes.handler.length });
    expect(await node.handlers()).toEqual([{ handler, bytes: nodes.handler.length }]);
    const { id } = await node.create({ ...nodes.draft(script(propose.finish())), handler });
    expect(await node.settled(id, within())).toMatchObject({ status: 'terminated', handler });
    await expect(node.putHandler(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'component.malformed' });
  });

  it('lists by id in pages, by what objects are', async () => {
    const node = await nodes.node();
    const made: string[] = [];
    for (let at = 0; at < 7; at++) {
      const next = at < 4 ? sleep((at + 1) * 1_000) : propose.finish();
      made.push((await node.create(nodes.draft(script(next, propose.finish())))).id);
    }
    for (const id of made) await node.settled(id, within());
    const found: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await node.list({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.objects.map(({ id }) => id));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(found).toEqual(made.toSorted());
    const dormant = await node.list({ status: 'dormant' });
    expect(dormant.objects.map(({ id }) => id)).toEqual(made.slice(0, 4).toSorted());
    const soon = await node.list({ dueBefore: nodes.time + 2_001 });
    expect(soon.objects.map(({ id }) => id)).toEqual(made.slice(0, 2).toSorted());
    expect((await node.list({ kind: 'scripted', handler: DIGEST(nodes.handler) })).objects).toHaveLength(7);
    expect((await node.list({ kind: 'other' })).objects).toEqual([]);
    await expect(node.list({ limit: 0 })).rejects.toMatchObject({ code: 'usage' });
    await expect(node.list({ cursor: 'x' })).rejects.toMatchObject({ code: 'usage' });
  });

  it('refuses what is too much, and goes on with the rest', async () => {
    const node = await nodes.node({ concurrency: 1, waiting: 2 });
    const { id } = await node.create(nodes.draft(script(sleep(1_000_000), propose.finish()), { run: false }));
    const asked = [1, 2, 3, 4].map(() => node.evaluate(id));
    const results = await Promise.allSettled(asked);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ reason: { code: 'node.busy' } });
    expect(await node.evaluate(id)).toMatchObject({ status: 'dormant' });
  });

  it('takes no more once it closes, and leaves what ran behind a seal', async () => {
    const store = createMemoryStore();
    const kept = { ...store, close: async () => {} };
    let release = (): void => {};
    const reached = new Promise<void>((resolve) => (release = resolve));
    const node = await nodes.node({ store: kept, onPoint: (point) => point === 'sealed' && release() });
    const steps = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [at + 1, propose.commit('n', at)]));
    const { id } = await node.create(nodes.draft({ ...steps, '*': propose.finish() }));
    await reached;
    await node.close();
    await expect(node.evaluate(id)).rejects.toMatchObject({ code: 'node.closing' });
    const next = await nodes.node({ store: kept });
    await next.indexed;
    const { state, unsealed } = await next.show(id);
    expect(unsealed).toBe(0);
    expect(state.cycle).toBeGreaterThan(0);
    expect(await next.settled(id, within())).toMatchObject({ status: 'terminated', cycles: 31 });
  });

  it('tells what happened, once it is durable, and what was missed as far as it is kept', async () => {
    const node = await nodes.node();
    const stop = new AbortController();
    const seen: NodeEvent[] = [];
    const watching = (async () => {
      for await (const event of node.events({ abort: stop.signal })) seen.push(event);
    })();
    await Promise.resolve();
    const { id } = await node.create(nodes.draft(script(awaitSignal('go'), propose.finish(1))));
    await node.settled(id, within());
    await node.signal(id, 'go', null);
    await node.settled(id, within());
    stop.abort();
    await watching;
    const kinds = seen.filter(({ type }) => type !== 'entry').map(({ type }) => type);
    expect(kinds).toEqual(['created', 'outcome', 'asleep', 'signal', 'outcome', 'outcome', 'ended']);
    expect(seen.every(({ object }) => object === id)).toBe(true);
    const numbers = seen.map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
    // an event names entries that are there
    const { entries } = await node.show(id);
    const told = seen.flatMap((event) => (event.type === 'entry' ? [event.entry.seq] : []));
    for (const seq of told) expect(entries.some((entry) => entry.seq === seq)).toBe(true);
    const later: NodeEvent[] = [];
    for await (const event of node.events({ object: id, after: numbers[2] ?? 0, ...within() })) {
      later.push(event);
      if (event.seq === numbers.at(-1)) break;
    }
    expect(later).toEqual(seen.slice(3));
  });

  it('evaluates bytes and keeps nothing of them', async () => {
    const [maker, node] = [await nodes.node(), await nodes.node()];
    const { id } = await maker.create(
      nodes.draft(script(propose.commit('a', 1), propose.finish()), { run: false, embed: true }),
    );
    const before = await collect(await maker.read(id));
    const { bytes, report, children } = await node.evaluateBytes(before);
    expect(report.status).toBe('terminated');
    expect(children.size).toBe(0);
    expect(Buffer.from(bytes.subarray(0, before.length)).equals(Buffer.from(before))).toBe(true);
    expect(await node.line(id)).toBeNull();
    expect(await maker.admit(bytes)).toEqual({ id, state: 'extended' });
    expect(await maker.line(id)).toMatchObject({ status: 'terminated', cycles: 2 });
    await expect(node.evaluateBytes(before.subarray(0, 100))).rejects.toMatchObject({ code: 'object.truncated' });
  });
});

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}
