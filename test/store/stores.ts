/** The stores of a node that need no server, each made with data of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeStore } from '../../host/ports.ts';
import { createFolderStore } from '../../host/store/folder.ts';
import { createMemoryStore } from '../../host/store/memory.ts';
import { createSqliteStore } from '../../host/store/sqlite.ts';
import type { StoreUnderTest } from './contract.ts';

export const STORES: { readonly [kind: string]: () => Promise<StoreUnderTest> } = {
  memory: async () => {
    const store = createMemoryStore();
    return { store, notes: true, versions: true, reopen: null, remove: () => store.close() };
  },
  folder: () => onDisk((folder) => createFolderStore(join(folder, 'objects')), { notes: false, versions: false }),
  sqlite: () => onDisk((folder) => createSqliteStore(join(folder, 'node.db')), { notes: true, versions: true }),
};

async function onDisk(
  open: (folder: string) => Promise<NodeStore>,
  can: Pick<StoreUnderTest, 'notes' | 'versions'>,
): Promise<StoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'sojourn-store-'));
  let store = await open(folder);
  return {
    ...can,
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      return (store = await open(folder));
    },
    async remove() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}
