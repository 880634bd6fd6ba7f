/**
 * Objects as files. A new one appears whole and durable or not at all, and never over another. Appends go to the end and nowhere
 * else; one that fails is cut off again, and the handle then refuses more, since what the disk holds is no longer known for sure.
 */
import { constants } from 'node:fs';
import { link, open, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { SojournError } from '../errors.ts';
import { acquireLock } from './lock.ts';
import { toStoreError } from './store-error.ts';
import type { Lock } from './lock.ts';
import type { ObjectFile, Store } from '../ports.ts';

const PIECE_BYTES = 256 * 1024;
const CLOSED = 'a closed one';

/** A store whose names are paths. */
export function createFileStore(): Store {
  return {
    create: (name, bytes) => createFile(resolve(name), bytes),
    open: (name) => openFile(resolve(name)),
    read: (name, offset = 0) => readPath(resolve(name), offset),
  };
}

/**
 * temp file → write → fsync → link to the name (fails if it exists) → unlink temp → fsync of the folder. A crash leaves at most a
 * temp file `.name.….tmp` behind.
 */
async function createFile(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temp = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    try {
      await writeWhole(temp, bytes);
      await link(temp, path);
    } finally {
      await unlink(temp).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    }
    await syncFolder(folder);
  } catch (error) {
    throw toStoreError(path, error, 'create');
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await writeAt(file, bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openFile(path: string): Promise<ObjectFile> {
  let lock: Lock | null = null;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new SojournError('store.failed', `${path}: expected a file, found something else`);
    lock = acquireLock(path);
    const file = await open(path, 'r+');
    return createHandle(path, file, lock, (await file.stat()).size);
  } catch (error) {
    lock?.release();
    throw toStoreError(path, error, 'open');
  }
}

function createHandle(path: string, file: FileHandle, lock: Lock, size: number): ObjectFile {
  let length = size;
  /** Why nothing may be changed any more. */
  let refusal: string | null = null;
  let before: Promise<void> = Promise.resolve();

  async function change(what: string, step: () => Promise<void>): Promise<void> {
    if (refusal !== null)
      throw new SojournError('store.failed', `${path}: ${what}: expected an open, sound handle, found ${refusal}`);
    try {
      await step();
    } catch (error) {
      refusal = `one whose ${what} failed; open the object again`;
      await file.truncate(length).catch(() => undefined); // what could not be cut is a torn tail, and found as one
      throw toStoreError(path, error, what);
    }
  }

  /** One change after the other, in the order of the calls. */
  function inTurn(what: string, step: () => Promise<void>): Promise<void> {
    const turn = before.then(() => change(what, step));
    before = turn.catch(() => undefined);
    return turn;
  }

  async function append(bytes: Uint8Array, sync: boolean): Promise<void> {
    await writeAt(file, bytes, length);
    if (sync) await file.datasync();
    length += bytes.length;
  }

  async function truncate(to: number): Promise<void> {
    await file.truncate(to);
    await file.datasync();
    length = to;
  }

  async function close(): Promise<void> {
    await before;
    if (refusal === CLOSED) return;
    refusal = CLOSED;
    await file.close();
    lock.release();
  }

  return {
    get length() {
      return length;
    },
    read: (offset) => readHandle(file, offset, () => length),
    append: (bytes, sync) => inTurn('append', () => append(bytes, sync)),
    truncate: async (to) => {
      if (to > length)
        throw new SojournError(
          'store.failed',
          `${path}: truncate: expected at most ${length} bytes to keep, found ${to}`,
        );
      await inTurn('truncate', () => truncate(to));
    },
    close,
  };
}

async function* readPath(path: string, offset: number): AsyncGenerator<Uint8Array> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw toStoreError(path, error, 'read');
  }
  try {
    const { size } = await file.stat();
    yield* readHandle(file, offset, () => size);
  } catch (error) {
    throw toStoreError(path, error, 'read');
  } finally {
    await file.close();
  }
}

async function* readHandle(file: FileHandle, offset: number, end: () => number): AsyncGenerator<Uint8Array> {
  for (let at = offset; at < end();) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, end() - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return; // cut by its holder meanwhile
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** A write may take less than it was given: goes on until all is written or an error says why not. */
async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
