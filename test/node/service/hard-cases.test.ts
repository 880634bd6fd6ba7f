/** What others try with a node's objects, and what comes at the wrong moment: nothing of it is done twice, nor for ever. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Node } from '../../../host/node/service/node.ts';
import { decodeNote, encodeNote } from '../../../host/node/service/note.ts';
import type { NodeStore } from '../../../host/ports.ts';
import { createFolderStore } from '../../../host/store/folder.ts';
import { createMemoryStore } from '../../../host/store/memory.ts';
import { join } from 'node:path';
import { script, spawn } from '../family.ts';
import { propose } from '../world.ts';
import { createNodes, within } from './nodes.ts';
import type { Nodes } from './nodes.ts';

const awaitSignal = (name: string) => propose.sleep([{ tag: 'signal', val: name }]);
const awaitEnd = (object: string) => propose.sleep([{ tag: 'object', val: { object, state: 'ended', seq: 0 } }]);

let nodes: Nodes;
beforeAll(async () => {
  nodes = await createNodes();
}, 120_000);
afterAll(() => nodes.close());

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/** A store whose marking waits until it is let go. */
function slowToMark(inner: NodeStore) {
  const reached = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const store: NodeStore = {
    ...inner,
    async mark(name, mark) {
      reached.resolve();
      await go.promise;
      await inner.mark(name, mark);
    },
  };
  return { store, reached: reached.promise, go: go.resolve };
}

describe('an object that is handed over', () => {
  it('is left as it is by news that came in meanwhile', async () => {
    const { store, reached, go } = slowToMark(createMemoryStore());
    const node = await nodes.node({ store });
    const worker = await node.create(nodes.draft(script(awaitSignal('go'), propose.finish())));
    await node.settled(worker.id, within());
    const watcher = await node.create(nodes.draft(script(awaitEnd(worker.id), propose.finish())));
    await node.settled(watcher.id, within());
    const leaving = node.handOver(watcher.id);
    await reached;
    await node.signal(worker.id, 'go', null, { wait: within().abort });
    go();
    const copy = await collect((await leaving).bytes);
    expect(await node.settled(watcher.id, within())).toMatchObject({ status: 'left' });
    // whatever the node does next, it is not done with this one
    const other = await node.create(nodes.draft(script(propose.finish())));
    await node.settled(other.id, within());
    expect(await collect(await node.read(watcher.id))).toEqual(copy);
    expect(await node.line(watcher.id)).toMatchObject({ status: 'left' });
  });
});

describe('an object that comes in', () => {
  it('takes the place of one that was just asked for', async () => {
    const [one, two] = [await nodes.node(), await nodes.node()];
    const { id } = await one.create(nodes.draft(script(awaitSignal('x'), propose.finish()), { embed: true }));
    await one.settled(id, within());
    await one.signal(id, 'y', 1, { key: 'k' });
    const copy = await collect(await one.read(id));
    await two.admit(copy);
    await one.signal(id, 'y', 2);
    const longer = await collect(await one.read(id));
    // in one turn: deliveries that were there already, which change nothing but open it, and the copy
    const blocking = Array.from({ length: 4 }, () => two.signal(id, 'y', 1, { key: 'k' }));
    expect(await two.admit(longer)).toMatchObject({ id, state: 'extended' });
    await Promise.all(blocking);
  });
});

describe('a note that is not true', () => {
  it('does not keep a node looking at an object that has ended', async () => {
    const inner = createMemoryStore();
    const first = await nodes.node({ store: { ...inner, close: async () => {} } });
    const { id } = await first.create(nodes.draft(script(propose.finish())));
    await first.settled(id, within());
    const bytes = await collect(await first.read(id));
    await first.close();
    const found = await inner.find(id);
    const note = decodeNote(found?.note ?? new Uint8Array(0));
    if (note === null) throw new Error('expected a note');
    const poisoned = createMemoryStore();
    await poisoned.create(id, bytes, encodeNote({ ...note, status: 'dormant', wakesAt: nodes.time - 5_000 }));
    let opened = 0;
    const counted: NodeStore = {
      ...poisoned,
      async open(name) {
        opened += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return poisoned.open(name);
      },
    };
    const node = await nodes.node({ store: counted });
    await node.indexed;
    for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(await node.settled(id, within())).toMatchObject({ status: 'terminated' });
    expect(opened).toBeLessThan(3);
  });
});

