import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { hex } from '../../host/json.ts';
import { decodePolicySet, digestPolicySet, encodePolicySet } from '../../host/policy/encode.ts';
import { LIMITS, filesOf } from './fixtures.ts';

const FILES = filesOf({ 'set.json': '{}', 'b.cedar': 'B', 'a.cedar': '' });
const BYTES = encodePolicySet(FILES);

test('the layout is the documented one', () => {
  const word = (value: number) => `000000${value.toString(16).padStart(2, '0')}`;
  const text = (value: string) => word(value.length) + hex(new TextEncoder().encode(value));
  const magic = hex(new TextEncoder().encode('sojourn policy set 1\n'));
  expect(hex(BYTES)).toBe(
    magic +
      word(2) +
      word(3) +
      text('a.cedar') +
      text('') +
      text('b.cedar') +
      text('B') +
      text('set.json') +
      text('{}'),
  );
  expect(digestPolicySet(FILES)).toEqual(sha256(BYTES));
});

test('the order in which files are given is of no matter; each byte is', () => {
  expect(encodePolicySet(new Map([...FILES].reverse()))).toEqual(BYTES);
  expect(digestPolicySet(filesOf({ 'set.json': '{}', 'b.cedar': 'B', 'a.cedar': ' ' }))).not.toEqual(
    digestPolicySet(FILES),
  );
  expect(digestPolicySet(filesOf({ 'set.json': '{}', 'b.cedarB': '', 'a.cedar': '' }))).not.toEqual(
    digestPolicySet(FILES),
  );
});

test('what is encoded is decoded, and gives the same bytes', () => {
  const names = fc.constantFrom('set.json', 'facts.json', 'a.cedar', 'b-1.cedar', '0.x.cedar');
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.uint8Array())), (entries) => {
      const files = new Map(entries);
      const bytes = encodePolicySet(files);
      const decoded = decodePolicySet(bytes, LIMITS);
      expect(new Map([...decoded].map(([name, content]) => [name, Uint8Array.from(content)]))).toEqual(files);
      expect(encodePolicySet(decoded)).toEqual(bytes);
    }),
  );
});

test('whatever is decoded is in its one canonical form', () => {
  fc.assert(
    fc.property(fc.nat(BYTES.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
      const altered = BYTES.with(index, (BYTES[index] ?? 0) ^ change);
      let decoded;
      try {
        decoded = decodePolicySet(altered, LIMITS);
      } catch (error) {
        expect(error).toBeInstanceOf(SojournError);
        return;
      }
      expect(encodePolicySet(decoded)).toEqual(altered);
    }),
    { numRuns: 500 },
  );
});

test('bytes cut off anywhere, and bytes behind the end, are refused', () => {
  for (let length = 0; length < BYTES.length; length++)
    expect(() => decodePolicySet(BYTES.slice(0, length), LIMITS)).toThrow(SojournError);
  expect(() => decodePolicySet(Uint8Array.from([...BYTES, 0]), LIMITS)).toThrow(
    `policy set at byte ${BYTES.length}: expected the end, found 1 more bytes`,
  );
});

test('files out of order, twice, or with other names are refused', () => {
  const swapped = encodePolicySet(filesOf({ 'a.cedar': '', 'b.cedar': '' }));
  const at = swapped.indexOf('b'.charCodeAt(0), 40);
  expect(() => decodePolicySet(swapped.with(at, 'a'.charCodeAt(0)), LIMITS)).toThrow(
    'expected file names in order, each once, found "a.cedar"',
  );
  expect(() => decodePolicySet(swapped.with(at, '0'.charCodeAt(0)), LIMITS)).toThrow('expected file names in order');
  expect(() => decodePolicySet(encodePolicySet(filesOf({ '../x.cedar': '' })), LIMITS)).toThrow(
    'expected the name of a policy file, found "../x.cedar"',
  );
});

test('another schema version, and more files than the limit, are refused', () => {
  const version = BYTES.with('sojourn policy set 1\n'.length + 3, 3);
  expect(() => decodePolicySet(version, LIMITS)).toThrow('expected schema version 2, found 3');
  expect(() => decodePolicySet(BYTES, { ...LIMITS, files: 2 })).toThrow(
    'policy set: expected at most 2 files, found 3',
  );
});
