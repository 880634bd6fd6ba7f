/**
 * Trees as the contract carries them: a flat list, the root first. A group refers to members that stand after it, and each node
 * belongs to one group: so no loop and no sharing is possible, and the tree is no larger than the list.
 */
import type { Value } from '../value.ts';
import { list, map, misfit, whole } from './misfit.ts';

export interface TreeReader<T> {
  /** Reads a node that is no group. Throws a Misfit. */
  leaf(tag: Value | undefined, val: Value, path: string): T;
  group(need: number, members: readonly T[]): T;
}

/** Throws a Misfit that begins with `path`. */
export function readTree<T>(value: Value | undefined, path: string, maxNodes: number, reader: TreeReader<T>): T {
  const nodes = list(value, path, maxNodes, 1);
  /** What stands at each place and is no member of a group yet. */
  const free = new Map<number, T>();
  for (let index = nodes.length - 1; index >= 0; index--) {
    const here = `${path}/${index}`;
    const { tag, val = null } = map(nodes[index], here);
    free.set(index, tag === 'group' ? readGroup(val, index, here, free, reader) : reader.leaf(tag, val, here));
  }
  const root = free.get(0);
  free.delete(0);
  const stray = free.keys().next();
  if (stray.done !== true)
    throw misfit(`${path}/${stray.value}`, 'a node that belongs to a group', 'one that no group names');
  if (root === undefined) throw misfit(path, 'a root', null);
  return root;
}

function readGroup<T>(val: Value, index: number, path: string, free: Map<number, T>, reader: TreeReader<T>): T {
  const { need, members } = map(val, path);
  const taken = list(members, `${path}/members`, Number.MAX_SAFE_INTEGER, 1).map((member) => {
    const found = typeof member === 'number' && member > index ? free.get(member) : undefined;
    if (typeof member !== 'number' || found === undefined)
      throw misfit(`${path}/members`, 'a later node that no other group has', member);
    free.delete(member);
    return found;
  });
  return reader.group(whole(need, `${path}/need`, taken.length, 1), taken);
}
