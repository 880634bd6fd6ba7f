/**
 * Cuts a stream of stored bytes into items with memory that does not grow with the stream: at most one item and one piece are held.
 * Blobs have a bound of their own.
 */
import { boundsFor, peekKind } from './entry.ts';
import { scanItem } from './scan.ts';
import { SojournError } from '../errors.ts';
import type { Scan } from './scan.ts';
import type { ObjectLimits } from '../limits.ts';

export interface Item {
  /** A copy: the caller's to keep. */
  readonly bytes: Uint8Array;
  /** Where it starts in the stream. */
  readonly offset: number;
  /** Its position: 0 for the genesis. */
  readonly seq: number;
}

/** Where positions are counted from: what begins a carried object moves them on. */
export interface Numbering {
  /** Of the next item. */
  seq: number;
}

/**
 * The items of a CBOR sequence (RFC 8742), in order; whoever takes them may move `numbering` on. Errors: `object.truncated` where the
 * stream ends within an item, unless `onTorn` takes what is there of it, and those of `scanItem`; `details` has the `index` and the
 * `offset` of the item. `buffer` is for a caller who wants what came in behind the last item.
 */
export async function* readItems(
  source: AsyncIterable<Uint8Array>,
  limits: ObjectLimits,
  onTorn?: (rest: Uint8Array) => void,
  numbering: Numbering = { seq: 0 },
  buffer = new PieceBuffer(),
): AsyncGenerator<Item> {
  let offset = 0;
  for await (const piece of source) {
    buffer.add(piece);
    for (;;) {
      if (buffer.length < buffer.wanted) break;
      const scan = atItem(numbering.seq, offset, () => scanStored(buffer.view(), limits, offset));
      if (scan.kind === 'incomplete') {
        // Twice as much at least, so that the scans of one long item together stay linear in its length.
        buffer.wanted = Math.max(scan.least, Math.min(buffer.length * 2, limits.itemBytes));
        break;
      }
      yield { bytes: buffer.take(scan.end), offset, seq: numbering.seq++ };
      offset += scan.end;
    }
  }
  yield* readRest(buffer, limits, { offset, numbering, onTorn });
}

interface Rest {
  readonly offset: number;
  readonly numbering: Numbering;
  readonly onTorn: ((rest: Uint8Array) => void) | undefined;
}

/** What is left when the stream ends: items that were waited for in larger steps, or a torn one. */
function* readRest(buffer: PieceBuffer, limits: ObjectLimits, from: Rest): Generator<Item> {
  let { offset } = from;
  while (buffer.length > 0) {
    const { seq } = from.numbering;
    const scan = atItem(seq, offset, () => scanStored(buffer.view(), limits, offset));
    if (scan.kind === 'incomplete') {
      if (from.onTorn !== undefined) return from.onTorn(buffer.take(buffer.length));
      const expected = `an item of at least ${scan.least} bytes`;
      const message = `item ${seq} at byte ${offset}: expected ${expected}, found the end after ${buffer.length}`;
      throw new SojournError('object.truncated', message, {
        details: { index: seq, offset, expected, found: buffer.length },
      });
    }
    from.numbering.seq++;
    yield { bytes: buffer.take(scan.end), offset, seq };
    offset += scan.end;
  }
}

/** Adds the item's place to an error about it. */
export function atItem<T>(index: number, offset: number, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof SojournError)) throw error;
    const message = `item ${index} at byte ${offset}: ${error.message}`;
    throw new SojournError(error.code, message, { details: { offset, ...error.details, index }, cause: error });
  }
}

function scanStored(bytes: Uint8Array, limits: ObjectLimits, base: number): Scan {
  try {
    return scanItem(bytes, 0, limits, base);
  } catch (error) {
    if (!(error instanceof SojournError)) throw error;
    if (error.code !== 'object.limit') throw base === 0 ? notAnObject(error) : error;
    if (peekKind(bytes) !== 'blob') throw error;
    return scanItem(bytes, 0, boundsFor('blob', limits), base);
  }
}

/** What does not even begin as an object is most likely another file. */
function notAnObject(error: SojournError): SojournError {
  const message = `${error.message} (is this an object?)`;
  return new SojournError(error.code, message, { details: error.details, cause: error });
}

/** Bytes that came in and were not taken yet. */
export class PieceBuffer {
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** No scan is worth while before so many bytes are there. */
  wanted = 1;

  get length(): number {
    return this.#end - this.#start;
  }

  view(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  add(piece: Uint8Array): void {
    const needed = this.length + piece.length;
    if (this.#end + piece.length > this.#bytes.length) {
      const target = needed > this.#bytes.length ? new Uint8Array(Math.max(needed, this.length * 2)) : this.#bytes;
      target.set(this.view());
      this.#end = this.length;
      this.#start = 0;
      this.#bytes = target;
    }
    this.#bytes.set(piece, this.#end);
    this.#end += piece.length;
  }

  take(length: number): Uint8Array {
    const taken = this.#bytes.slice(this.#start, this.#start + length);
    this.#start += length;
    this.wanted = 1;
    return taken;
  }
}
