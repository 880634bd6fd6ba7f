/**
 * A stateless node (R59): each request has a node of its own that ends with it, and keeps nothing. Who asks keeps the bytes, shows those of
 * a family to each other, and compares copies.
 */
import { SojournError } from '../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { judgeArrival } from '../../host/node/arrival.ts';
import { createNativeVerify, nativeHash } from '../../host/node/native.ts';
import type { Node } from '../../host/node/service/node.ts';
import { createMemoryStore } from '../../host/store/memory.ts';
import { within } from '../node/service/nodes.ts';
import { readAll, streamOf } from '../store/object-contract.ts';
import { idOf } from './subject.ts';
import type { Kind } from './subject.ts';

const limits = DEFAULT_LIMITS;

export const STATELESS: Kind = {
  title: 'a stateless',
  async make({ nodes }, policy) {
    const kept = new Map<string, Uint8Array>();

    function expectKept(id: string): Uint8Array {
      const bytes = kept.get(id);
      if (bytes !== undefined) return bytes;
      throw new SojournError('store.missing', `object ${id}: expected its bytes, found none`);
    }

    async function withNode<T>(job: (node: Node) => Promise<T>): Promise<T> {
      const node = await nodes.node({ policy });
      try {
        return await job(node);
      } finally {
        await node.close();
      }
    }

    /** A node that has these objects and nothing else. */
    function withObjects<T>(ids: readonly string[], job: (node: Node) => Promise<T>): Promise<T> {
      return withNode(async (node) => {
        for (const id of ids) await node.admit(expectKept(id));
        const result = await job(node);
        for (const id of ids) {
          await node.settled(id, within());
          kept.set(id, await readAll(await node.read(id)));
        }
        return result;
      });
    }

    /** Gives the children that it made, and theirs. */
    async function evaluate(id: string): Promise<readonly string[]> {
      const { bytes, children } = await withNode((node) => node.evaluateBytes(expectKept(id)));
      kept.set(id, bytes);
      const made = [...children.keys()];
      for (const [child, first] of children) {
        kept.set(child, first);
        made.push(...(await evaluate(child)));
      }
      return made;
    }

    return {
      create: (draft) =>
        withNode(async (node) => {
          const { id } = await node.create({ ...draft, run: false, embed: true });
          kept.set(id, await readAll(await node.read(id)));
          return id;
        }),
      async goOn(id) {
        const children = await evaluate(id);
        return withObjects([id, ...children], async (node) => {
          for (const one of [...children, id]) await node.settled(one, within());
          return (await node.show(id)).state.status;
        });
      },
      signal: (id, name, key) =>
        withObjects([id], async (node) => (await node.signal(id, name, null, { key })).duplicate),
      bytes: async (id) => expectKept(id),
      async admit(bytes) {
        const id = await idOf(bytes);
        const ours = kept.get(id) ?? bytes;
        const read = (name: string): AsyncIterable<Uint8Array> => streamOf([name === id ? ours : bytes]);
        const ports = { store: { ...createMemoryStore(), read }, hash: nativeHash, verify: createNativeVerify() };
        await judgeArrival(id, 'arrived', ports, limits);
        kept.set(id, bytes);
      },
      async handOver(id) {
        const bytes = expectKept(id);
        kept.delete(id);
        return bytes;
      },
      close: async () => {},
    };
  },
};
