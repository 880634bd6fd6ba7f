/** A single damaged byte is blamed on the very item that it lies in, whatever it does to lengths and links. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createNativeVerify, nativeHash } from '../../host/node/native.ts';
import { verifyChain } from '../../host/object/chain.ts';
import { readItems } from '../../host/object/items.ts';
import { streamOf } from './builder.ts';

const limits = DEFAULT_LIMITS.object;
const native = { limits, hash: nativeHash, verify: createNativeVerify() };
const FILES = ['minimal', 'cycle', 'dormancy', 'take-over', 'delegation'];

async function load(name: string) {
  const bytes = Uint8Array.from(readFileSync(new URL(`../vectors/${name}.sojourn`, import.meta.url)));
  const itemAt: number[] = [];
  for await (const item of readItems(streamOf(bytes), limits))
    itemAt.push(...Array<number>(item.bytes.length).fill(item.seq));
  return { bytes, itemAt };
}

async function expectBlamed(
  { bytes, itemAt }: Awaited<ReturnType<typeof load>>,
  at: number,
  flip: number,
  size = 4096,
) {
  const altered = bytes.slice();
  altered[at]! ^= flip;
  const result = await verifyChain(streamOf(altered, size), native);
  expect({ at, flip, ok: result.ok, index: result.ok ? null : result.index }).toEqual({
    at,
    flip,
    ok: false,
    index: itemAt[at],
  });
}

it('in any byte of a file, by any flip, in pieces of any size', { timeout: 240_000 }, async () => {
  const files = await Promise.all(FILES.map(load));
  const flips = fc.record({
    file: fc.constantFrom(...files),
    at: fc.nat(),
    flip: fc.integer({ min: 1, max: 255 }),
    size: fc.constantFrom(1, 64, 4096),
  });
  await fc.assert(
    fc.asyncProperty(flips, ({ file, at, flip, size }) => expectBlamed(file, at % file.bytes.length, flip, size)),
    { numRuns: 500 },
  );
});

it('in every byte of a file, where its length is made another', { timeout: 240_000 }, async () => {
  const file = await load('cycle');
  for (const flip of [0x01, 0x10]) for (let at = 0; at < file.bytes.length; at++) await expectBlamed(file, at, flip);
});
