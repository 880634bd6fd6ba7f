/**
 * Reads a policy set's folder into memory: regular files with the known names and nothing else, sizes looked at before any is
 * read. A link may point to a file within the folder, never out of it.
 */
import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SojournError } from '../errors.ts';
import type { PolicyLimits } from '../limits.ts';
import { isPolicyFileName } from '../policy/encode.ts';
import type { PolicyFiles } from '../policy/encode.ts';

/** Errors: `store.missing` where there is no such folder, `policy.malformed`, `policy.limit`. */
export async function readPolicyFolder(folder: string, limits: PolicyLimits): Promise<PolicyFiles> {
  const root = await rootOf(folder);
  const names = (await readdir(root)).sort();
  if (names.length > limits.files)
    throw refuse('policy.limit', folder, `expected at most ${limits.files} files, found ${names.length}`);
  const files = new Map<string, Uint8Array>();
  let left = limits.bytes;
  for (const name of names) {
    if (!isPolicyFileName(name))
      throw refuse(
        'policy.malformed',
        join(folder, name),
        'expected set.json, facts.json, readers.json or a name in lower case that ends in .cedar',
      );
    const bytes = await readPolicyFile(root, name, left);
    if (bytes === null)
      throw refuse('policy.limit', folder, `expected at most ${limits.bytes} bytes in all, found more`);
    left -= bytes.length;
    files.set(name, bytes);
  }
  return files;
}

async function rootOf(folder: string): Promise<string> {
  const found = await realpath(folder).catch(() => null);
  if (found === null || !(await lstat(found)).isDirectory())
    throw refuse('store.missing', folder, 'expected a folder, found none');
  return found;
}

/** Null where it has more than `maxBytes`. */
async function readPolicyFile(root: string, name: string, maxBytes: number): Promise<Uint8Array | null> {
  const path = join(root, name);
  const target = await realpath(path).catch(() => null);
  if (target === null || dirname(target) !== root)
    throw refuse('policy.malformed', path, 'expected a file in this folder, found a link that leaves it');
  // Not to wait for a writer where the name is a pipe's.
  const handle = await open(target, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (handle === null) throw refuse('policy.malformed', path, 'expected a file that can be read');
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw refuse('policy.malformed', path, 'expected a file, found something else');
    if (stat.size > maxBytes) return null;
    const bytes = new Uint8Array(stat.size);
    const { bytesRead } = await handle.read(bytes, 0, stat.size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function refuse(code: 'store.missing' | 'policy.malformed' | 'policy.limit', path: string, what: string): SojournError {
  return new SojournError(code, `policy ${path}: ${what}`, { details: { file: path } });
}
