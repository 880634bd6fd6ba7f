/** Which store a node has: `sqlite:`, `file:`, `memory:` or `nats://…`. Only that one is loaded. */
import { join } from 'node:path';
import { SojournError } from '../errors.ts';
import type { NodeStore } from '../ports.ts';

export interface OpenStore {
  readonly store: NodeStore;
  /** For people. */
  readonly name: string;
}

/** Errors: `usage` for another text, `store.*`. */
export async function openStore(text: string, data: string): Promise<OpenStore> {
  const [, scheme = '', place = ''] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
  if (scheme === 'sqlite') {
    const { createSqliteStore } = await import('../store/sqlite.ts');
    const path = place === '' ? join(data, 'node.db') : place;
    return { store: await createSqliteStore(path), name: `sqlite, ${path}` };
  }
  if (scheme === 'file') {
    const { createFolderStore } = await import('../store/folder.ts');
    const path = place === '' ? join(data, 'objects') : place;
    return { store: await createFolderStore(path), name: `one file an object, ${path}` };
  }
  if (scheme === 'memory' && place === '') {
    const { createMemoryStore } = await import('../store/memory.ts');
    return { store: createMemoryStore(), name: 'memory: nothing outlives this process' };
  }
  if (scheme === 'nats' || scheme === 'tls') {
    const { createNatsStore, readNatsUrl, showNatsUrl } = await import('../store/nats.ts');
    return { store: await createNatsStore(readNatsUrl(text)), name: `NATS, ${showNatsUrl(text)}` };
  }
  throw new SojournError(
    'usage',
    `--store: expected sqlite:, file:, memory: or nats://host:port, found ${JSON.stringify(text.slice(0, 80))}`,
  );
}
