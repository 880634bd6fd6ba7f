/**
 * A folder as the store of a node: `<id>.sojourn`, `<id>.left` for what was handed over, and `handlers/<digest>.wasm`. Each object is a
 * plain file that every command takes; others may work on the folder's objects at the same time, one holder an object.
 */
import { constants } from 'node:fs';
import { access, mkdir, readFile, readdir, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SojournError } from '../errors.ts';
import type { Listed, Mark, NodeStore } from '../ports.ts';
import { openFile, readPath } from './file.ts';
import { expectObjectName, isObjectName } from './object-name.ts';
import { toStoreError } from './store-error.ts';
import { createWhole, syncFolder } from './whole-file.ts';

const EXTENSION = '.sojourn';
const MARKED = '.left';
const COMPONENT = '.wasm';

/** Makes the folder where it is not there. Errors: `store.failed`, `store.full`, for a place where nothing can be written too. */
export async function createFolderStore(folder: string): Promise<NodeStore> {
  const root = resolve(folder);
  const handlers = join(root, 'handlers');
  let isOpen = true;
  try {
    await mkdir(handlers, { recursive: true });
    await access(root, constants.W_OK);
  } catch (error) {
    throw toStoreError(root, error, 'open');
  }

  function expectOpen(): void {
    if (!isOpen) throw new SojournError('store.failed', `${root}: expected an open store, found a closed one`);
  }

  function pathOf(name: string, mark: Mark | null): string {
    return join(root, `${expectObjectName(name)}${mark === null ? EXTENSION : MARKED}`);
  }

  async function find(name: string): Promise<Found | null> {
    expectOpen();
    for (const mark of [null, 'left'] as const) {
      const path = pathOf(name, mark);
      const length = await sizeOf(path);
      if (length !== null) return { path, listed: { name, length, note: null, mark } };
    }
    return null;
  }

  async function expectFound(name: string): Promise<Found> {
    const found = await find(name);
    if (found !== null) return found;
    throw new SojournError('store.missing', `object ${name}: expected it in ${root}, found none of that id`);
  }

  async function expectNew(name: string): Promise<void> {
    if ((await find(name)) !== null)
      throw new SojournError('object.exists', `object ${name}: expected no object of that id in ${root}, found one`);
  }

  return {
    async create(name, content) {
      await expectNew(name);
      await createWhole(pathOf(name, null), content);
    },
    async open(name) {
      const { path } = await expectFound(name);
      return openFile(path, {
        lock: `${pathOf(name, null)}.lock`,
        find: async () => (await expectFound(name)).path,
      });
    },
    async *read(name, offset = 0) {
      yield* readPath((await expectFound(name)).path, offset);
    },
    async *list() {
      expectOpen();
      for (const file of await namesIn(root)) {
        const name = file.endsWith(EXTENSION) ? file.slice(0, -EXTENSION.length) : file.slice(0, -MARKED.length);
        const mark = file.endsWith(EXTENSION) ? null : 'left';
        if (!isObjectName(name) || (mark === 'left' && !file.endsWith(MARKED))) continue;
        const length = await sizeOf(join(root, file));
        if (length !== null) yield { name, length, note: null, mark };
      }
    },
    find: async (name) => (await find(name))?.listed ?? null,
    async mark(name, mark) {
      const { path, listed } = await expectFound(name);
      if (listed.mark === mark) return;
      try {
        await rename(path, pathOf(name, mark));
        await syncFolder(root);
      } catch (error) {
        throw toStoreError(path, error, 'mark');
      }
    },
    async putHandler(digest, component) {
      expectOpen();
      const path = join(handlers, `${expectObjectName(digest)}${COMPONENT}`);
      if ((await sizeOf(path)) !== null) return;
      await createWhole(path, component).catch((error: unknown) => {
        if (!(error instanceof SojournError && error.code === 'object.exists')) throw error;
      });
    },
    async handler(digest) {
      expectOpen();
      const path = join(handlers, `${expectObjectName(digest)}${COMPONENT}`);
      return (await sizeOf(path)) === null ? null : readFile(path);
    },
    async handlers() {
      expectOpen();
      const found: { digest: string; bytes: number }[] = [];
      for (const file of await namesIn(handlers)) {
        const digest = file.slice(0, -COMPONENT.length);
        const bytes = file.endsWith(COMPONENT) && isObjectName(digest) ? await sizeOf(join(handlers, file)) : null;
        if (bytes !== null) found.push({ digest, bytes });
      }
      return found;
    },
    changes: () => null,
    async close() {
      isOpen = false;
    },
  };
}

interface Found {
  readonly path: string;
  readonly listed: Listed;
}

/** Null where there is no file. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : null;
  } catch (error) {
    const told = toStoreError(path, error, 'look');
    if (told.code === 'store.missing') return null;
    throw told;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw toStoreError(folder, error, 'list');
  }
}
