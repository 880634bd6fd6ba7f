/** Modules that show the bits that an instruction makes of NaNs, and the numbers to give them. Used by nan.test.ts and its children. */

/** Bits of the operands: NaNs of both signs, quiet and signalling, with payloads, and ordinary numbers around them. */
export const BITS64: readonly bigint[] = [
  0x7ff8000000000000n,
  0xfff8000000000000n,
  0x7ff8000000000001n,
  0xfff80000deadbeefn,
  0x7ff4000000000000n,
  0xfff0000000000001n,
  0x7fffffffffffffffn,
  0xffffffffffffffffn,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x0000000000000000n,
  0x8000000000000000n,
  0x3ff8000000000000n,
  0xc004000000000000n,
];
export const BITS32: readonly bigint[] = [
  0x7fc00000n,
  0xffc00000n,
  0x7fc00001n,
  0xffc0beefn,
  0x7fa00000n,
  0xff800001n,
  0x7fffffffn,
  0xffffffffn,
  0x7f800000n,
  0xff800000n,
  0x00000000n,
  0x80000000n,
  0x3fc00000n,
  0xc0200000n,
];

export const SCALAR_BINARY = ['add', 'sub', 'mul', 'div', 'min', 'max'] as const;
export const SCALAR_UNARY = ['sqrt', 'ceil', 'floor', 'trunc', 'nearest'] as const;
const WIDTHS = [
  { type: 'f32', bits: 'i32', lanes: 'f32x4', other: 'f64', convert: 'demote_f64' },
  { type: 'f64', bits: 'i64', lanes: 'f64x2', other: 'f32', convert: 'promote_f32' },
] as const;

export interface NanCase {
  readonly name: string;
  /** Width of the operands, of which there are two; of the result. */
  readonly from: 32 | 64;
  readonly to: 32 | 64;
  /** A function `run` of two operands' bits. */
  readonly text: string;
}

const widthOf = (type: string): 32 | 64 => (type === 'f32' ? 32 : 64);

/** One module for each instruction that may choose the bits of a NaN; lanes are shown one by one. */
export function arithmeticCases(): readonly NanCase[] {
  const cases: NanCase[] = [];
  const add = (name: string, from: string, to: string, body: string): void => {
    const operand = from === 'f32' ? 'i32' : 'i64';
    const result = to === 'f32' ? 'i32' : 'i64';
    const text = `(module (memory 1) (func (export "run") (param $x ${operand}) (param $y ${operand}) (result ${result})
      (local $a ${from}) (local $b ${from}) (local.set $a (${from}.reinterpret_${operand} (local.get $x)))
      (local.set $b (${from}.reinterpret_${operand} (local.get $y))) ${body}))`;
    cases.push({ name, from: widthOf(from), to: widthOf(to), text });
  };
  for (const { type, bits, lanes, other, convert } of WIDTHS) {
    const show = (value: string): string => `(${bits}.reinterpret_${type} ${value})`;
    for (const name of SCALAR_BINARY) {
      add(`${type}.${name}`, type, type, show(`(${type}.${name} (local.get $a) (local.get $b))`));
      // The same through memory: a store shows bits without a reinterpretation.
      add(
        `${type}.${name} stored`,
        type,
        type,
        `(${type}.store (i32.const 0) (${type}.${name} (local.get $a) (local.get $b))) (${bits}.load (i32.const 0))`,
      );
    }
    for (const name of SCALAR_UNARY) add(`${type}.${name}`, type, type, show(`(${type}.${name} (local.get $a))`));
    add(`${type}.${convert}`, other, type, show(`(${type}.${convert} (local.get $a))`));
    const splat = (local: string): string => `(${lanes}.splat (local.get ${local}))`;
    const both = `${splat('$a')} ${splat('$b')}`;
    for (const lane of type === 'f32' ? [0, 3] : [0, 1]) {
      const extract = (value: string): string => show(`(${lanes}.extract_lane ${lane} ${value})`);
      for (const name of SCALAR_BINARY)
        add(`${lanes}.${name} ${lane}`, type, type, extract(`(${lanes}.${name} ${both})`));
      for (const name of SCALAR_UNARY)
        add(`${lanes}.${name} ${lane}`, type, type, extract(`(${lanes}.${name} ${splat('$a')})`));
    }
  }
  add(
    'f32x4.demote_f64x2_zero',
    'f64',
    'f32',
    '(i32x4.extract_lane 1 (f32x4.demote_f64x2_zero (f64x2.splat (local.get $a))))',
  );
  add(
    'f64x2.promote_low_f32x4',
    'f32',
    'f64',
    '(i64x2.extract_lane 1 (f64x2.promote_low_f32x4 (f32x4.splat (local.get $a))))',
  );
  return cases;
}

/** The bits of a value, made canonical where they are a NaN. */
export function canonical(bits: bigint, width: 32 | 64): bigint {
  const value = BigInt.asUintN(width, bits);
  const [magnitude, infinity, nan] =
    width === 32
      ? [value & 0x7fffffffn, 0x7f800000n, 0x7fc00000n]
      : [value & 0x7fffffffffffffffn, 0x7ff0000000000000n, 0x7ff8000000000000n];
  return magnitude > infinity ? nan : value;
}

/** What `run` is called with: all pairs of operands. */
export function operandsOf({ from }: NanCase): readonly (readonly (number | bigint)[])[] {
  const operands = from === 32 ? BITS32 : BITS64;
  const pass = (bits: bigint): number | bigint =>
    from === 32 ? Number(BigInt.asIntN(32, bits)) : BigInt.asIntN(64, bits);
  return operands.flatMap((x) => operands.map((y) => [pass(x), pass(y)]));
}

/** The bits of what `run` gave, in hexadecimal. */
export function bitsOf({ to }: NanCase, value: unknown): string {
  return BigInt.asUintN(to, BigInt(String(value))).toString(16);
}
