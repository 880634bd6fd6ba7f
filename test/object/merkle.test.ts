/**
 * The tree against the published vectors of Certificate Transparency (the eight leaves and roots that its implementations share), and
 * against RFC 9162's own recursive definition on random trees.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../host/object/crypto.ts';
import { PathBuilder, verifyPath } from '../../host/object/inclusion.ts';
import { isFrontier, leafHash, nodeHash, rootOf, sameFrontier, TreeBuilder } from '../../host/object/merkle.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

/** Leaf data of the reference tree of certificate-transparency. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  bytes,
);

/** Roots after 0, 1 … 8 of them. */
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** Audit paths of the same tree: leaf (counted from 0), size, path. */
const PATHS: readonly (readonly [number, number, readonly string[]])[] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

function treeOf(leaves: readonly Uint8Array[], start?: ConstructorParameters<typeof TreeBuilder>[1]): TreeBuilder {
  const tree = new TreeBuilder(sha256, start);
  for (const leaf of leaves) tree.add(leaf);
  return tree;
}

/** MTH of RFC 9162 section 2.1.1, word for word. */
function definedRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  if (leaves.length === 1) return leafHash(leaves[0]!, sha256);
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeHash(definedRoot(leaves.slice(0, k)), definedRoot(leaves.slice(k)), sha256);
}

/** PATH of RFC 9162 section 2.1.3.1. */
function definedPath(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return m < k
    ? [...definedPath(m, leaves.slice(0, k)), definedRoot(leaves.slice(k))]
    : [...definedPath(m - k, leaves.slice(k)), definedRoot(leaves.slice(0, k))];
}

function pathOf(index: number, leaves: readonly Uint8Array[], known = 0): readonly Uint8Array[] {
  const builder = new PathBuilder(index, leaves.length, sha256, treeOf(leaves.slice(0, known)).frontier());
  for (const leaf of leaves.slice(known)) builder.add(leaf);
  return builder.path();
}

const someLeaves = fc.array(fc.uint8Array({ maxLength: 4 }), { minLength: 1, maxLength: 70 });

describe('the tree', () => {
  it.each(ROOTS.map((root, size) => [size, root] as const))(
    'of %i published leaves has the published root',
    (size, root) => {
      const frontier = treeOf(LEAVES.slice(0, size)).frontier();
      expect(isFrontier(frontier)).toBe(true);
      expect(hex(rootOf(frontier, sha256))).toBe(root);
    },
  );

  it('goes on from any frontier of its own to the same tree', () => {
    fc.assert(
      fc.property(someLeaves, fc.nat(), (leaves, at) => {
        const cut = at % (leaves.length + 1);
        const whole = treeOf(leaves).frontier();
        const resumed = treeOf(leaves.slice(cut), treeOf(leaves.slice(0, cut)).frontier()).frontier();
        expect(sameFrontier(whole, resumed)).toBe(true);
        expect(rootOf(whole, sha256)).toEqual(definedRoot(leaves));
      }),
    );
  });

  it('knows a frontier that cannot be one of its size', () => {
    const { hashes } = treeOf(LEAVES).frontier();
    expect(isFrontier({ size: 8, hashes })).toBe(true);
    expect(isFrontier({ size: 7, hashes })).toBe(false);
    expect(isFrontier({ size: 8, hashes: [...hashes, ...hashes] })).toBe(false);
    expect(isFrontier({ size: 8, hashes: [new Uint8Array(31)] })).toBe(false);
  });
});

describe('an inclusion proof', () => {
  it.each(PATHS)('of leaf %i of %i published ones is the published path', (index, size, path) => {
    expect(pathOf(index, LEAVES.slice(0, size)).map(hex)).toEqual(path);
  });

  it('is the path that the RFC defines, from whatever frontier before the leaf it is built', () => {
    fc.assert(
      fc.property(someLeaves, fc.nat(), fc.nat(), (leaves, at, from) => {
        const index = at % leaves.length;
        const path = pathOf(index, leaves, from % (index + 1));
        expect(path).toEqual(definedPath(index, leaves));
        const tree = { size: leaves.length, root: definedRoot(leaves) };
        expect(verifyPath({ index, hash: leaves[index]! }, path, tree, sha256)).toBe(true);
      }),
    );
  });

  it('holds for no other item, position, size or path', () => {
    fc.assert(
      fc.property(someLeaves, fc.nat(), fc.nat(), (leaves, at, other) => {
        const index = at % leaves.length;
        const path = pathOf(index, leaves);
        const tree = { size: leaves.length, root: definedRoot(leaves) };
        const item = { index, hash: leaves[index]! };
        const holds = (...args: Partial<[typeof item, typeof path, typeof tree]>): boolean =>
          verifyPath(args[0] ?? item, args[1] ?? path, args[2] ?? tree, sha256);
        expect(holds({ ...item, hash: Uint8Array.of(...item.hash, 0) })).toBe(false);
        expect(holds(item, [...path, new Uint8Array(32)])).toBe(false);
        if (path.length > 0) expect(holds(item, path.slice(1))).toBe(false);
        if (path.length > 0) expect(holds(item, path.with(other % path.length, new Uint8Array(32)))).toBe(false);
        expect(holds(item, path, { ...tree, root: new Uint8Array(32) })).toBe(false);
        for (const wrong of [-1, leaves.length, 0.5, Number.NaN]) expect(holds({ ...item, index: wrong })).toBe(false);
        const elsewhere = other % leaves.length;
        const same = Buffer.compare(leaves[elsewhere]!, item.hash) === 0;
        if (elsewhere !== index && !same) expect(holds({ ...item, index: elsewhere })).toBe(false);
      }),
    );
  });
});
