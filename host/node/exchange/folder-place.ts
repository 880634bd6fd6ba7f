/**
 * A folder of objects that is carried, or that a node without a network works in: files `*.sojourn`, and `*.left` for those that
 * another goes on with. What arrives is written beside its place, verified there, and then put there in one step.
 */
import { randomUUID } from 'node:crypto';
import { opendir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SojournError } from '../../errors.ts';
import { hex } from '../../json.ts';
import type { Limits } from '../../limits.ts';
import { objectId } from '../../object/genesis.ts';
import { readItems } from '../../object/items.ts';
import type { Store } from '../../ports.ts';
import { createFileStore } from '../../store/file.ts';
import { toStoreError } from '../../store/store-error.ts';
import { judgeArrival } from '../arrival.ts';
import { expectAccepted } from '../carried.ts';
import type { HostPorts } from '../host-ports.ts';
import { expectSound, loadObject } from '../load.ts';
import type { ExchangePlace } from './place.ts';

export interface FolderPlaceOptions {
  readonly ports: Pick<HostPorts, 'hash' | 'verify' | 'signer'>;
  readonly limits: Limits;
  /** Nodes whose checkpoints are accepted. */
  readonly accept?: readonly string[];
  /** Of one object. Bounds what a place on the other side can fill the disk with. Default: 1 GiB. */
  readonly mostBytes?: number;
}

const LIVING = '.sojourn';
const LEFT = '.left';
const MOST_BYTES = 1024 * 1024 * 1024;

export function createFolderPlace(folder: string, options: FolderPlaceOptions): ExchangePlace {
  const { limits, mostBytes = MOST_BYTES } = options;
  const store = createFileStore();
  const ports = { ...options.ports, store };

  async function* files(): AsyncGenerator<Found> {
    let count = 0;
    for (const name of await namesIn(folder)) {
      if (name.startsWith('.') || !(name.endsWith(LIVING) || name.endsWith(LEFT))) continue;
      if (++count > limits.run.wakeObjects)
        throw new SojournError('object.limit', `${folder}: expected at most ${limits.run.wakeObjects} objects`);
      const path = join(folder, name);
      const id = await idOf(store, path, options);
      if (id !== null) yield { id, path };
    }
  }

  /** Where each object stands, once the folder was listed. */
  let known: Map<string, string> | null = null;

  async function find(id: string): Promise<string | null> {
    if (known !== null) return known.get(id) ?? null;
    for await (const found of files()) if (found.id === id) return found.path;
    return null;
  }

  async function expectPath(id: string): Promise<string> {
    const path = await find(id);
    if (path !== null) return path;
    throw new SojournError('store.missing', `object ${id}: expected it in ${folder}, found none of that id`);
  }

  /** Gives whether it has ended. */
  async function verify(id: string, path: string): Promise<boolean> {
    const { chain, sealed } = expectSound(await loadObject(store.read(path), { ports, limits }), path);
    if (hex(chain.id) !== id)
      throw new SojournError('object.chain', `object ${id}: expected its bytes, found those of ${hex(chain.id)}`);
    expectAccepted(chain.carried, sealed.genesis, path, ports, options.accept ?? []);
    return sealed.status === 'terminated';
  }

  async function replace(path: string, arrived: string): Promise<'same' | 'extended'> {
    const file = await store.open(path);
    try {
      if ((await judgeArrival(path, arrived, ports, limits)) === 'same') return 'same';
      await file.replace(store.read(arrived));
      return 'extended';
    } finally {
      await file.close();
    }
  }

  return {
    name: folder,
    async *list() {
      const paths = new Map<string, string>();
      for await (const { id, path } of files()) {
        paths.set(id, path);
        yield { id, length: (await stat(path)).size, unfit: null };
      }
      known = paths;
    },
    async *read(id, offset = 0) {
      yield* store.read(await expectPath(id), offset);
    },
    async take(id, bytes) {
      const arrived = join(folder, `.${id}.${randomUUID()}.arrived`);
      await store.create(arrived, bounded(id, bytes, mostBytes));
      try {
        const ended = await verify(id, arrived);
        const path = await find(id);
        if (path !== null) return await replace(path, arrived);
        const place = join(folder, `${id}${ended ? LIVING : LEFT}`);
        await store.create(place, store.read(arrived));
        known?.set(id, place);
        return 'new';
      } finally {
        await unlink(arrived);
      }
    },
  };
}

interface Found {
  readonly id: string;
  readonly path: string;
}

/** Null for a file that does not begin with a genesis. */
async function idOf(store: Store, path: string, { ports, limits }: FolderPlaceOptions): Promise<string | null> {
  try {
    for await (const item of readItems(store.read(path), limits.object)) return hex(objectId(item.bytes, ports.hash));
  } catch (error) {
    if (!(error instanceof SojournError) || error.code === 'store.failed') throw error;
  }
  return null;
}

async function* bounded(id: string, bytes: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > most)
      throw new SojournError('object.limit', `object ${id}: expected at most ${most} bytes, found more`);
    yield piece;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const item of await opendir(folder)) if (item.isFile()) names.push(item.name);
  } catch (error) {
    throw toStoreError(folder, error, 'list');
  }
  return names.toSorted();
}
