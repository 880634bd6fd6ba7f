/** Nodes of `createNode` as subjects: one over a store, or several over one store that take turns. */
import { SojournError } from '../../host/errors.ts';
import type { Node } from '../../host/node/service/node.ts';
import { within } from '../node/service/nodes.ts';
import { readAll } from '../store/object-contract.ts';
import type { Subject } from './subject.ts';

/** Each request goes to the next of the nodes, and on to the others where another one has the object. */
export function nodeSubject(nodes: readonly [Node, ...Node[]]): Subject {
  let turn = 0;

  async function ask<T>(job: (node: Node) => Promise<T>): Promise<T> {
    let busy: unknown = null;
    for (let i = 0; i <= nodes.length; i++) {
      try {
        return await job(nodes[turn++ % nodes.length] ?? nodes[0]);
      } catch (error) {
        if (!(error instanceof SojournError && error.code === 'store.busy')) throw error;
        busy = error;
      }
    }
    throw busy;
  }

  /** Whether nothing is left to do with the object and with what it made. */
  async function standsStill(id: string): Promise<boolean> {
    for (const node of nodes) if ((await node.line(id)) !== null) await node.settled(id, within());
    const { state } = await ask((node) => node.show(id));
    for (const child of state.children.values()) {
      if (!(await standsStill(child.id))) return false;
      const end = (await ask((node) => node.show(child.id))).state.status === 'terminated';
      if (end && child.status === 'running') return false;
    }
    return state.status !== 'active' || state.last?.body.action === null;
  }

  /** Looks again whenever something happens at one of the nodes. */
  async function untilStill(id: string): Promise<void> {
    const stop = new AbortController();
    const late = within().abort;
    let wake = (): void => {};
    late.addEventListener('abort', () => wake());
    const watching = nodes.map(async (node) => {
      for await (const _ of node.events({ abort: stop.signal })) wake();
    });
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        if (await standsStill(id)) return;
        late.throwIfAborted();
        await woken;
      }
    } finally {
      stop.abort();
      await Promise.allSettled(watching);
    }
  }

  return {
    create: (draft) => ask(async (node) => (await node.create({ ...draft, run: false })).id),
    async goOn(id) {
      await ask((node) => node.evaluate(id));
      await untilStill(id);
      const { state } = await ask((node) => node.show(id));
      return state.status;
    },
    signal: (id, name, key) => ask(async (node) => (await node.signal(id, name, null, { key })).duplicate),
    bytes: (id) => ask(async (node) => readAll(await node.read(id))),
    async admit(bytes) {
      const { id } = await ask((node) => node.admit(bytes));
      await untilStill(id);
    },
    handOver: (id) => ask(async (node) => readAll((await node.handOver(id)).bytes)),
    async close() {
      for (const node of nodes) await node.close();
    },
  };
}
