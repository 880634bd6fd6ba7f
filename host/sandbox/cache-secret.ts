/**
 * The secret that vouches for entries of the program cache: 32 random bytes in a file that its user alone can read, outside the
 * cache. Whoever can write to the cache and can't read this file can put nothing there that is taken for ours.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isOwn, makeOwnFolder } from './own-file.ts';

const SECRET_BYTES = 32;
const OTHERS = 0o077;

/** Reads the secret; makes one where there is none. Rejects where it can't, or where others may read or write the file. */
export async function openSecret(path: string): Promise<Uint8Array> {
  try {
    return await readSecret(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  await makeOwnFolder(dirname(path));
  const temp = `${path}.${randomUUID()}.tmp`;
  const file = await open(temp, 'wx', 0o600);
  try {
    try {
      await file.writeFile(randomBytes(SECRET_BYTES));
    } finally {
      await file.close();
    }
    // fails where another process was first, whose secret then holds
    await link(temp, path).catch(() => undefined);
  } finally {
    await unlink(temp);
  }
  return readSecret(path);
}

async function readSecret(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size !== SECRET_BYTES || !isOwn(found, OTHERS)) {
      throw new Error(`${path}: expected ${SECRET_BYTES} bytes that their owner alone can read, found something else`);
    }
    const secret = new Uint8Array(SECRET_BYTES);
    await file.read(secret, 0, SECRET_BYTES, 0);
    return secret;
  } finally {
    await file.close();
  }
}
