/** Bounds the folder of the program cache by bytes: what was used least recently goes first, and what a crash left half-written. */
import { lstat, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export const PROGRAM_ENDING = '.program';
const OURS = /^[0-9a-f]{64}\.program(\.[0-9a-f-]{36}\.tmp)?$/;
/** Files that are looked at in one go; a folder that holds more was not filled by us. */
const MOST_FILES = 10_000;
/** Nobody writes one entry for so long. */
const ABANDONED_MS = 3_600_000;

/** Files of other names are left alone and not counted. */
export async function evictPrograms(folder: string, maxBytes: number): Promise<void> {
  const files: { readonly path: string; readonly bytes: number; readonly used: number }[] = [];
  let looked = 0;
  for await (const { name } of await opendir(folder)) {
    if ((looked += 1) > MOST_FILES) break;
    if (!OURS.test(name)) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(() => null);
    if (found === null) continue; // another process was first
    if (name.endsWith(PROGRAM_ENDING)) files.push({ path, bytes: found.size, used: found.mtimeMs });
    else if (Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes } of files.toSorted((left, right) => left.used - right.used)) {
    if (total <= maxBytes) return;
    await rm(path, { force: true, recursive: true });
    total -= bytes;
  }
}
