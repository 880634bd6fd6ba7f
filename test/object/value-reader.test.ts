/** The reader of values against the reference codec: the same value or the same code of error, on whatever bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { decode, encode } from '../../host/object/codec.ts';
import type { Value } from '../../host/value.ts';
import { decodeByReference } from './reference-codec.ts';
import { buildSample } from './builder.ts';
import { values } from './value-arbitrary.ts';

const LIMITS = { itemBytes: 65_536, depth: 6 };
const RUNS = { numRuns: 4000 };

function read(bytes: Uint8Array): { readonly value: Value } | { readonly code: string } {
  try {
    return { value: decode(bytes, LIMITS) };
  } catch (error) {
    if (!(error instanceof SojournError)) throw error;
    return { code: error.code };
  }
}

/** cbor-x loses byte order marks: what holds one is left to codec.test.ts. */
const isFair = (bytes: Uint8Array): boolean => !Buffer.from(bytes).includes(Buffer.from('efbbbf', 'hex'));

function expectSame(bytes: Uint8Array): void {
  if (isFair(bytes)) expect(read(bytes)).toEqual(decodeByReference(bytes, LIMITS));
}

const encoded = values.map((value) => encode(value)).filter((bytes) => bytes.length < 60_000);

describe('a value read by the reader and by the reference', () => {
  it('is the same for whatever was encoded', () => {
    fc.assert(fc.property(encoded, expectSame), { numRuns: 1000 });
  });

  it('is the same for random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 24 }), expectSame), RUNS);
  });

  it('is the same for bytes that were flipped, cut out, put in or cut off', () => {
    const mutation = fc.record({
      at: fc.nat(),
      byte: fc.nat(255),
      kind: fc.constantFrom('flip', 'out', 'in', 'cut', 'swap'),
    });
    fc.assert(
      fc.property(encoded, fc.array(mutation, { minLength: 1, maxLength: 3 }), (start, mutations) => {
        let bytes = [...start];
        for (const { at, byte, kind } of mutations) {
          const place = at % Math.max(1, bytes.length);
          if (kind === 'flip') bytes[place] = byte;
          else if (kind === 'out') bytes.splice(place, 1);
          else if (kind === 'in') bytes.splice(place, 0, byte);
          else if (kind === 'cut') bytes = bytes.slice(0, place);
          else bytes = [...bytes.slice(place), ...bytes.slice(0, place)];
        }
        expectSame(Uint8Array.from(bytes));
      }),
      RUNS,
    );
  });

  it('is the same for real entries with any one byte changed', () => {
    const { builder } = buildSample();
    for (const item of builder.items.slice(0, 9)) {
      for (let at = 0; at < item.length; at++) {
        for (const change of [1, 0x20, 0x80]) expectSame(item.with(at, item[at]! ^ change));
      }
    }
  });

  it('is refused at the depth and the size that are too much, in lists and in maps', () => {
    const nested = (depth: number, wrap: (value: Value) => Value): Uint8Array => {
      let value: Value = 1;
      for (let i = 0; i < depth; i++) value = wrap(value);
      return encode(value);
    };
    for (const wrap of [(value: Value): Value => [value], (value: Value): Value => ({ a: value })]) {
      expect(read(nested(6, wrap))).toHaveProperty('value');
      expect(read(nested(7, wrap))).toEqual({ code: 'object.limit' });
    }
    expect(read(encode(new Uint8Array(65_533)))).toHaveProperty('value');
    expect(read(encode(new Uint8Array(65_534)))).toEqual({ code: 'object.limit' });
    // a count that cannot fit is refused at its head
    expect(read(Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff))).toEqual({ code: 'object.limit' });
    expect(read(Uint8Array.of(0xba, 0xff, 0xff, 0xff, 0xff))).toEqual({ code: 'object.limit' });
  });
});
