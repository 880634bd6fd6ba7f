/** What a node comes through: its own end, objects that do not hold, a store that fails, a clock that jumps. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SojournError } from '../../../host/errors.ts';
import type { Node, ObjectLine } from '../../../host/node/service/node.ts';
import type { NodeStore, ObjectFile } from '../../../host/ports.ts';
import { createFolderStore } from '../../../host/store/folder.ts';
import { createMemoryStore } from '../../../host/store/memory.ts';
import { createSqliteStore } from '../../../host/store/sqlite.ts';
import { script } from '../family.ts';
import { policySet } from '../policies.ts';
import { PERMIT_ALL, propose } from '../world.ts';
import { createNodes, within } from './nodes.ts';
import type { Nodes } from './nodes.ts';

const HOUR = 3_600_000;
const sleep = (ms: number) => propose.sleep([{ tag: 'elapsed', val: ms }]);
const awaitSignal = (name: string) => propose.sleep([{ tag: 'signal', val: name }]);

// a sandbox takes its time where others use the machine
vi.setConfig({ testTimeout: 120_000 });

let nodes: Nodes;
beforeAll(async () => {
  nodes = await createNodes();
}, 120_000);
afterAll(() => nodes.close());

async function asleep(node: Node, step: ReturnType<typeof sleep>): Promise<string> {
  const { id } = await node.create(nodes.draft(script(step, propose.finish())));
  expect(await node.settled(id, within())).toMatchObject({ status: 'dormant' });
  return id;
}

/** The same store for one node after the other, with a count of what is read of objects. */
function shared(store: NodeStore): NodeStore & { reads: number } {
  const counted = {
    ...store,
    reads: 0,
    close: async () => {},
    read: (name: string, offset?: number) => {
      counted.reads += 1;
      return store.read(name, offset);
    },
    open: (name: string) => {
      counted.reads += 1;
      return store.open(name);
    },
  };
  return counted;
}

