/**
 * Which item was altered, where no entry stands at the place of one. An entry names the hash of the item before it and begins where that
 * one ends, so an altered length shows at the next place (docs/format.md, "Verification").
 */
import { encode } from './codec.ts';

/** The head of an entry, its `seq` of at most nine bytes, the head of a digest and the digest. */
const LINK_BYTES = 1 + 9 + 2 + 32;
const ENTRY_HEAD = 0x88;
const DIGEST_HEAD: readonly number[] = [0x58, 0x20];

/**
 * Where no entry stands at the place of entry `index`: `index` - 1, if that item's length was altered, else `index`. Then entry `index`
 * does not name it and begins elsewhere: within the bytes that the item before now takes, or further on.
 */
export function blameLength(
  index: number,
  before: { readonly bytes: Uint8Array; readonly hash: Uint8Array },
  rest: Uint8Array,
): number {
  if (indexOfBytes(rest.subarray(0, LINK_BYTES + 1), before.hash) >= 0) return index;
  const start = Uint8Array.from([ENTRY_HEAD, ...encode(index), ...DIGEST_HEAD]);
  const around = concat([before.bytes, rest]);
  const found = indexOfBytes(around, start);
  return found >= 0 && found !== before.bytes.length ? index - 1 : index;
}

/** A stream of which more can be taken after whoever reads it has given up. */
export class Feed implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return { next: () => this.#source.next() };
  }

  /** What follows, `most` bytes or a little more. */
  async more(most: number): Promise<readonly Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    for (let length = 0; length < most;) {
      const piece = await this.#source.next();
      if (piece.done === true) break;
      pieces.push(piece.value);
      length += piece.value.length;
    }
    return pieces;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

function indexOfBytes(bytes: Uint8Array, pattern: Uint8Array): number {
  const first = pattern[0] ?? 0;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (pattern.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/** The pieces in one. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
