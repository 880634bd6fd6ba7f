import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { encode } from '../../host/object/codec.ts';
import { encodeEntry } from '../../host/object/entry.ts';
import { readItems } from '../../host/object/items.ts';
import { scanItem } from '../../host/object/scan.ts';
import type { Entry } from '../../host/object/model.ts';
import { buildSample, filled, join, streamOf } from './builder.ts';
import { values } from './value-arbitrary.ts';

const limits = DEFAULT_LIMITS.object;

async function collect(bytes: Uint8Array, size: number, using = limits): Promise<Uint8Array[]> {
  const items: Uint8Array[] = [];
  for await (const item of readItems(streamOf(bytes, size), using)) items.push(item.bytes);
  return items;
}

describe('scanning', () => {
  it('finds the end of any value, and knows every beginning of it as incomplete', () => {
    fc.assert(
      fc.property(values, fc.uint8Array({ maxLength: 4 }), (value, after) => {
        const bytes = encode(value);
        expect(scanItem(join([bytes, after]), 0, limits)).toMatchObject({ kind: 'end', end: bytes.length });
        for (let cut = 0; cut < bytes.length; cut++) {
          const scan = scanItem(bytes.subarray(0, cut), 0, limits);
          expect(scan.kind).toBe('incomplete');
          if (scan.kind === 'incomplete') expect(scan.least).toBeGreaterThan(cut);
          if (scan.kind === 'incomplete') expect(scan.least).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the stream of items', () => {
  it('gives the same items whatever the pieces', async () => {
    const { builder } = buildSample();
    for (const size of [1, 2, 7, 100, 1000, 10_000])
      expect(await collect(builder.bytes(), size)).toEqual(builder.items);
  });

  it('gives position and offset', async () => {
    const places: [number, number][] = [];
    for await (const { seq, offset } of readItems(streamOf(join([encode('abc'), encode(1), encode([])]), 2), limits))
      places.push([seq, offset]);
    expect(places).toEqual([
      [0, 0],
      [1, 4],
      [2, 5],
    ]);
  });

  it('says where a torn item starts', async () => {
    const { builder } = buildSample();
    const bytes = builder.bytes().subarray(0, -1);
    const offset = bytes.length + 1 - builder.items.at(-1)!.length;
    await expect(collect(bytes, 64)).rejects.toMatchObject({
      code: 'object.truncated',
      details: { index: builder.seq, offset },
    });
  });

  it('says where malformed bytes stand', async () => {
    await expect(collect(join([encode('abc'), Uint8Array.of(0x82, 0, 0x1c)]), 1)).rejects.toMatchObject({
      code: 'object.malformed',
      details: { index: 1, offset: 6 },
    });
  });

  it('bounds items and blobs apart, without waiting for their end', async () => {
    const small = { ...limits, itemBytes: 1000, blobBytes: 100_000 };
    const header = { seq: 1, prev: filled(32, 0), time: 0, node: filled(16, 0), cycle: 0, policy: null };
    const blob: Entry = { ...header, kind: 'blob', body: { media: 'm', bytes: filled(90_000, 1) } };
    const bytes = encodeEntry(blob, small);
    expect(await collect(bytes, 500, small)).toEqual([bytes]);
    const tooLong = encodeEntry({ ...header, kind: 'blob', body: { media: 'm', bytes: filled(120_000, 1) } }, limits);
    await expect(collect(tooLong.subarray(0, 600), 500, small)).rejects.toMatchObject({ code: 'object.limit' });
    const signal = encodeEntry(
      { ...header, kind: 'signal', body: { name: 'a', key: 'b', payload: 'x'.repeat(2000) } },
      limits,
    );
    await expect(collect(signal.subarray(0, 600), 500, small)).rejects.toMatchObject({ code: 'object.limit' });
  });

  it('holds one item at most, however long the stream', async () => {
    const item = encode(filled(10_000, 1));
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 20_000; i++) yield item;
    }
    let count = 0;
    const before = process.memoryUsage().rss;
    for await (const { bytes } of readItems(endless(), limits)) count += bytes.length === item.length ? 1 : 0;
    expect(count).toBe(20_000);
    // 200 MB went through.
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});
