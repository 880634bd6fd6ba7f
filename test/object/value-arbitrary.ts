/** Any value of the data model, with a bias to what goes wrong. */
import fc from 'fast-check';
import type { Value } from '../../host/value.ts';

/** Keys that go wrong in naive decoders, and texts beyond the basic plane. */
const keys = fc
  .oneof(
    fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      '0',
      '1',
      '-1',
      '10',
      '',
      'length',
      'é',
      '\u{1f600}',
      '\uffff',
    ),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
  )
  .filter((key) => !key.startsWith('\ufeff'));
const numbers = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.constantFrom(
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    4_294_967_295,
    4_294_967_296,
    2 ** 53 - 1,
    -(2 ** 53 - 1),
    2 ** 53,
    -24,
    -25,
    -256,
    -257,
    1e300,
  ),
);
export const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    numbers,
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 30, noNullPrototype: false }),
  ),
})).value;