describe('a node that starts anew', () => {
  it('knows its sleepers from their notes alone, and wakes them', async () => {
    const store = shared(await createSqliteStore(join(nodes.folder, 'notes.db')));
    const before = await nodes.node({ store });
    const timed = await asleep(before, sleep(HOUR));
    const waiting = await asleep(before, awaitSignal('go'));
    const held = await before.create(nodes.draft(script(propose.finish()), { run: false }));
    const failed = await before.create(nodes.draft(script({ fail: 'no idea' })));
    await before.settled(failed.id, within());
    const lines = (await before.list()).objects;
    await before.close();
    store.reads = 0;
    const after = await nodes.node({ store });
    await after.indexed;
    expect(after.stats()).toMatchObject({ indexed: true, objects: { dormant: 2, active: 2 } });
    const again = (await after.list()).objects;
    const whyAside = (line: ObjectLine): ObjectLine => ({ ...line, reason: null });
    expect(again.map(whyAside)).toEqual(lines.map(whyAside));
    expect(store.reads).toBe(0);
    expect(await after.settled(held.id, within())).toMatchObject({ cycles: 0 });
    expect(await after.settled(failed.id, within())).toMatchObject({ status: 'active', cycles: 1 });
    nodes.setTime(nodes.time + HOUR);
    expect(await after.settled(timed, within())).toMatchObject({ status: 'terminated' });
    await after.signal(waiting, 'go', null);
    expect(await after.settled(waiting, within())).toMatchObject({ status: 'terminated' });
  });

  it('reads the objects where there are no notes', async () => {
    const store = shared(await createFolderStore(join(nodes.folder, 'plain')));
    const before = await nodes.node({ store });
    const timed = await asleep(before, sleep(HOUR));
    const waiting = await asleep(before, awaitSignal('go'));
    const lines = (await before.list()).objects;
    await before.close();
    const after = await nodes.node({ store });
    await after.indexed;
    expect((await after.list()).objects).toEqual(lines);
    nodes.setTime(nodes.time + HOUR);
    expect(await after.settled(timed, within())).toMatchObject({ status: 'terminated' });
    expect(await after.line(waiting)).toMatchObject({ status: 'dormant' });
  });

  it('lists what was run one cycle at a time as it is, and leaves it alone', async () => {
    const store = shared(await createSqliteStore(join(nodes.folder, 'once.db')));
    const before = await nodes.node({ store });
    const steps = script(propose.commit('a', 1), propose.commit('a', 2), propose.commit('a', 3), propose.finish());
    const ids: string[] = [];
    for (const cycles of [1, 2]) {
      const { id } = await before.create(nodes.draft(steps, { run: false }));
      for (let at = 0; at < cycles; at++) await before.evaluate(id, { once: true });
      ids.push(id);
    }
    const sleeper = await asleep(before, sleep(HOUR));
    const lines = (await before.list()).objects.map((line) => ({ ...line, reason: null }));
    expect(new Set(lines.map(({ cycles }) => cycles))).toEqual(new Set([1, 2]));
    await before.close();
    store.reads = 0;
    const after = await nodes.node({ store });
    // asked for before anything had its turn, and behind it
    expect((await after.line(ids[1] ?? ''))?.cycles).toBe(2);
    await after.indexed;
    expect((await after.list()).objects.map((line) => ({ ...line, running: false }))).toEqual(lines);
    for (const id of ids) expect(await after.settled(id, within())).toMatchObject({ status: 'active', running: false });
    expect((await after.list()).objects).toEqual(lines);
    // to tell it, and to see that there is nothing to do; the sleeper not at all
    expect(store.reads).toBeLessThanOrEqual(2 * ids.length);
    expect(await after.evaluate(ids[0] ?? '', { once: true })).toMatchObject({ status: 'paused' });
    expect(await after.line(ids[0] ?? '')).toMatchObject({ cycles: 2 });
    expect(await after.line(sleeper)).toMatchObject({ status: 'dormant' });
    await after.close();
    const last = await nodes.node({ store });
    await last.indexed;
    // no line was asked for: the index catches up by itself
    for (const id of ids) await last.settled(id, within());
    store.reads = 0;
    expect(await last.line(ids[0] ?? '')).toMatchObject({ cycles: 2 });
    expect(store.reads).toBe(0);
  });

  it('goes on with what had a signal, though it was made without a first run', async () => {
    const store = shared(createMemoryStore());
    // a node that may not evaluate runs nothing, and leaves no trace of that
    const policy = policySet('permit(principal, action == Action::"termination", resource);');
    const before = await nodes.node({ store, policy });
    const { id } = await before.create(nodes.draft(script(propose.finish()), { run: false }));
    const other = await before.create(nodes.draft(script(propose.finish()), { run: false }));
    await expect(before.signal(other.id, 'Not a name', null)).rejects.toMatchObject({ code: 'signal.invalid' });
    await before.signal(id, 'go', null);
    expect(await before.settled(id, within())).toMatchObject({ status: 'active', cycles: 0 });
    await before.close();
    const after = await nodes.node({ store });
    await after.indexed;
    expect(await after.settled(id, within())).toMatchObject({ status: 'terminated' });
    expect(await after.settled(other.id, within())).toMatchObject({ status: 'active', cycles: 0 });
  });

  it('looks at sleepers that wait for a change of the node, where it is another one', async () => {
    const store = shared(createMemoryStore());
    const before = await nodes.node({ store });
    const id = await asleep(before, propose.sleep([{ tag: 'context', val: 'policy' }]));
    await before.close();
    const same = await nodes.node({ store });
    await same.indexed;
    expect(await same.settled(id, within())).toMatchObject({ status: 'dormant', cycles: 1 });
    await same.close();
    const policy = policySet(PERMIT_ALL, { 'more.cedar': PERMIT_ALL });
    const other = await nodes.node({ store, policy });
    await other.indexed;
    expect(await other.settled(id, within())).toMatchObject({ status: 'terminated' });
  });
});

