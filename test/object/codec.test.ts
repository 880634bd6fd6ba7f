import { Decoder, Encoder } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { compareBytes, decode, encode } from '../../host/object/codec.ts';
import { isList, isMap } from '../../host/value.ts';
import type { Value } from '../../host/value.ts';
import { values } from './value-arbitrary.ts';

const limits = DEFAULT_LIMITS.object;
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function codeOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    if (error instanceof SojournError) return error.code;
    throw error;
  }
  return 'none';
}

describe('the canonical form', () => {
  // RFC 8949 appendix A, those that are in our data model.
  it.each([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1864', 100],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['20', -1],
    ['3863', -100],
    ['3903e7', -1000],
    ['fb3ff199999999999a', 1.1],
    ['fb7e37e43c8800759c', 1e300],
    ['fbc010666666666666', -4.1],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['60', ''],
    ['6449455446', 'IETF'],
    ['62225c', '"\\'],
    ['62c3bc', 'ü'],
    ['63e6b0b4', '水'],
    ['64f0908591', '𐅑'],
    ['80', []],
    ['83010203', [1, 2, 3]],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    ['a0', {}],
    ['a26161016162820203', { a: 1, b: [2, 3] }],
    ['826161a161626163', ['a', { b: 'c' }]],
    ['1b001fffffffffffff', 2 ** 53 - 1],
    ['3b001ffffffffffffe', -(2 ** 53 - 1)],
    ['fb4340000000000000', 2 ** 53],
  ])('%s is %j', (hex, value) => {
    expect(hexOf(encode(value))).toBe(hex);
    expect(decode(bytesOf(hex), limits)).toEqual(value);
  });

  it('holds byte strings', () => {
    expect(hexOf(encode(Uint8Array.of(1, 2, 3, 4)))).toBe('4401020304');
    expect(decode(bytesOf('4401020304'), limits)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('sorts keys by their encoded bytes: the shorter first', () => {
    expect(hexOf(encode({ 'b': 1, 'aa': 2, 'a': 3, '\u{1f600}': 4, '\uffff': 5 }))).toBe(
      'a56161036162016261610263efbfbf0564f09f988004',
    );
  });

  it.each([
    ['1817', 'object.canonical', 'a longer head than need be'],
    ['190017', 'object.canonical', 'a longer head'],
    ['1a0000ffff', 'object.canonical', 'a longer head'],
    ['1b00000000ffffffff', 'object.canonical', 'a longer head'],
    ['5800', 'object.canonical', 'a longer length'],
    ['9800', 'object.canonical', 'a longer count'],
    ['1b0020000000000000', 'object.canonical', '2^53 as an integer'],
    ['3b001fffffffffffff', 'object.canonical', '-(2^53)'],
    ['f90000', 'object.canonical', 'float16'],
    ['fa47c35000', 'object.canonical', 'float32'],
    ['fb0000000000000000', 'object.canonical', 'zero as a float'],
    ['fb8000000000000000', 'object.canonical', '-0'],
    ['fb7ff8000000000000', 'object.canonical', 'NaN'],
    ['fb7ff0000000000000', 'object.canonical', 'infinity'],
    ['fbfff0000000000000', 'object.canonical', '-infinity'],
    ['fb3ff0000000000000', 'object.canonical', 'one as a float'],
    ['f7', 'object.canonical', 'undefined'],
    ['e0', 'object.canonical', 'simple(0)'],
    ['f8ff', 'object.canonical', 'simple(255)'],
    ['c074323031332d30332d32315432303a30343a30305a', 'object.canonical', 'a tag'],
    ['c249010000000000000000', 'object.canonical', 'a bignum'],
    ['d81845646449455446', 'object.canonical', 'embedded CBOR by tag'],
    ['9f018202039f0405ffff', 'object.canonical', 'an indefinite list'],
    ['bf61610161629f0203ffff', 'object.canonical', 'an indefinite map'],
    ['5f42010243030405ff', 'object.canonical', 'an indefinite byte string'],
    ['7f657374726561646d696e67ff', 'object.canonical', 'an indefinite text'],
    ['ff', 'object.malformed', 'a break'],
    ['1c', 'object.malformed', 'reserved information'],
    ['fd', 'object.malformed', 'reserved information'],
    ['a2616201616101', 'object.canonical', 'keys out of order'],
    ['a2616101616102', 'object.canonical', 'a key twice'],
    ['a262616101616202', 'object.canonical', 'a longer key first'],
    ['a10102', 'object.canonical', 'a number as key'],
    ['a1416101', 'object.canonical', 'bytes as key'],
    ['61ff', 'object.canonical', 'bytes that are no UTF-8'],
    ['62c080', 'object.canonical', 'overlong UTF-8'],
    ['63eda080', 'object.canonical', 'a surrogate in UTF-8'],
    ['0000', 'object.malformed', 'two items'],
    ['', 'object.truncated', 'nothing'],
    ['18', 'object.truncated', 'half a head'],
    ['8201', 'object.truncated', 'half a list'],
    ['6261', 'object.truncated', 'half a text'],
    ['a16161', 'object.truncated', 'half a map'],
    ['fb3ff19999', 'object.truncated', 'half a float'],
  ])('refuses %s: %s, %s', (hex, code) => {
    expect(codeOf(() => decode(bytesOf(hex), limits))).toBe(code);
  });

  it('names the byte', () => {
    expect(() => decode(bytesOf('8300a1616119001800'), limits, 1000)).toThrow('byte 1005: expected the shortest head');
  });

  it.each([
    ['NaN', Number.NaN],
    ['-0', -0],
    ['infinity', Infinity],
    ['undefined', undefined],
    ['a hole', new Array(2)],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate as key', { '\udfff': 1 }],
    ['a map object', new Map()],
    ['a date', new Date(0)],
    ['a bigint', 1n],
    ['a function', () => 0],
  ])('does not encode %s', (_, value) => {
    expect(codeOf(() => encode({ inner: [value as Value] }))).toBe('object.canonical');
  });

  it('names the path of what it does not encode', () => {
    expect(() => encode({ a: [0, { b: Number.NaN }] })).toThrow(
      'a.1.b: expected a value with a canonical form, found NaN',
    );
  });
});

describe('hostile input', () => {
  it('keeps keys such as __proto__ as data', () => {
    const bytes = encode(JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"0":2}') as Value);
    const value = decode(bytes, limits) as { readonly [key: string]: Value };
    expect(Object.getPrototypeOf(value)).toBe(null);
    expect(Object.keys(value).toSorted()).toEqual(['0', '__proto__', 'constructor']);
    expect(({} as { polluted?: boolean }).polluted).toBe(undefined);
    expect(encode(value)).toEqual(bytes);
  });

  it('has no keys that begin with a byte order mark: two of them could be taken for one', () => {
    const long = 'k'.repeat(80);
    expect(codeOf(() => encode({ [`\ufeff${long}`]: 1, [long]: 2 }))).toBe('object.canonical');
    const key = (mark: string): string => `784${mark === '' ? '0' : '3'}${mark}${'6b'.repeat(64)}`;
    expect(codeOf(() => decode(bytesOf(`a2${key('')}01${key('efbbbf')}02`), limits))).toBe('object.canonical');
    expect(codeOf(() => decode(bytesOf(`a1${key('efbbbf')}02`), limits))).toBe('object.canonical');
  });

  it('keeps a byte order mark, however long the text', () => {
    for (const text of ['\ufeff', `\ufeff${'x'.repeat(100)}`, `\ufeff${'é'.repeat(100)}`])
      expect(decode(encode(text), limits)).toBe(text);
  });

  it('refuses nesting beyond the limit, at any depth, without recursion', () => {
    const nested = (depth: number): Uint8Array => Uint8Array.from([...new Array<number>(depth).fill(0x81), 0]);
    expect(codeOf(() => decode(nested(64), limits))).toBe('none');
    for (const depth of [65, 1000, 1_000_000]) expect(codeOf(() => decode(nested(depth), limits))).toBe('object.limit');
    let value: Value = 0;
    for (let i = 0; i < 65; i++) value = [value];
    expect(codeOf(() => encode(value))).toBe('object.limit');
  });

  it.each([
    ['9affffffff'],
    ['9b001fffffffffffff'],
    ['ba7fffffff'],
    ['5b001fffffffffffff'],
    ['7a7fffffff'],
    ['9b000000ffffffffff'],
  ])('refuses the length in %s before it makes room for it', (hex) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(codeOf(() => decode(bytesOf(hex), limits))).toBe('object.limit');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it('gives byte strings that share nothing with the input', () => {
    for (const input of [encode([Uint8Array.of(1, 2, 3)]), Buffer.from(encode([Uint8Array.of(1, 2, 3)]))]) {
      const [bytes] = decode(input, limits) as [Uint8Array];
      input.fill(0);
      expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    }
  });
});

describe('properties', () => {
  it('decode ∘ encode is identity', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value), limits)).toEqual(plainCopy(value));
      }),
    );
  });

  it('encode does not depend on the order of keys', () => {
    const reversed = (value: Value): Value => {
      if (isList(value)) return value.map(reversed);
      if (!isMap(value)) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, inner]) => [key, reversed(inner)]),
      );
    };
    fc.assert(
      fc.property(values, (value) => {
        expect(encode(reversed(value))).toEqual(encode(value));
      }),
    );
  });

  it('any bytes are refused, or they are what their value encodes to', () => {
    const check = (bytes: Uint8Array): void => {
      let value: Value;
      try {
        value = decode(bytes, limits);
      } catch (error) {
        expect(error).toBeInstanceOf(SojournError);
        return;
      }
      expect(compareBytes(encode(value), bytes)).toBe(0);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), check), { numRuns: 2000 });
    const mutated = fc.tuple(values, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([value, at, byte]) => {
      const bytes = encode(value);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(fc.property(mutated, check), { numRuns: 2000 });
  });

  it('agrees with another CBOR implementation on the bytes and on the values', () => {
    const encoder = new Encoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false });
    const decoder = new Decoder({ useRecords: false, mapsAsObjects: false });
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(value);
        expect(hexOf(encoder.encode(toForeign(value)))).toBe(hexOf(bytes));
        expect(decoder.decode(bytes)).toEqual(toForeign(value));
      }),
    );
  });
});

/** Maps without a prototype, as `decode` gives them. */
function plainCopy(value: Value): Value {
  if (isList(value)) return value.map(plainCopy);
  if (!isMap(value)) return value;
  const copy = Object.create(null) as { [key: string]: Value };
  for (const [key, inner] of Object.entries(value)) copy[key] = plainCopy(inner);
  return copy;
}

/** What cbor-x needs to be told to write the same: sorted `Map`s, and integers beyond 32 bits as bigints. */
function toForeign(value: Value): unknown {
  if (typeof value === 'number') {
    const long = Number.isSafeInteger(value) && (value > 0xffff_ffff || value < -0x1_0000_0000);
    return long ? BigInt(value) : value;
  }
  if (isList(value)) return value.map(toForeign);
  if (!isMap(value)) return value;
  const utf8 = new TextEncoder();
  const entries = Object.entries(value).map(([key, inner]) => ({ key, bytes: utf8.encode(key), inner }));
  entries.sort((a, b) => a.bytes.length - b.bytes.length || compareBytes(a.bytes, b.bytes));
  return new Map(entries.map(({ key, inner }) => [key, toForeign(inner)]));
}
