/**
 * Files that are there whole and durable or not at all: written beside their place, synced, then put there in one step. A crash leaves
 * at most a temp file `.name.….tmp` behind.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, link, open, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toStoreError } from './store-error.ts';

type Content = Uint8Array | AsyncIterable<Uint8Array>;

/** temp file → write → fsync → link to the name (fails if it exists) → unlink temp → fsync of the folder. */
export async function createWhole(path: string, content: Content): Promise<void> {
  const temp = tempName(path);
  try {
    try {
      const { file } = await writeWhole(temp, content);
      await file.close();
      await link(temp, path);
    } finally {
      await removeTemp(temp);
    }
    await syncFolder(dirname(path));
  } catch (error) {
    throw toStoreError(path, error, 'create');
  }
}

/** The same over a file that is there, whose permissions stay: rename in place of link. Gives the new file, open. */
export async function replaceWhole(
  path: string,
  content: Content,
): Promise<{ readonly file: FileHandle; readonly length: number }> {
  const temp = tempName(path);
  const { mode } = await stat(path);
  const written = await writeWhole(temp, content);
  try {
    await chmod(temp, mode);
    await rename(temp, path);
    await syncFolder(dirname(path));
    return written;
  } catch (error) {
    await written.file.close();
    await removeTemp(temp);
    throw error;
  }
}

function tempName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
}

async function writeWhole(
  path: string,
  content: Content,
): Promise<{ readonly file: FileHandle; readonly length: number }> {
  const file = await open(path, 'wx+');
  try {
    let length = 0;
    for await (const piece of content instanceof Uint8Array ? [content] : content) {
      await writeAt(file, piece, length);
      length += piece.length;
    }
    await file.sync();
    return { file, length };
  } catch (error) {
    await file.close();
    await removeTemp(path);
    throw error;
  }
}

/** A write may take less than it was given: goes on until all is written or an error says why not. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** What was made, renamed or removed in the folder is so after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function removeTemp(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
}
