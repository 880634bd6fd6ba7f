/**
 * Finds where a CBOR item ends before anything is built from it, in one pass without recursion. Bounds bytes, nesting and
 * the number of parts (each takes a byte at least). Does not look into texts and keys: that is the codec's.
 */
import { BYTES, FLOAT64, HeadReader, LIST, MAP, SIMPLE, TEXT } from './head.ts';
import type { ObjectLimits } from '../limits.ts';

export type ScanLimits = Pick<ObjectLimits, 'itemBytes' | 'depth'>;

export type Scan =
  | { readonly kind: 'end'; readonly end: number }
  /** The bytes so far are a beginning of an item that ends at `least` or later. */
  | { readonly kind: 'incomplete'; readonly least: number };

/**
 * The end of the item that starts at `offset`, or `incomplete` where `bytes` ends within it. `base` is added to the offsets
 * in errors. Errors: `object.malformed`, `object.canonical`, `object.limit`.
 */
export function scanItem(bytes: Uint8Array, offset: number, limits: ScanLimits, base = 0): Scan {
  const reader = new HeadReader(bytes, offset, base);
  const last = offset + limits.itemBytes;
  /** Items still to come at each open level. */
  const open: number[] = [];
  let left = 1;
  for (;;) {
    while (left === 0) {
      const above = open.pop();
      if (above === undefined) return { kind: 'end', end: reader.at };
      left = above;
    }
    const at = reader.at;
    // Every part that is still to come takes a byte, so a count that can't fit is refused at its head.
    if (at + left > last) throw overLimit(reader, offset, limits.itemBytes);
    if (!reader.next()) return { kind: 'incomplete', least: Math.max(bytes.length + 1, at + left) };
    left--;
    const skip = contentBytes(reader);
    if (skip > 0) {
      if (reader.at + skip > last) throw overLimit(reader, offset, limits.itemBytes);
      if (reader.at + skip > bytes.length) return { kind: 'incomplete', least: reader.at + skip + left };
      reader.at += skip;
    } else if (reader.major === LIST || reader.major === MAP) {
      if (open.length >= limits.depth) {
        throw reader.refuse('object.limit', at, `at most ${limits.depth} levels`, 'a deeper one');
      }
      open.push(left);
      left = reader.major === MAP ? reader.argument * 2 : reader.argument;
    }
  }
}

function contentBytes(reader: HeadReader): number {
  if (reader.major === BYTES || reader.major === TEXT) return reader.argument;
  return reader.major === SIMPLE && reader.argument === FLOAT64 ? 8 : 0;
}

function overLimit(reader: HeadReader, offset: number, limit: number): Error {
  return reader.refuse('object.limit', offset, `an item of at most ${limit} bytes`, 'a longer one');
}
