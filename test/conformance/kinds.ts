/** `createNode` over each store of one process, and over one that several nodes share (R59). */
import { join } from 'node:path';
import { createFolderStore } from '../../host/store/folder.ts';
import { createMemoryStore } from '../../host/store/memory.ts';
import { createSqliteStore } from '../../host/store/sqlite.ts';
import { natsStores } from '../store/nats-store.ts';
import { nodeSubject } from './node-subject.ts';
import type { Ground, Kind } from './subject.ts';

const STORES = {
  memory: async () => createMemoryStore(),
  folder: (ground: Ground) => createFolderStore(ground.folder()),
  sqlite: (ground: Ground) => createSqliteStore(join(ground.folder(), 'node.db')),
};

/** `createNode`, over each store of one process. */
export const MEMORY_AWARE: readonly Kind[] = Object.entries(STORES).map(([store, open]) => ({
  title: `a memory-aware (${store})`,
  make: async (ground, policy) => nodeSubject([await ground.nodes.node({ store: await open(ground), policy })]),
}));

/** Two nodes over one nats-server at `url`, which take turns with each request. */
export function federated(url: () => string): Kind {
  return {
    title: 'a federated',
    async make(ground, policy) {
      const stores = natsStores(url());
      const nodes = [
        await ground.nodes.node({ store: await stores.open(), policy }),
        await ground.nodes.node({ store: await stores.open(), policy }),
      ] as const;
      const subject = nodeSubject([...nodes]);
      return {
        ...subject,
        async close() {
          await subject.close();
          await stores.remove();
        },
      };
    },
  };
}
