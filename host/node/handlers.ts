/**
 * Handlers in folders: a component is found by its digest, whatever its file is called. Sizes are checked before anything is read.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hex } from '../json.ts';
import type { ComponentLimits } from '../limits.ts';
import { nativeHash } from './native.ts';

/** Looks in the object's own folder and then in `folders`; null where no `*.wasm` has the digest. */
export async function findHandler(
  digest: string,
  object: string,
  folders: readonly string[],
  limits: ComponentLimits,
): Promise<Uint8Array | null> {
  return (await findHandlerFile(digest, object, folders, limits))?.bytes ?? null;
}

/** The same, with the file that it stands in. */
export async function findHandlerFile(
  digest: string,
  object: string,
  folders: readonly string[],
  limits: ComponentLimits,
): Promise<{ readonly path: string; readonly bytes: Uint8Array } | null> {
  for (const folder of [dirname(object), ...folders]) {
    for (const name of await wasmFiles(folder)) {
      const path = join(folder, name);
      if ((await stat(path)).size > limits.componentBytes) continue;
      const bytes = await readFile(path);
      if (hex(nativeHash(bytes)) === digest) return { path, bytes };
    }
  }
  return null;
}

async function wasmFiles(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.wasm')).toSorted();
  } catch {
    return [];
  }
}
