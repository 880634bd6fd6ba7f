/**
 * The descendants of an object at a node, by what the verified objects say of their children. Those that the node does not have are left
 * out: the tree names them as missing.
 */
import { SojournError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { Host } from '../node/host.ts';
import { isBadObject } from '../object/genesis.ts';
import { readObjectUrl } from './node-url.ts';
import type { Remote } from './remote.ts';
import type { Terminal } from './terminal.ts';

/** Addresses, without that of the object itself. Errors: those of fetching, and `object.limit` for too large a family. */
export async function findFamily(
  object: string,
  remote: Remote,
  host: Pick<Host, 'show'>,
  terminal: Terminal,
): Promise<readonly string[]> {
  const { node, url } = readObjectUrl(object);
  const most = DEFAULT_LIMITS.run.wakeObjects;
  const seen = new Set([url]);
  const family: string[] = [];
  for (const next of seen) {
    terminal.progress(`fetching the family: ${seen.size} so far …`);
    for (const id of await childrenOf(next, host)) {
      const child = `${node}/objects/${id}`;
      if (seen.has(child) || !(await isThere(child, remote))) continue;
      if (seen.size > most)
        throw new SojournError('object.limit', `${url}: expected at most ${most} descendants, found more`);
      seen.add(child);
      family.push(child);
    }
  }
  return family;
}

/** None of an object that does not hold: the tree says why. */
async function childrenOf(url: string, host: Pick<Host, 'show'>): Promise<readonly string[]> {
  try {
    const { state } = await host.show(url);
    return Array.from(state.children.values(), ({ id }) => id);
  } catch (error) {
    if (isBadObject(error)) return [];
    throw error;
  }
}

async function isThere(url: string, remote: Remote): Promise<boolean> {
  try {
    await remote.fetch(url);
    return true;
  } catch (error) {
    // a token that is not for it tells no more
    if (error instanceof SojournError && (error.code === 'store.missing' || error.code === 'token.refused'))
      return false;
    throw error;
  }
}
