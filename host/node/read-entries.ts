/**
 * Entries and blobs of an object by their place: reads only what is asked for, from near where it stands.
 */
import { SojournError } from '../errors.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Opener } from '../object/confidential.ts';
import { decodeEntry } from '../object/entry.ts';
import type { ItemIndex } from '../object/item-index.ts';
import { readItems } from '../object/items.ts';
import type { Entry } from '../object/model.ts';

export interface EntrySource {
  /** Stored bytes from an offset on. */
  readonly read: (offset: number) => AsyncIterable<Uint8Array>;
  readonly index: ItemIndex;
  /** `seq` of each blob, by its digest in hexadecimal. */
  readonly blobs: ReadonlyMap<string, number>;
  readonly limits: ObjectLimits;
  /** Opens confidential bodies; those that stay closed come as entries of kind `confidential`. */
  readonly open: Opener | null;
}

/** Entries from `first` to `last`, both included; the genesis is none. Nothing where the first stands in an archive. */
export async function* readEntries(source: EntrySource, first: number, last: number): AsyncGenerator<Entry> {
  const { read, index, limits, open } = source;
  const place = first > last ? null : index.find(first);
  if (place === null) return;
  for await (const item of readItems(read(place.offset), limits)) {
    const seq = place.seq + item.seq;
    if (seq > last) return;
    if (seq >= first && seq > 0) yield decodeEntry(item.bytes, limits, place.offset + item.offset, open);
    if (seq >= last || place.alone) return;
  }
}

/** An embedded blob; null where the object has none of this digest. */
export async function readBlob(source: EntrySource, digest: string): Promise<Uint8Array | null> {
  const seq = source.blobs.get(digest);
  if (seq === undefined) return null;
  for await (const entry of readEntries(source, seq, seq)) if (entry.kind === 'blob') return entry.body.bytes;
  throw new SojournError('internal', `blob ${digest}: expected it at entry ${seq}, found another entry`);
}
