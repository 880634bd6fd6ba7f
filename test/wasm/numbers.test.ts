import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { Reader } from '../../host/wasm/reader.ts';
import { Writer } from '../../host/wasm/writer.ts';

const unsigned32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const signed32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const unsigned64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const signed64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof SojournError) return error.code;
    throw error;
  }
  return 'none';
}

describe('LEB128', () => {
  it('reads back what it wrote, and nothing more', () => {
    fc.assert(
      fc.property(unsigned32, signed32, unsigned64, signed64, (a, b, c, d) => {
        const reader = new Reader(new Writer().u32(a).s32(b).u64(c).s64(d).finish());
        expect([reader.u32('a'), reader.s32('b'), reader.u64('c'), reader.s64('d')]).toEqual([a, b, c, d]);
        expect(reader.done).toBe(true);
      }),
    );
  });

  it('skips exactly what it would read', () => {
    fc.assert(
      fc.property(signed32, signed64, unsigned64, (a, b, c) => {
        const reader = new Reader(new Writer().s32(a).s64(b).u64(c).finish());
        reader.skipSigned(32, 'a');
        reader.skipSigned(64, 'b');
        reader.skipUnsigned64('c');
        expect(reader.done).toBe(true);
      }),
    );
  });

  it('reads padded forms up to the length that the spec allows', () => {
    expect(new Reader(new Uint8Array([0x80, 0x80, 0x80, 0x80, 0x00])).u32('n')).toBe(0);
    expect(new Reader(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x7f])).s32('n')).toBe(-1);
    expect(new Reader(new Uint8Array([0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00])).u64('n')).toBe(1n);
  });

  it.each([
    ['u32', [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ['u32', [0xff, 0xff, 0xff, 0xff, 0x1f]],
    ['s32', [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['s32', [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ['s33', [0x80, 0x80, 0x80, 0x80, 0x20]],
    ['u64', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]],
    ['s64', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['skipUnsigned64', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]],
  ] as const)('refuses %s that is too long or too large: %j', (form, bytes) => {
    expect(codeOf(() => new Reader(new Uint8Array(bytes))[form]('n'))).toBe('component.malformed');
  });

  it('refuses a number that is cut short', () => {
    fc.assert(
      fc.property(signed64, (value) => {
        const bytes = new Writer().s64(value).finish();
        expect(codeOf(() => new Reader(bytes, 0, bytes.length - 1).s64('n'))).toBe('component.malformed');
        expect(codeOf(() => new Reader(bytes, 0, bytes.length - 1).skipSigned(64, 'n'))).toBe('component.malformed');
      }),
    );
  });

  it('gives the offset within the whole input', () => {
    const reader = new Reader(new Uint8Array([0, 0, 0, 0xff]), 3);
    expect(() => reader.u32('count of things')).toThrow(/count of things at offset 4/);
  });
});

describe('Reader', () => {
  it('refuses a count that the input cannot hold before anything is allocated', () => {
    expect(codeOf(() => new Reader(new Writer().u32(1_000_000).finish()).count('items', 2_000_000))).toBe(
      'component.malformed',
    );
    expect(codeOf(() => new Reader(new Writer().u32(1_000_000).finish()).count('items', 10))).toBe('component.limit');
  });

  it('refuses names that are not UTF-8', () => {
    expect(codeOf(() => new Reader(new Uint8Array([2, 0xc0, 0x80])).name('name'))).toBe('component.malformed');
  });
});
