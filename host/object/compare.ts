/**
 * Where two copies of one object part (R29): both are read side by side, with one item of each in memory. An entry is the same where the
 * chain says so: a copy whose confidential bodies were taken out is the same object. Whether each copy holds is not looked at here.
 */
import { itemHash } from './chain-bytes.ts';
import { compareBytes } from './codec.ts';
import { HeadReader, LIST, UNSIGNED } from './head.ts';
import { readItems } from './items.ts';
import type { Item } from './items.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Hash } from '../ports.ts';

/** Where an item stands in its copy. */
export interface ComparedItem {
  readonly seq: number;
  /** Byte offset. */
  readonly offset: number;
}

export type Comparison =
  /** Their first items differ: two objects. */
  | { readonly relation: 'other' }
  /** Both end with the same item. */
  | { readonly relation: 'same'; readonly last: number }
  /** One ends where the other goes on: `next` is the first item that it lacks. */
  | { readonly relation: 'prefix'; readonly shorter: 'a' | 'b'; readonly next: ComparedItem }
  /** The first items that are not the same, of one `seq`. */
  | { readonly relation: 'fork'; readonly a: ComparedItem; readonly b: ComparedItem }
  /** No entry stands in both, for one or both left the rest in archives. `first` is the first entry behind the genesis of each. */
  | { readonly relation: 'apart'; readonly first: { readonly a: number; readonly b: number } };

/**
 * Both streams are read to the end at most once. Positions are those that the entries say themselves, so that a carried object is
 * compared from its checkpoint on. Errors: those of reading and of `readItems`.
 */
export async function compareCopies(
  a: AsyncIterable<Uint8Array>,
  b: AsyncIterable<Uint8Array>,
  limits: ObjectLimits,
  hash: Hash,
): Promise<Comparison> {
  const sides = [createSide(a, limits, hash), createSide(b, limits, hash)] as const;
  try {
    return await walk(...sides);
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}

interface Current extends ComparedItem {
  readonly hash: Uint8Array;
}

interface Side {
  next(): Promise<Current | null>;
  close(): Promise<unknown>;
}

async function walk(a: Side, b: Side): Promise<Comparison> {
  let [left, right] = [await a.next(), await b.next()];
  if (left === null || right === null || !sameItem(left, right)) return { relation: 'other' };
  const last = { shared: 0, a: 0, b: 0 };
  const first = { a: 0, b: 0 };
  [left, right] = [await a.next(), await b.next()];
  [first.a, first.b] = [left?.seq ?? 0, right?.seq ?? 0];
  while (left !== null && right !== null) {
    [last.a, last.b] = [left.seq, right.seq];
    if (left.seq < right.seq) left = await a.next();
    else if (right.seq < left.seq) right = await b.next();
    else {
      if (!sameItem(left, right)) return { relation: 'fork', a: placeOf(left), b: placeOf(right) };
      last.shared = left.seq;
      [left, right] = [await a.next(), await b.next()];
    }
  }
  const rest = left ?? right;
  if (rest === null) return { relation: 'same', last: last.shared };
  const ended = left === null ? last.a : last.b;
  // what is carried begins with a checkpoint: entries before it may be missing on one side, and say nothing
  if (ended === 0 || last.shared === ended)
    return { relation: 'prefix', shorter: left === null ? 'a' : 'b', next: placeOf(rest) };
  return { relation: 'apart', first };
}

function createSide(source: AsyncIterable<Uint8Array>, limits: ObjectLimits, hash: Hash): Side {
  const items = readItems(source, limits);
  return {
    async next() {
      const item = await items.next();
      if (item.done === true) return null;
      const { bytes, offset } = item.value;
      return { seq: seqOf(item.value), offset, hash: itemHash(bytes, hash) };
    },
    close: () => items.return(undefined),
  };
}

/** What an entry says of its position; for what is no entry, where it stands. */
function seqOf({ bytes, seq }: Item): number {
  const reader = new HeadReader(bytes, 0, 0);
  if (seq === 0 || !reader.nextIs(LIST) || !reader.nextIs(UNSIGNED)) return seq;
  return reader.argument;
}

function sameItem(a: Current, b: Current): boolean {
  return compareBytes(a.hash, b.hash) === 0;
}

function placeOf({ seq, offset }: Current): ComparedItem {
  return { seq, offset };
}
