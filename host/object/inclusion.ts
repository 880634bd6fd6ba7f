/**
 * Inclusion proofs (RFC 9162 section 2.1.3): that an item stands at its position in the tree of a checkpoint. A proof is built in one
 * pass over the items behind an older frontier of the same tree, with memory that does not grow with them.
 */
import { compareBytes } from './codec.ts';
import { leafHash, nodeHash, NO_LEAVES, rootOf, TreeBuilder } from './merkle.ts';
import type { Frontier } from './merkle.ts';
import type { Hash } from '../ports.ts';

/** Leaves `start` to `end - 1`. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** The subtrees whose roots are the audit path of leaf `index` in a tree of `size` leaves, from the leaf up. */
function pathRanges(index: number, size: number): readonly Range[] {
  const ranges: Range[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.toReversed();
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/**
 * Collects the audit path of leaf `index` in the tree of `size` leaves. `start` is the frontier of the tree's first leaves; the leaf
 * itself is not among them. `add` is given the hashes of all further items in order.
 */
export class PathBuilder {
  readonly #hash: Hash;
  readonly #ranges: readonly Range[];
  /** In the order of `#ranges`. */
  readonly #trees: TreeBuilder[];
  #next: number;

  constructor(index: number, size: number, hash: Hash, start: Frontier = NO_LEAVES) {
    this.#hash = hash;
    this.#ranges = pathRanges(index, size);
    this.#trees = this.#ranges.map((range) => new TreeBuilder(hash, partOf(start, range)));
    this.#next = start.size;
  }

  add(itemHash: Uint8Array): void {
    const at = this.#ranges.findIndex(({ start, end }) => start <= this.#next && this.#next < end);
    this.#trees[at]?.add(itemHash);
    this.#next++;
  }

  /** The path, once every leaf was added. */
  path(): readonly Uint8Array[] {
    return this.#trees.map((tree) => rootOf(tree.frontier(), this.#hash));
  }
}

/** What a frontier knows of the leaves in a range that is a subtree of a larger tree: both are cut at the same powers of two. */
function partOf(frontier: Frontier, { start, end }: Range): Frontier {
  const hashes: Uint8Array[] = [];
  let at = 0;
  let size = 0;
  for (const one of frontier.hashes) {
    const leaves = splitOf(frontier.size - at + 1);
    if (at >= start && at + leaves <= end) {
      hashes.push(one);
      size += leaves;
    }
    at += leaves;
  }
  return { size, hashes };
}

/** Whether the path leads from the item with this hash, at `index`, to the root of a tree of `size` leaves. */
export function verifyPath(
  item: { readonly index: number; readonly hash: Uint8Array },
  path: readonly Uint8Array[],
  tree: { readonly size: number; readonly root: Uint8Array },
  hash: Hash,
): boolean {
  const { index } = item;
  if (!Number.isSafeInteger(index) || index < 0 || index >= tree.size) return false;
  const ranges = pathRanges(index, tree.size);
  if (ranges.length !== path.length || path.some((one) => one.length !== 32)) return false;
  const root = path.reduce(
    (node, sibling, level) =>
      (ranges[level]?.start ?? 0) > index ? nodeHash(node, sibling, hash) : nodeHash(sibling, node, hash),
    leafHash(item.hash, hash),
  );
  return compareBytes(root, tree.root) === 0;
}
