/**
 * Objects in a folder: the plain files whose name ends in `.sojourn`, in order. Links, folders and hidden files are none.
 */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { SojournError } from '../errors.ts';
import { toStoreError } from '../store/store-error.ts';

const ENDING = '.sojourn';

/** Errors: `store.*`, and `object.limit` for a folder with more than `most` of them. */
export async function listObjects(folder: string, most: number): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const item of await opendir(folder)) {
      if (!item.isFile() || !item.name.endsWith(ENDING) || item.name.startsWith('.')) continue;
      if (names.length === most)
        throw new SojournError('object.limit', `${folder}: expected at most ${most} objects, found more: divide them`);
      names.push(item.name);
    }
  } catch (error) {
    throw toFolderError(folder, error);
  }
  return names.toSorted().map((name) => join(folder, name));
}

function toFolderError(folder: string, error: unknown): SojournError {
  const failure = toStoreError(folder, error, 'reading');
  if (failure.details['system'] === 'ENOTDIR')
    return new SojournError('store.missing', `${folder}: expected a folder with objects, found a file`, {
      details: failure.details,
      cause: error,
    });
  if (failure.code !== 'store.missing') return failure;
  return new SojournError('store.missing', `${folder}: expected a folder with objects, found none`, {
    details: failure.details,
    cause: error,
  });
}
