/**
 * Merkle tree over the items of an object, hashed as in RFC 6962 section 2.1 (RFC 9162 the same). The entry of a leaf is the item's
 * hash, so whatever the hash of an item leaves out (a redacted field) the tree leaves out too. A frontier is the tree's right edge:
 * the roots of its complete subtrees, the largest first, at most 53 of them. It is all that appending and the root need.
 */
import { compareBytes } from './codec.ts';
import type { Hash } from '../ports.ts';

export interface Frontier {
  /** Leaves so far. */
  readonly size: number;
  /** One for each bit of `size` that is set, from the highest. */
  readonly hashes: readonly Uint8Array[];
}

const LEAF = 0x00;
const NODE = 0x01;
export const NO_LEAVES: Frontier = { size: 0, hashes: [] };

/** Hash of the leaf for the item with this hash. */
export function leafHash(itemHash: Uint8Array, hash: Hash): Uint8Array {
  const bytes = new Uint8Array(1 + itemHash.length);
  bytes[0] = LEAF;
  bytes.set(itemHash, 1);
  return hash(bytes);
}

export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Hash): Uint8Array {
  const bytes = new Uint8Array(1 + left.length + right.length);
  bytes[0] = NODE;
  bytes.set(left, 1);
  bytes.set(right, 1 + left.length);
  return hash(bytes);
}

/** True where there are as many hashes as a tree of this size has complete subtrees. */
export function isFrontier({ size, hashes }: Frontier): boolean {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return hashes.length === bits && hashes.every((one) => one.length === 32);
}

export function sameFrontier(a: Frontier, b: Frontier): boolean {
  return (
    a.size === b.size &&
    a.hashes.length === b.hashes.length &&
    a.hashes.every((one, i) => compareBytes(one, b.hashes[i] ?? new Uint8Array(0)) === 0)
  );
}

/** Root of the tree; of the empty one the hash of nothing. */
export function rootOf({ hashes }: Frontier, hash: Hash): Uint8Array {
  if (hashes.length === 0) return hash(new Uint8Array(0));
  return hashes.reduceRight((right, left) => nodeHash(left, right, hash));
}

/** Appends leaves with a fixed amount of memory. */
export class TreeBuilder {
  readonly #hash: Hash;
  readonly #hashes: Uint8Array[];
  #size: number;

  constructor(hash: Hash, start: Frontier = NO_LEAVES) {
    this.#hash = hash;
    this.#hashes = [...start.hashes];
    this.#size = start.size;
  }

  get size(): number {
    return this.#size;
  }

  frontier(): Frontier {
    return { size: this.#size, hashes: [...this.#hashes] };
  }

  /** Appends the item with this hash. */
  add(itemHash: Uint8Array): void {
    let node = leafHash(itemHash, this.#hash);
    for (let level = this.#size; level % 2 === 1; level = Math.floor(level / 2)) {
      const left = this.#hashes.pop();
      if (left !== undefined) node = nodeHash(left, node, this.#hash);
    }
    this.#hashes.push(node);
    this.#size++;
  }
}
