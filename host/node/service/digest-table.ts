/**
 * Digests numbered in the order in which they came, found by their bytes: open addressing over one array of bytes. Nothing is ever
 * taken out. Of `width` bytes each, the first four are what they are found by: they are hashes already.
 */
import { grown } from './columns.ts';

export class DigestTable {
  readonly #width: number;
  #digests = new Uint8Array(0);
  /** Number + 1 of the digest in each bucket; 0 is an empty one. */
  #buckets = new Int32Array(1_024);
  #count = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#digests.byteLength + this.#buckets.byteLength;
  }

  /** -1 where it is not there. */
  find(digest: Uint8Array): number {
    return (this.#buckets[this.#bucketOf(digest)] ?? 0) - 1;
  }

  /** The number of the one that is there, or of the new one. */
  add(digest: Uint8Array): number {
    const bucket = this.#bucketOf(digest);
    const there = (this.#buckets[bucket] ?? 0) - 1;
    if (there >= 0) return there;
    this.#digests = grown(this.#digests, this.#count + 1, this.#width);
    this.#digests.set(digest, this.#count * this.#width);
    this.#buckets[bucket] = ++this.#count;
    if (this.#count * 4 > this.#buckets.length * 3) this.#spread();
    return this.#count - 1;
  }

  /** A view of it: not to be kept. */
  at(number: number): Uint8Array {
    return this.#digests.subarray(number * this.#width, (number + 1) * this.#width);
  }

  /** Where it is, or would be. */
  #bucketOf(digest: Uint8Array): number {
    const mask = this.#buckets.length - 1;
    for (let bucket = headOf(digest) & mask; ; bucket = (bucket + 1) & mask) {
      const number = (this.#buckets[bucket] ?? 0) - 1;
      if (number < 0 || this.#isAt(number, digest)) return bucket;
    }
  }

  #isAt(number: number, digest: Uint8Array): boolean {
    const start = number * this.#width;
    for (let index = 0; index < this.#width; index++) if (this.#digests[start + index] !== digest[index]) return false;
    return true;
  }

  #spread(): void {
    this.#buckets = new Int32Array(this.#buckets.length * 2);
    for (let number = 0; number < this.#count; number++) this.#buckets[this.#bucketOf(this.at(number))] = number + 1;
  }
}

function headOf(digest: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = digest;
  return (a << 24) | (b << 16) | (c << 8) | d;
}
