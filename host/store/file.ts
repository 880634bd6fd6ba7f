/**
 * Objects as files. A new one appears whole and durable or not at all, and never over another. Appends go to the end and nowhere
 * else; one that fails is cut off again, and the handle then refuses more, since what the disk holds is no longer known for sure.
 */
import { open, realpath, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SojournError } from '../errors.ts';
import { acquireLock } from './lock.ts';
import { toStoreError } from './store-error.ts';
import { createWhole, replaceWhole, writeAt } from './whole-file.ts';
import type { Lock } from './lock.ts';
import type { ObjectFile, Store } from '../ports.ts';

const PIECE_BYTES = 256 * 1024;
const CLOSED = 'a closed one';

/** A store whose names are paths. */
export function createFileStore(): Store {
  return {
    create: (name, content) => createWhole(resolve(name), content),
    open: (name) => openFile(resolve(name)),
    read: (name, offset = 0) => readPath(resolve(name), offset),
  };
}

/** What is known of a file that changes its name while it is open. */
export interface FilePlace {
  readonly lock: string;
  /** The path that it has now. */
  readonly find: () => Promise<string>;
}

/** Opens an object at the place where it stands now. Errors: `store.*`. */
export async function openFile(path: string, place: FilePlace | null = null): Promise<ObjectFile> {
  let lock: Lock | null = null;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new SojournError('store.failed', `${path}: expected a file, found something else`);
    lock = acquireLock(path, place?.lock);
    const file = await open(path, 'r+');
    return createHandle(path, file, lock, (await file.stat()).size, place?.find ?? (() => realpath(path)));
  } catch (error) {
    lock?.release();
    throw toStoreError(path, error, 'open');
  }
}

function createHandle(path: string, opened: FileHandle, lock: Lock, size: number, find: FilePlace['find']): ObjectFile {
  let file = opened;
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

  async function replace(content: AsyncIterable<Uint8Array>): Promise<void> {
    const written = await replaceWhole(await find(), content);
    const old = file;
    [file, length] = [written.file, written.length];
    await old.close();
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
    version: null,
    read: (offset) =>
      readHandle(
        () => file,
        offset,
        () => length,
      ),
    append: (bytes, sync) => inTurn('append', () => append(bytes, sync)),
    truncate: async (to) => {
      if (to > length)
        throw new SojournError(
          'store.failed',
          `${path}: truncate: expected at most ${length} bytes to keep, found ${to}`,
        );
      await inTurn('truncate', () => truncate(to));
    },
    replace: (content) => inTurn('replace', () => replace(content)),
    close,
  };
}

/** Reads a file without its lock, as it is when the reading begins. */
export async function* readPath(path: string, offset: number): AsyncGenerator<Uint8Array> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw toStoreError(path, error, 'read');
  }
  try {
    const { size } = await file.stat();
    yield* readHandle(
      () => file,
      offset,
      () => size,
    );
  } catch (error) {
    throw toStoreError(path, error, 'read');
  } finally {
    await file.close();
  }
}

/** A reading goes on with the file that it began with. */
async function* readHandle(handle: () => FileHandle, offset: number, end: () => number): AsyncGenerator<Uint8Array> {
  const file = handle();
  for (let at = offset; at < end();) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, end() - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return; // cut by its holder meanwhile
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}
