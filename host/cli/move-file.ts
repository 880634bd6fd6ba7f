/**
 * A file as one end of a move. On its way it is renamed from `order.sojourn` to `order.leaving`, and once the target has it to `order.left`, as
 * in a node's folder. Who holds the object's lock goes first.
 */
import { realpath, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SojournError } from '../errors.ts';
import type { Host } from '../node/host.ts';
import { isBadObject } from '../object/genesis.ts';
import { createFileStore } from '../store/file.ts';
import { toStoreError } from '../store/store-error.ts';
import { syncFolder } from '../store/whole-file.ts';
import type { MoveSource, MoveTarget } from './move-object.ts';

const EXTENSION = '.sojourn';
const LEAVING = '.leaving';
const LEFT = '.left';

/** The name of an object's file once it left. */
export function leftName(name: string): string {
  return withEnding(name, LEFT);
}

function withEnding(name: string, ending: string): string {
  return `${name.endsWith(EXTENSION) ? name.slice(0, -EXTENSION.length) : name}${ending}`;
}

export async function createFileSource(name: string, host: Pick<Host, 'compare'>): Promise<MoveSource> {
  const path = (await isFile(name)) ? await realpath(name) : name;
  const [leaving, left] = [withEnding(path, LEAVING), leftName(path)];

  async function mark(): Promise<void> {
    const file = await createFileStore().open(path);
    try {
      await expectNone(leaving);
      if (await isFile(left)) await expectOlder(left, path, host);
      await renameDurably(path, leaving);
    } finally {
      await file.close();
    }
  }

  return {
    name,
    left: leaving,
    async take() {
      const again = !(await isFile(path));
      if (!again) await mark();
      else if (!(await isFile(leaving)))
        throw new SojournError(
          'store.missing',
          `${name}: expected an object, found no file${(await isFile(left)) ? `: it left before, and ${left} is kept for reading` : ''}`,
          { details: { file: name } },
        );
      return { path: leaving, receipt: null, again };
    },
    async back() {
      await expectNone(path);
      await renameDurably(leaving, path);
    },
    done: () => renameDurably(leaving, left),
  };
}

async function expectNone(path: string): Promise<void> {
  if (await isFile(path))
    throw new SojournError('store.exists', `${path}: expected no file, found one`, { details: { file: path } });
}

/** `to` is a file that is not there yet, or a folder, which gets `<id>.sojourn`. */
export async function createFileTarget(
  to: string,
  id: () => Promise<string>,
  host: Pick<Host, 'compare'>,
): Promise<MoveTarget> {
  const folder = await stat(to).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const place = async (known?: string): Promise<string> =>
    folder ? join(to, `${known ?? (await id())}${EXTENSION}`) : to;
  const files = createFileStore();
  return {
    name: to,
    place,
    ready: async () => {},
    // a file hands nothing on by itself
    handedOn: async () => false,
    async give(path) {
      const file = await place();
      if (!(await isFile(file))) {
        await files.create(file, files.read(path));
        return 'new';
      }
      const relation = await relationOf(path, file, host);
      if (relation !== null) return relation;
      throw new SojournError(
        'store.exists',
        `${file}: expected no file of that name, found another copy: move it away, or choose another name`,
        { details: { file } },
      );
    },
    // a file that is there nevertheless may be the object
    refused: async (error) =>
      (error instanceof SojournError && error.code === 'store.exists') || !(await isFile(await place())),
  };
}

/** How what is there holds the object; null where it is another history, or nothing that could be read. */
async function relationOf(path: string, file: string, host: Pick<Host, 'compare'>): Promise<'same' | 'behind' | null> {
  try {
    const { relation, behind } = await host.compare(path, file);
    if (relation === 'same') return 'same';
    return relation === 'prefix' && behind === 'a' ? 'behind' : null;
  } catch (error) {
    if (isBadObject(error)) return null;
    throw error;
  }
}

/** An older `.left` of the same history may be written over. */
async function expectOlder(left: string, path: string, host: Pick<Host, 'compare'>): Promise<void> {
  const { relation, behind } = await host.compare(left, path);
  if (relation === 'same' || (relation === 'prefix' && behind === 'a')) return;
  throw new SojournError(
    'store.exists',
    `${left}: expected an older copy of ${path}, found another history: move it away`,
    { details: { file: left } },
  );
}

async function renameDurably(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
    await syncFolder(dirname(to));
  } catch (error) {
    throw toStoreError(from, error, 'rename');
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