describe('a copy under the id of another object', () => {
  it('is set aside, and not gone on with beside the object itself', async () => {
    const store = createMemoryStore();
    const first = await nodes.node({ store: { ...store, close: async () => {} } });
    const { id } = await first.create(nodes.draft(script(awaitSignal('x'), propose.finish()), { run: false }));
    const bytes = await collect(await first.read(id));
    const note = (await store.find(id))?.note ?? undefined;
    await first.close();
    const [noted, bare] = ['1'.repeat(64), '2'.repeat(64)];
    await store.create(noted, bytes, note);
    await store.create(bare, bytes);
    const node = await nodes.node({ store });
    await node.indexed;
    for (const name of [noted, bare])
      await expect(node.evaluate(name)).rejects.toMatchObject({ code: 'object.malformed' });
    expect(node.stats().objects['set-aside']).toBe(2);
    expect(await node.evaluate(id)).toMatchObject({ status: 'dormant' });
  });
});

describe('an idempotency key', () => {
  it('is known again from the object itself where a store keeps no notes', async () => {
    const folder = join(nodes.folder, 'keyed');
    const first = await nodes.node({ store: await createFolderStore(folder) });
    const draft = nodes.draft(script(awaitSignal('x'), propose.finish()), { key: 'order 8' });
    const { id } = await first.create(draft);
    await first.settled(id, within());
    await first.close();
    nodes.setTime(nodes.time + 1_000);
    const after = await nodes.node({ store: await createFolderStore(folder) });
    expect(await after.create(draft)).toMatchObject({ id, duplicate: true });
  });
});

describe('requests for one object', () => {
  it('leave room for those for others', async () => {
    const node = await nodes.node({ concurrency: 1, waiting: 400 });
    const slow = await node.create(nodes.draft(script(awaitSignal('x'), propose.finish()), { run: false }));
    const other = await node.create(nodes.draft(script(propose.finish()), { run: false }));
    const flood = Promise.allSettled(Array.from({ length: 1_000 }, () => node.evaluate(slow.id)));
    expect(await node.evaluate(other.id)).toMatchObject({ status: 'terminated' });
    const results = await flood;
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(200);
  });
});

describe('a parent of many', () => {
  it('is not told again of children whose end it knows', async () => {
    const inner = createMemoryStore();
    const reads = new Map<string, number>();
    const store: NodeStore = {
      ...inner,
      read(name, offset) {
        reads.set(name, (reads.get(name) ?? 0) + 1);
        return inner.read(name, offset);
      },
    };
    const node = await nodes.node({ store, concurrency: 1 });
    const child = script(awaitSignal('end'), propose.finish());
    const many = Array.from({ length: 6 }, (_, at) => spawn(`c${at}`, child, { budgets: { cycles: 5 } }));
    // it looks at all that it has to do with whenever it has changed
    const steps = script(...many, propose.sleep([{ tag: 'outcomes', val: { classes: { success: true }, count: 50 } }]));
    const { id } = await node.create(nodes.draft(steps, { embed: true, budgets: { cycles: 100 } }));
    await node.settled(id, within());
    const { state } = await node.show(id);
    const children = [...state.children.values()].map((one) => one.id);
    for (const one of children) await node.settled(one, within());
    reads.clear();
    for (const one of children) {
      await node.signal(one, 'end', null, { wait: within().abort });
      await node.settled(id, within());
    }
    await knows(node, id, children.length);
    // the first to end is of no more interest then
    expect(reads.get(children[0] ?? '')).toBeLessThan(6);
  });
});

async function knows(node: Node, id: string, count: number): Promise<void> {
  for (let at = 0; at < 100; at++) {
    await node.settled(id, within());
    const { state } = await node.show(id);
    if ([...state.children.values()].filter(({ end }) => end !== null).length === count) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`expected ${count} ends that it knows`);
}
