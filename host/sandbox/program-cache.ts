/**
 * Programs on disk, one file each, so that a handler that was admitted once need not be admitted again. A file is taken for ours only
 * where the code over all of it was made with our secret; anything else is removed and counts as not there. Nothing that goes
 * wrong here is an error: without a cache all is slower and the same.
 */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openSecret } from './cache-secret.ts';
import { evictPrograms, PROGRAM_ENDING } from './evict-programs.ts';
import { isOwn, makeOwnFolder } from './own-file.ts';
import { decodeEntry, encodeEntry, MAC_BYTES } from './program-entry.ts';
import type { StoredProgram } from './program-entry.ts';
import { SojournError } from '../errors.ts';

export interface ProgramCacheOptions {
  /** Made where it is missing, for its user alone. One that others may write to is not used. */
  readonly folder: string;
  /** The secret that vouches for entries; made where it is missing. Outside the folder. */
  readonly secret: string;
  /** Bytes of all entries together, 512 MiB where it is left out; what was used least recently goes first. */
  readonly maxBytes?: number;
}

export interface ProgramCache {
  /** Null where there is none that is ours. `name` says all that a program depends on. */
  read(name: string): Promise<StoredProgram | null>;
  write(name: string, program: StoredProgram): Promise<void>;
}

const DEFAULT_BYTES = 512 * 1024 * 1024;
/** Read and hashed at once, so that the event loop is never held up for long. */
const PIECE_BYTES = 512 * 1024;
const OTHERS_WRITE = 0o022;

/** Touches nothing yet. Errors: `usage` where the secret would lie in the folder. */
export function createProgramCache(options: ProgramCacheOptions): ProgramCache {
  const folder = resolve(options.folder);
  const secretPath = resolve(options.secret);
  const maxBytes = options.maxBytes ?? DEFAULT_BYTES;
  if (`${dirname(secretPath)}/`.startsWith(`${folder}/`))
    throw new SojournError('usage', `program cache: expected its secret outside ${folder}, found it within`);
  let secret: Promise<Uint8Array> | null = null;

  const openCache = async (): Promise<Uint8Array> => {
    await makeOwnFolder(folder);
    const found = await lstat(folder);
    if (!found.isDirectory() || !isOwn(found, OTHERS_WRITE))
      throw new Error(`${folder}: expected a folder that others can't write to, found something else`);
    secret ??= openSecret(secretPath);
    return secret;
  };
  const pathOf = (name: string): string =>
    join(folder, `${createHash('sha256').update(name).digest('hex')}${PROGRAM_ENDING}`);

  return {
    async read(name) {
      const path = pathOf(name);
      try {
        const key = await openCache();
        const program = await readProgram(path, name, key, maxBytes);
        if (program === null) await rm(path, { force: true, recursive: true });
        return program;
      } catch {
        return null;
      }
    },
    async write(name, program) {
      try {
        const key = await openCache();
        const parts = encodeEntry(name, program);
        if (parts.reduce((sum, part) => sum + part.length, MAC_BYTES) > maxBytes) return;
        await writeProgram(pathOf(name), parts, key);
        await evictPrograms(folder, maxBytes);
      } catch {
        // a full disk, a folder that is read-only or another's: the program is in memory all the same
      }
    },
  };
}

/** Null for a file that is not ours. Rejects where none can be opened. */
async function readProgram(
  path: string,
  name: string,
  key: Uint8Array,
  maxBytes: number,
): Promise<StoredProgram | null> {
  const file = await openEntry(path);
  if (file === null) return null;
  try {
    const found = await file.stat();
    if (!found.isFile() || !isOwn(found, OTHERS_WRITE)) return null;
    if (found.size <= MAC_BYTES || found.size > maxBytes) return null;
    const bytes = new Uint8Array(found.size);
    const code = createHmac('sha256', key);
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(PIECE_BYTES, bytes.length - at), at);
      if (bytesRead === 0) return null;
      code.update(bytes.subarray(Math.max(at, MAC_BYTES), Math.max(at + bytesRead, MAC_BYTES)));
      at += bytesRead;
    }
    if (!timingSafeEqual(code.digest(), bytes.subarray(0, MAC_BYTES))) return null;
    const now = new Date();
    await file.utimes(now, now).catch(() => undefined);
    return decodeEntry(name, bytes.subarray(MAC_BYTES));
  } finally {
    await file.close();
  }
}

/** Null for a symbolic link and whatever else can't be opened though it is there. */
async function openEntry(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'ENOENT') return null;
    throw error;
  }
}

/** Under a name of its own, then renamed: a reader finds all of it or nothing. Not synced, since a torn file is found out. */
async function writeProgram(path: string, parts: readonly Uint8Array[], key: Uint8Array): Promise<void> {
  const code = createHmac('sha256', key);
  const temp = `${path}.${randomUUID()}.tmp`;
  const file = await open(temp, 'wx', 0o600);
  try {
    try {
      let at = MAC_BYTES;
      for (const part of parts) {
        for (let from = 0; from < part.length; from += PIECE_BYTES) {
          const piece = part.subarray(from, from + PIECE_BYTES);
          code.update(piece);
          at += await writePiece(file, piece, at);
        }
      }
      await writePiece(file, code.digest(), 0);
    } finally {
      await file.close();
    }
    await rename(temp, path);
  } catch (error) {
    await rm(temp, { force: true });
    throw error;
  }
}

async function writePiece(file: FileHandle, piece: Uint8Array, at: number): Promise<number> {
  for (let done = 0; done < piece.length;)
    done += (await file.write(piece, done, piece.length - done, at + done)).bytesWritten;
  return piece.length;
}
