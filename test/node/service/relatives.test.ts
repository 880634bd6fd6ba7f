/** Objects of one node that have to do with each other, and objects that move between nodes. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { generateKey } from '../../../host/node/native.ts';
import type { Node } from '../../../host/node/service/node.ts';
import { createMemoryStore } from '../../../host/store/memory.ts';
import { script, spawn } from '../family.ts';
import { propose } from '../world.ts';
import { createNodes, within } from './nodes.ts';
import type { Nodes } from './nodes.ts';

const awaitChild = (name: string, state = 'ended') =>
  propose.sleep([{ tag: 'object', val: { object: `child:${name}`, state, seq: 0 } }]);
const awaitSignal = (name: string) => propose.sleep([{ tag: 'signal', val: name }]);
const CYCLES = { budgets: { cycles: 20 } };

// a sandbox takes its time where others use the machine
vi.setConfig({ testTimeout: 120_000 });

let nodes: Nodes;
beforeAll(async () => {
  nodes = await createNodes();
}, 120_000);
afterAll(() => nodes.close());

async function childOf(node: Node, parent: string, name: string): Promise<string> {
  const { state } = await node.show(parent);
  return state.children.get(name)?.id ?? '';
}

describe('a family in one node', () => {
  it('runs a child as soon as it is there, and its parent when it has ended', async () => {
    const node = await nodes.node();
    const work = script(propose.commit('x', 1), propose.finish('done'));
    const steps = script(spawn('part', work, CYCLES), awaitChild('part'), propose.finish('all done'));
    const { id } = await node.create(nodes.draft(steps, { embed: true, budgets: { cycles: 100 } }));
    expect(await ended(node, id)).toMatchObject({ status: 'terminated', reason: null });
    const child = await childOf(node, id, 'part');
    expect(await node.line(child)).toMatchObject({ status: 'terminated', parent: id });
    expect((await node.list({ parent: id })).objects.map((line) => line.id)).toEqual([child]);
    const { state } = await node.show(id);
    expect(state.children.get('part')).toMatchObject({ status: 'returned', end: { achieved: true } });
  });

  it('ends the children of a parent that ends or gives them up', async () => {
    const node = await nodes.node();
    const idle = script(awaitSignal('never'));
    const steps = {
      1: spawn('kept', idle, CYCLES),
      2: spawn('dropped', idle, CYCLES),
      3: { propose: { tag: 'delegation', val: { cancel: { name: 'dropped', reason: 'no need' } } } },
      4: awaitSignal('stop'),
      '*': propose.finish(),
    };
    const { id } = await node.create(nodes.draft(steps, { embed: true, budgets: { cycles: 100 } }));
    const line = await node.settled(id, within());
    expect(line).toMatchObject({ status: 'dormant' });
    const [kept, dropped] = [await childOf(node, id, 'kept'), await childOf(node, id, 'dropped')];
    expect(await ended(node, dropped)).toMatchObject({ status: 'terminated' });
    expect(await node.settled(kept, within())).toMatchObject({ status: 'dormant' });
    await node.signal(id, 'stop', null);
    expect(await ended(node, kept)).toMatchObject({ status: 'terminated' });
    expect(await ended(node, id)).toMatchObject({ status: 'terminated' });
  });

  it('wakes who waits for another object, also one that ended while no node was there', async () => {
    const inner = createMemoryStore();
    const store = { ...inner, close: async () => {} };
    const node = await nodes.node({ store });
    const worker = await node.create(nodes.draft(script(awaitSignal('go'), propose.finish())));
    await node.settled(worker.id, within());
    const condition = [{ tag: 'object', val: { object: worker.id, state: 'ended', seq: 0 } }];
    const first = await node.create(nodes.draft(script(propose.sleep(condition), propose.finish())));
    expect(await node.settled(first.id, within())).toMatchObject({
      status: 'dormant',
      waitsFor: { objects: [worker.id] },
    });
    await node.close();
    // somebody else ends it, and tells nobody
    const alone = await nodes.node({ store: { ...store, list: async function* () {} } });
    await alone.signal(worker.id, 'go', null);
    expect(await ended(alone, worker.id)).toMatchObject({ status: 'terminated' });
    await alone.close();
    const after = await nodes.node({ store });
    await after.indexed;
    expect(await ended(after, first.id)).toMatchObject({ status: 'terminated' });
    const late = await after.create(nodes.draft(script(propose.sleep(condition), propose.finish())));
    expect(await ended(after, late.id)).toMatchObject({ status: 'terminated' });
  });
});

describe('an object that moves', () => {
  it('is handed over once, goes on elsewhere and comes back', async () => {
    const [here, there] = [await nodes.node(), await nodes.node({ ports: { signer: generateKey().signer } as never })];
    const { id } = await here.create(
      nodes.draft({ 1: awaitSignal('a'), 3: awaitSignal('b'), '*': propose.finish() }, { embed: true }),
    );
    await here.settled(id, within());
    const { bytes, receipt, length } = await here.handOver(id);
    const copy = await collect(bytes);
    expect(copy.length).toBe(length);
    expect(receipt.length).toBeGreaterThan(64);
    expect(await here.line(id)).toMatchObject({ status: 'left' });
    for (const refused of [here.evaluate(id), here.signal(id, 'a', null)])
      await expect(refused).rejects.toMatchObject({ code: 'object.left' });
    // the other side did not get it: once more, the same bytes
    expect(same(await collect((await here.handOver(id)).bytes), copy)).toBe(true);
    expect(await there.admit(copy)).toEqual({ id, state: 'new' });
    expect(await there.admit(copy)).toEqual({ id, state: 'same' });
    await there.signal(id, 'a', null);
    await there.settled(id, within());
    const back = await collect((await there.handOver(id)).bytes);
    expect(back.length).toBeGreaterThan(copy.length);
    expect(await here.admit(back)).toEqual({ id, state: 'back' });
    expect(await here.line(id)).toMatchObject({ status: 'dormant' });
    await expect(here.admit(copy)).rejects.toMatchObject({ code: 'object.behind' });
    await here.signal(id, 'b', null);
    expect(await ended(here, id)).toMatchObject({ status: 'terminated' });
    await expect(there.evaluate(id)).rejects.toMatchObject({ code: 'object.left' });
  });

  it('that went on in two places is shown with the entry where they part, and never merged', async () => {
    const [one, two] = [await nodes.node(), await nodes.node()];
    const draft = nodes.draft(script(awaitSignal('x'), propose.finish()), { embed: true });
    const { id } = await one.create(draft);
    await one.settled(id, within());
    const copy = await collect(await one.read(id));
    expect(await two.admit(copy)).toEqual({ id, state: 'new' });
    const { seq } = await one.line(id).then((line) => ({ seq: line?.seq ?? 0 }));
    await one.signal(id, 'y', 1);
    await two.signal(id, 'y', 2);
    const other = await collect(await two.read(id));
    const before = await collect(await one.read(id));
    await expect(one.admit(other)).rejects.toMatchObject({ code: 'object.forked', details: { at: seq + 1 } });
    expect(same(await collect(await one.read(id)), before)).toBe(true);
  });

  it('is refused where it does not hold, and nothing is kept of it', async () => {
    const [one, two] = [await nodes.node(), await nodes.node({ admitBytes: 4_000_000 })];
    const { id } = await one.create(nodes.draft(script(awaitSignal('x'), propose.finish()), { embed: true }));
    await one.settled(id, within());
    const sound = await collect(await one.read(id));
    const broken = sound.slice();
    broken[sound.length - 20] = (broken[sound.length - 20] ?? 0) ^ 1;
    await expect(two.admit(broken)).rejects.toMatchObject({ code: expect.stringMatching(/^object\./) as string });
    await expect(two.admit(sound.subarray(0, -3))).rejects.toMatchObject({ code: 'object.truncated' });
    await expect(two.admit(endless(sound))).rejects.toMatchObject({ code: 'object.limit' });
    expect(await two.line(id)).toBeNull();
    expect(await two.admit(sound)).toEqual({ id, state: 'new' });
  });
});

/** Comparing megabytes item by item takes seconds. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}

async function* endless(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  for (;;) yield piece;
}

/** Its line once it has ended, or stands still for long. */
async function ended(node: Node, id: string): Promise<unknown> {
  const { abort } = within();
  const line = await node.line(id);
  if (line?.status === 'terminated') return line;
  const stop = new AbortController();
  try {
    for await (const event of node.events({ object: id, after: 0, abort: AbortSignal.any([abort, stop.signal]) }))
      if (event.type === 'ended') break;
    return await node.settled(id, { abort });
  } finally {
    stop.abort();
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}
