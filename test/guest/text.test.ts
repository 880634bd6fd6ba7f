import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../guest/sdk/platform/base64.ts';
import { GuestTextDecoder } from '../../guest/sdk/platform/text-decoder.ts';
import { GuestTextEncoder } from '../../guest/sdk/platform/text-encoder.ts';

/** Lone surrogates included. */
const text = fc.string({
  unit: fc.oneof(
    fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});
/** Bytes that are often nearly UTF-8: whole characters, cut ones, and noise. */
const piece = fc.oneof(
  text.map((part) => new TextEncoder().encode(part)),
  fc.uint8Array({ maxLength: 4 }),
  fc
    .constantFrom(
      [0xef, 0xbb, 0xbf],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xc0, 0x80],
      [0xe0, 0x9f, 0xbf],
      [0xf0, 0x8f, 0xbf],
    )
    .map((part) => Uint8Array.from(part)),
);
const bytes = fc.array(piece, { maxLength: 5 }).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

function attempt(run: () => string): string | TypeErrorConstructor {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return TypeError;
  }
}

describe('TextEncoder', () => {
  it('encodes any text as Node does', () => {
    fc.assert(
      fc.property(text, (input) => {
        expect(new GuestTextEncoder().encode(input)).toEqual(new TextEncoder().encode(input));
      }),
    );
  });

  it('fills a small target with whole characters, as Node does', () => {
    fc.assert(
      fc.property(text, fc.nat(12), (input, size) => {
        const expected = new Uint8Array(size);
        const found = new Uint8Array(size);
        expect(new GuestTextEncoder().encodeInto(input, found)).toEqual(new TextEncoder().encodeInto(input, expected));
        expect(found).toEqual(expected);
      }),
    );
  });
});

describe('TextDecoder', () => {
  it.each([{}, { fatal: true }, { ignoreBOM: true }])('decodes any bytes as Node does with %o', (options) => {
    fc.assert(
      fc.property(bytes, (input) => {
        const expected = attempt(() => new TextDecoder('utf-8', options).decode(input));
        expect(attempt(() => new GuestTextDecoder('utf-8', options).decode(input))).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('decodes a stream as it decodes the whole', () => {
    fc.assert(
      fc.property(bytes, fc.nat(20), fc.nat(20), (input, one, other) => {
        const [first, second] = [Math.min(one, other), Math.max(one, other)];
        const decoder = new GuestTextDecoder();
        const parts = [input.subarray(0, first), input.subarray(first, second), input.subarray(second)];
        const streamed = parts.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode();
        expect(streamed).toBe(new TextDecoder().decode(input));
      }),
      { numRuns: 1_000 },
    );
  });

  it('decodes a long text in pieces', () => {
    const long = 'a€😀'.repeat(20_000);
    expect(new GuestTextDecoder().decode(new TextEncoder().encode(long))).toBe(long);
  });

  it('starts afresh after an error', () => {
    const decoder = new GuestTextDecoder('utf-8', { fatal: true });
    expect(() => decoder.decode(Uint8Array.of(0xe2, 0x28), { stream: true })).toThrow(TypeError);
    expect(decoder.decode(Uint8Array.of(0x61))).toBe('a');
  });

  it('takes a buffer, a view of one, and nothing', () => {
    const { buffer } = Uint8Array.of(0x61, 0x62, 0x63);
    expect(new GuestTextDecoder().decode(buffer)).toBe('abc');
    expect(new GuestTextDecoder().decode(new DataView(buffer, 1, 1))).toBe('b');
    expect(new GuestTextDecoder().decode()).toBe('');
    expect(() => new GuestTextDecoder().decode('abc' as unknown as ArrayBuffer)).toThrow(TypeError);
  });

  it('refuses another encoding', () => {
    expect(() => new GuestTextDecoder('latin1')).toThrow(RangeError);
    expect(new GuestTextDecoder(' UTF8 ').encoding).toBe('utf-8');
  });
});

describe('base64', () => {
  const binary = fc.uint8Array().map((list) => String.fromCharCode(...list));

  it('encodes and decodes binary text as Node does', () => {
    fc.assert(
      fc.property(binary, (input) => {
        expect(encodeBase64(input)).toBe(btoa(input));
        expect(decodeBase64(encodeBase64(input))).toBe(input);
      }),
    );
  });

  it('reads or refuses any text as Node does', () => {
    const unit = fc.constantFrom(...'ABcd01+/= \n-_.é'.split(''));
    const read = (decode: (input: string) => string, input: string): string | null => {
      try {
        return decode(input);
      } catch (error) {
        expect((error as Error).name).toBe('InvalidCharacterError');
        return null;
      }
    };
    fc.assert(
      fc.property(fc.string({ unit }), (input) => {
        expect(read(decodeBase64, input)).toBe(read(atob, input));
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses a character above U+00FF', () => {
    expect(() => encodeBase64('€')).toThrow(expect.objectContaining({ name: 'InvalidCharacterError' }));
  });
});
