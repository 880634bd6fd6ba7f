/** How two copies of one object stand to each other, by their bytes. An object only ever grows at its end. */

export type Relation = 'same' | 'shorter' | 'longer' | 'fork';

/** What `theirs` is to `mine`. */
export function compareHistories(mine: Uint8Array, theirs: Uint8Array): Relation {
  const shared = Math.min(mine.length, theirs.length);
  if (Buffer.compare(mine.subarray(0, shared), theirs.subarray(0, shared)) !== 0) return 'fork';
  if (mine.length === theirs.length) return 'same';
  return theirs.length > mine.length ? 'longer' : 'shorter';
}