describe('an object that does not hold', () => {
  it('is set aside with the reason, and the rest goes on', async () => {
    const folder = join(nodes.folder, 'poisoned');
    const store = shared(await createFolderStore(folder));
    const before = await nodes.node({ store });
    const sound = await asleep(before, sleep(HOUR));
    await before.close();
    const poisoned = 'ab'.repeat(32);
    writeFileSync(join(folder, `${poisoned}.sojourn`), 'no object at all');
    const node = await nodes.node({ store });
    await node.indexed;
    const line = await node.line(poisoned);
    expect(line).toMatchObject({ status: 'set-aside', kind: '', cycles: 0 });
    expect(line?.reason).toContain(poisoned);
    expect(node.stats().objects).toMatchObject({ 'set-aside': 1, 'dormant': 1 });
    await expect(node.evaluate(poisoned)).rejects.toMatchObject({ code: expect.stringMatching(/^object\./) as string });
    nodes.setTime(nodes.time + HOUR);
    expect(await node.settled(sound, within())).toMatchObject({ status: 'terminated' });
  });

  it('is found when it is due, and goes on once it was put right', async () => {
    const folder = join(nodes.folder, 'torn');
    const store = shared(await createFolderStore(folder));
    const node = await nodes.node({ store, ports: { residents: undefined } as never });
    const id = await asleep(node, sleep(HOUR));
    const path = join(folder, `${id}.sojourn`);
    const sound = await collect(store.read(id));
    writeFileSync(
      path,
      sound.map((byte, at) => (at === 40 ? byte ^ 1 : byte)),
    );
    nodes.setTime(nodes.time + HOUR);
    expect(await node.settled(id, within())).toMatchObject({ status: 'set-aside' });
    writeFileSync(path, sound);
    expect(await node.evaluate(id)).toMatchObject({ status: 'terminated' });
    expect(await node.line(id)).toMatchObject({ status: 'terminated', reason: null });
  });
});

describe('a store that fails', () => {
  /** Fails appends to this object with the error, as long as there is one. */
  function failing(store: NodeStore): NodeStore & { failure: { name: string; error: Error } | null } {
    const broken = {
      ...store,
      failure: null as { name: string; error: Error } | null,
      async open(name: string): Promise<ObjectFile> {
        const file = await store.open(name);
        const append: ObjectFile['append'] = async (bytes, sync, note) => {
          if (broken.failure?.name === name) throw broken.failure.error;
          await file.append(bytes, sync, note);
        };
        return Object.create(file, { append: { value: append } }) as ObjectFile;
      },
    };
    return broken;
  }

  it('costs the caller a clear error and no other object anything; what was due is tried again', async () => {
    const store = failing(createMemoryStore());
    const node = await nodes.node({ store });
    const [id, other] = [await asleep(node, sleep(HOUR)), await asleep(node, sleep(HOUR))];
    store.failure = { name: id, error: new SojournError('store.full', 'the disk is full') };
    await expect(node.signal(id, 'any', null)).rejects.toMatchObject({ code: 'store.full' });
    nodes.setTime(nodes.time + HOUR);
    expect(await node.settled(other, within())).toMatchObject({ status: 'terminated' });
    expect(await node.settled(id, within())).toMatchObject({ status: 'dormant' });
    expect(node.stats().storeErrors).toBe(1);
    store.failure = null;
    nodes.setTime(nodes.time + 1_000);
    expect(await node.settled(id, within())).toMatchObject({ status: 'terminated' });
  });

  it('does not keep a node from starting: it reads on when the store is back', async () => {
    const inner = createMemoryStore();
    const first = await nodes.node({ store: shared(inner) });
    const id = await asleep(first, sleep(HOUR));
    await first.close();
    let broken = true;
    const store: NodeStore = {
      ...inner,
      async *list() {
        if (broken) throw new SojournError('store.failed', 'it does not answer');
        yield* inner.list();
      },
    };
    const node = await nodes.node({ store });
    expect(await node.line(id)).toMatchObject({ status: 'dormant' });
    broken = false;
    nodes.setTime(nodes.time + 1_000);
    await node.indexed;
    expect(node.stats().indexed).toBe(true);
  });
});

describe('a clock that jumps', () => {
  it('makes nothing wake before its time, and nothing late for having gone back', async () => {
    const node = await nodes.node();
    const start = nodes.time;
    const id = await asleep(node, propose.sleep([{ tag: 'instant', val: start + HOUR }]));
    nodes.setTime(start - 10 * HOUR);
    expect(await node.settled(id, within())).toMatchObject({ status: 'dormant', wakesAt: start + HOUR });
    nodes.setTime(start + HOUR - 1);
    expect(await node.settled(id, within())).toMatchObject({ status: 'dormant' });
    nodes.setTime(start + 365 * 24 * HOUR);
    expect(await node.settled(id, within())).toMatchObject({ status: 'terminated' });
    nodes.setTime(start + 2 * HOUR);
    const next = await asleep(node, sleep(1_000));
    nodes.setTime(nodes.time + 1_000);
    expect(await node.settled(next, within())).toMatchObject({ status: 'terminated' });
  });
});

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}
