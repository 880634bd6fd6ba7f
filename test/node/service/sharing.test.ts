/** Several nodes over one store: each object is evaluated by one at a time, and taken over when its node is gone. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { generateKey } from '../../../host/node/native.ts';
import { Peers } from '../../../host/node/service/peers.ts';
import type { Node } from '../../../host/node/service/node.ts';
import type { Listed, NodeStore, ObjectFile } from '../../../host/ports.ts';
import { createMemoryStore } from '../../../host/store/memory.ts';
import { script, spawn } from '../family.ts';
import { propose } from '../world.ts';
import { createNodes, within } from './nodes.ts';
import type { Nodes } from './nodes.ts';

const HOUR = 3_600_000;
const awaitSignal = (name: string) => propose.sleep([{ tag: 'signal', val: name }]);

// a sandbox takes its time where others use the machine
vi.setConfig({ testTimeout: 120_000 });

let nodes: Nodes;
beforeAll(async () => {
  nodes = await createNodes();
}, 120_000);
afterAll(() => nodes.close());

/** One store in memory as several nodes see it: each is told of what the others change. */
function openShared(): { view(): NodeStore & { cut(): void } } {
  const store = createMemoryStore();
  const views = new Set<(listed: Listed) => void>();

  return {
    view() {
      let alive = true;
      const waiting: Listed[] = [];
      let wake = (): void => {};
      const told = (listed: Listed): void => {
        waiting.push(listed);
        wake();
      };
      views.add(told);
      const tell = async (name: string): Promise<void> => {
        const listed = await store.find(name);
        if (listed !== null) for (const view of views) if (view !== told) view(listed);
      };
      const expectAlive = (): Promise<void> => (alive ? Promise.resolve() : new Promise<never>(() => {}));
      return {
        ...store,
        cut: () => (alive = false),
        async create(name, content, note) {
          await expectAlive();
          await store.create(name, content, note);
          await tell(name);
        },
        async open(name): Promise<ObjectFile> {
          const file = await store.open(name);
          const append: ObjectFile['append'] = async (bytes, sync, note) => {
            if (!alive) await file.close(); // its lease ends
            await expectAlive();
            await file.append(bytes, sync, note);
            await tell(name);
          };
          return Object.create(file, { append: { value: append } }) as ObjectFile;
        },
        changes(signal) {
          const end = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          return (async function* () {
            while (!signal.aborted) {
              for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
              await Promise.race([end, new Promise<void>((resolve) => (wake = resolve))]);
            }
          })();
        },
        close: async () => {},
      };
    },
  };
}

async function lineWhen(node: Node, id: string, status: string): Promise<void> {
  await expect.poll(async () => (await node.line(id))?.status, { timeout: 60_000 }).toBe(status);
}

describe('nodes over one store', () => {
  it("know each other's objects, and each is woken by one of them", async () => {
    const shared = openShared();
    const runs: string[] = [];
    const make = (name: string) =>
      nodes.node({
        store: shared.view(),
        ports: { signer: generateKey().signer } as never,
        onPoint: (point, object) => point === 'opened' && runs.push(`${name} ${object}`),
      });
    const [a, b] = [await make('a'), await make('b')];
    await Promise.all([a.indexed, b.indexed]);
    const made: string[] = [];
    for (let at = 0; at < 12; at++) {
      const maker = at % 2 === 0 ? a : b;
      const sleep = propose.sleep([{ tag: 'elapsed', val: HOUR }]);
      const { id } = await maker.create(nodes.draft(script(sleep, propose.finish())));
      await maker.settled(id, within());
      made.push(id);
    }
    for (const id of made) for (const node of [a, b]) await lineWhen(node, id, 'dormant');
    runs.length = 0;
    nodes.setTime(nodes.time + HOUR);
    const advance = setInterval(() => nodes.setTime(nodes.time + 100), 5);
    try {
      for (const id of made) for (const node of [a, b]) await lineWhen(node, id, 'terminated');
    } finally {
      clearInterval(advance);
    }
    // once for its waking and once for its end, by whichever of the two
    expect(runs).toHaveLength(2 * made.length);
    expect(new Set(runs.map((run) => run.slice(2))).size).toBe(made.length);
  });

  it('take over what a node left when it went, and tell its parent', async () => {
    const shared = openShared();
    const view = shared.view();
    const gone = await nodes.node({ store: view });
    const next = await nodes.node({ store: shared.view(), ports: { signer: generateKey().signer } as never });
    await Promise.all([gone.indexed, next.indexed]);
    const child = script(awaitSignal('go'), propose.finish('done'));
    const condition = [{ tag: 'object', val: { object: 'child:part', state: 'ended', seq: 0 } }];
    const steps = script(spawn('part', child, { budgets: { cycles: 20 } }), propose.sleep(condition), propose.finish());
    const { id } = await gone.create(nodes.draft(steps, { embed: true, budgets: { cycles: 100 } }));
    await gone.settled(id, within());
    const part = (await gone.list({ parent: id })).objects[0]?.id ?? '';
    await gone.settled(part, within());
    await lineWhen(next, part, 'dormant');
    await next.signal(part, 'go', null);
    view.cut();
    const advance = setInterval(() => nodes.setTime(nodes.time + 500), 5);
    try {
      await lineWhen(next, part, 'terminated');
      await lineWhen(next, id, 'terminated');
    } finally {
      clearInterval(advance);
    }
  });
});

describe('the order of nodes for an object', () => {
  it('is the same for all of them, spreads objects evenly, and forgets who is not seen any more', () => {
    const ids = Array.from({ length: 3 }, (_, at) => new Uint8Array(16).fill(at * 37 + 1));
    const hexOf = (id: Uint8Array): string => Buffer.from(id).toString('hex');
    const peers = ids.map((own) => {
      const known = new Peers(hexOf(own));
      for (const id of ids) known.saw(id, 0);
      return known;
    });
    const firsts = [0, 0, 0];
    for (let at = 0; at < 3_000; at++) {
      const object = new Uint8Array(32).map((_, place) => (at * 2654435761) >>> (place % 24));
      const ranks = peers.map((known) => known.rank(object, 1_000));
      expect(ranks.toSorted((one, other) => one - other)).toEqual([0, 1, 2]);
      const first = ranks.indexOf(0);
      firsts[first] = (firsts[first] ?? 0) + 1;
    }
    for (const count of firsts) expect(count).toBeGreaterThan(700);
    expect(peers[0]?.rank(new Uint8Array(32), 60_001)).toBe(0);
  });
});
