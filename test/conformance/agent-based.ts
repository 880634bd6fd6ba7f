/**
 * An agent-based node (R59): a program that has a host within it, and files of its own. It says itself when what is run, and carries what
 * it gives away.
 */
import { existsSync, renameSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createFolderPlace } from '../../host/node/exchange/folder-place.ts';
import { createNativeVerify, generateKey, nativeHash } from '../../host/node/native.ts';
import { streamOf } from '../store/object-contract.ts';
import { getFile, idOf } from './subject.ts';
import type { Kind } from './subject.ts';

export const AGENT_BASED: Kind = {
  title: 'an agent-based',
  async make({ world, nodes, folder }, policy) {
    const home = folder();
    const { signer } = generateKey();
    const host = world.node({ policy, signer, clock: { now: () => nodes.time } });
    const pathOf = (id: string, ending = 'sojourn'): string => join(home, `${id}.${ending}`);

    /** The object and what it made, as far as that is here. */
    async function family(id: string): Promise<readonly string[]> {
      const found = [id];
      for (const one of found) {
        const { state } = await host.show(pathOf(one));
        found.push(
          ...[...state.children.values()].map((child) => child.id).filter((child) => existsSync(pathOf(child))),
        );
      }
      return found;
    }

    return {
      async create({ handler, ...draft }) {
        const path = pathOf(randomUUID());
        if (typeof handler === 'string') throw new Error('expected a component');
        const { id } = await host.create(path, { ...draft, handler });
        renameSync(path, pathOf(id));
        return id;
      },
      async goOn(id) {
        await host.run(pathOf(id));
        for (const one of (await family(id)).slice(1)) await host.run(pathOf(one));
        await host.wake(async () => (await family(id)).map((one) => pathOf(one)));
        return (await host.show(pathOf(id))).state.status;
      },
      signal: async (id, name, key) => (await host.signal(pathOf(id), name, null, { key })).duplicate,
      bytes: async (id) => getFile(pathOf(id)),
      async admit(bytes) {
        const ports = { hash: nativeHash, verify: createNativeVerify(), signer };
        const place = createFolderPlace(home, { ports, limits: DEFAULT_LIMITS });
        const id = await idOf(bytes);
        await place.take(id, streamOf([bytes]));
        if (existsSync(pathOf(id, 'left'))) renameSync(pathOf(id, 'left'), pathOf(id));
      },
      async handOver(id) {
        renameSync(pathOf(id), pathOf(id, 'left'));
        return getFile(pathOf(id, 'left'));
      },
      close: async () => {},
    };
  },
};
