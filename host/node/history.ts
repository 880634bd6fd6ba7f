/**
 * The whole history of a carried object, read from its archives and from the object as if it were one file. Nothing is checked here: the
 * chain does that, across the seams as anywhere else.
 */
import { SojournError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { peekKind } from '../object/entry.ts';
import { readItems } from '../object/items.ts';
import type { Store } from '../ports.ts';

export interface History {
  /** Stored bytes from an offset on. */
  read(offset: number): AsyncIterable<Uint8Array>;
}

interface Part {
  readonly name: string;
  /** Byte offset in the file, and in the history. */
  readonly from: number;
  readonly at: number;
}

/** `archives` in order, the oldest first. Errors: `usage` for an object that needs none; `store.*`, and those of reading. */
export async function joinHistory(
  name: string,
  archives: readonly string[],
  store: Pick<Store, 'read'>,
  limits: Limits,
): Promise<History> {
  const parts: Part[] = [];
  let at = 0;
  for (const archive of archives) {
    parts.push({ name: archive, from: 0, at });
    at += await sizeOf(store.read(archive));
  }
  parts.push({ name, from: await checkpointOffset(name, store, limits), at });
  return {
    async *read(offset) {
      const first = parts.findLastIndex((part) => part.at <= offset);
      for (const part of parts.slice(first)) yield* store.read(part.name, part.from + Math.max(0, offset - part.at));
    },
  };
}

async function sizeOf(source: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const piece of source) size += piece.length;
  return size;
}

/** Where the checkpoint of a carried object stands. */
async function checkpointOffset(name: string, store: Pick<Store, 'read'>, limits: Limits): Promise<number> {
  for await (const item of readItems(store.read(name), limits.object)) {
    const kind = item.seq === 0 ? 'blob' : peekKind(item.bytes);
    if (kind === 'checkpoint') return item.offset;
    if (kind !== 'blob') break;
  }
  throw new SojournError(
    'usage',
    `${name}: expected an object that begins with a checkpoint, found a whole one: it needs no archive`,
  );
}
