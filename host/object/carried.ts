/**
 * The carried form of an object whose past stands in archives: genesis, the blobs that it still needs, a checkpoint, and what follows.
 * It is known by a checkpoint ahead of any seal. What it keeps from before the checkpoint is checked by the hashes in there.
 */
import { compareBytes } from './codec.ts';
import { isFrontier } from './merkle.ts';
import type { Frontier } from './merkle.ts';
import type { EntryOf } from './model.ts';
import type { BlobRef } from './state.ts';

/** Media type of an embedded handler, the one kind of blob that a carried object can be without. */
export const WASM_MEDIA = 'application/wasm';

/** A blob ahead of the checkpoint. */
export interface KeptItem {
  readonly seq: number;
  /** SHA-256 of its stored bytes. */
  readonly hash: Uint8Array;
}

export function frontierOf({ body }: EntryOf<'checkpoint'>): Frontier {
  return { size: body.size, hashes: body.frontier };
}

interface Misfit {
  /** Of the entry that does not fit. */
  readonly seq: number;
  readonly message: string;
}

/** Why an object can't begin with this checkpoint and these blobs in front of it; null where it can. */
export function findMisfit(
  entry: EntryOf<'checkpoint'>,
  blobs: readonly BlobRef[],
  kept: readonly KeptItem[],
): Misfit | null {
  const frontier = frontierOf(entry);
  if (frontier.size !== entry.seq || !isFrontier(frontier))
    return { seq: entry.seq, message: `expected the tree of ${entry.seq} items, found another` };
  let next = 0;
  for (const blob of blobs) {
    const found = kept[next];
    if (found?.seq === blob.seq) {
      if (compareBytes(found.hash, blob.hash) !== 0)
        return { seq: blob.seq, message: 'expected the blob that the checkpoint names, found another' };
      next++;
    } else if (blob.media !== WASM_MEDIA) {
      return { seq: blob.seq, message: `expected the blob (${blob.media}) that the checkpoint names, found none` };
    }
  }
  const stranger = kept[next];
  return stranger === undefined
    ? null
    : { seq: stranger.seq, message: 'expected a blob that the checkpoint names, found one that it does not' };
}
