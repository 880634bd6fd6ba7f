/**
 * What instructions do with the bits of a NaN. Arithmetic may give a NaN of any bits, which the meter makes canonical; what is
 * not in this table moves bits as they are, or shows them. Source: https://webassembly.github.io/spec/core/exec/numerics.html
 * (the operators that use `nans`). `pmin` and `pmax` give one of their operands, bits and all.
 */
export const FLOAT = { f32: 1, f64: 2, f32x4: 3, f64x2: 4 } as const;
export type FloatKind = (typeof FLOAT)[keyof typeof FLOAT];

export type FloatRole =
  /** Takes floats of kind `from` and gives one of kind `to`; a NaN that comes out has bits of the engine's choice. */
  | { readonly role: 'arithmetic'; readonly from: FloatKind; readonly to: FloatKind }
  /** Takes floats of kind `from` and gives the same whatever the bits of a NaN: comparisons, conversions to integers. */
  | { readonly role: 'blind'; readonly from: FloatKind }
  /** Gives its first operand with another sign: `neg`, `abs`, `copysign`. */
  | { readonly role: 'sign'; readonly from: FloatKind }
  /** Gives one of its first two operands, as a whole or (with `from`) lane by lane. */
  | { readonly role: 'choice'; readonly from: FloatKind | null }
  /** Gives a float that is never a NaN. */
  | { readonly role: 'number' };

const { f32, f64, f32x4, f64x2 } = FLOAT;

/** First and last opcode, with prefix; what kind goes in and what comes out. */
const ARITHMETIC: readonly (readonly [first: number, last: number, from: FloatKind, to: FloatKind])[] = [
  [0x8d, 0x91, f32, f32], // ceil, floor, trunc, nearest, sqrt
  [0x92, 0x97, f32, f32], // add, sub, mul, div, min, max
  [0x9b, 0x9f, f64, f64],
  [0xa0, 0xa5, f64, f64],
  [0xb6, 0xb6, f64, f32], // demote
  [0xbb, 0xbb, f32, f64], // promote
  [0xfd5e, 0xfd5e, f64x2, f32x4],
  [0xfd5f, 0xfd5f, f32x4, f64x2],
  [0xfd67, 0xfd6a, f32x4, f32x4], // ceil, floor, trunc, nearest
  [0xfde3, 0xfde3, f32x4, f32x4], // sqrt
  [0xfde4, 0xfde9, f32x4, f32x4],
  [0xfd74, 0xfd75, f64x2, f64x2], // ceil, floor
  [0xfd7a, 0xfd7a, f64x2, f64x2], // trunc
  [0xfd94, 0xfd94, f64x2, f64x2], // nearest
  [0xfdef, 0xfdef, f64x2, f64x2], // sqrt
  [0xfdf0, 0xfdf5, f64x2, f64x2],
];

const BLIND: readonly (readonly [first: number, last: number, from: FloatKind])[] = [
  [0x5b, 0x60, f32], // comparisons
  [0x61, 0x66, f64],
  [0xa8, 0xa9, f32], // i32.trunc
  [0xaa, 0xab, f64],
  [0xae, 0xaf, f32], // i64.trunc
  [0xb0, 0xb1, f64],
  [0xfc00, 0xfc01, f32], // i32.trunc_sat
  [0xfc02, 0xfc03, f64],
  [0xfc04, 0xfc05, f32], // i64.trunc_sat
  [0xfc06, 0xfc07, f64],
  [0xfd41, 0xfd46, f32x4],
  [0xfd47, 0xfd4c, f64x2],
  [0xfdf8, 0xfdf9, f32x4], // i32x4.trunc_sat
  [0xfdfc, 0xfdfd, f64x2],
];

/** First and last opcode of what else has a role. */
const OTHERS: readonly (readonly [first: number, last: number, role: FloatRole])[] = [
  [0x8b, 0x8c, { role: 'sign', from: f32 }], // abs, neg
  [0x98, 0x98, { role: 'sign', from: f32 }], // copysign
  [0x99, 0x9a, { role: 'sign', from: f64 }],
  [0xa6, 0xa6, { role: 'sign', from: f64 }],
  [0xfde0, 0xfde1, { role: 'sign', from: f32x4 }],
  [0xfdec, 0xfded, { role: 'sign', from: f64x2 }],
  [0x1b, 0x1c, { role: 'choice', from: null }], // select
  [0xfdea, 0xfdeb, { role: 'choice', from: f32x4 }], // pmin, pmax
  [0xfdf6, 0xfdf7, { role: 'choice', from: f64x2 }],
  [0xb2, 0xb5, { role: 'number' }], // convert
  [0xb7, 0xba, { role: 'number' }],
];

/** Roles by opcode key. */
export function floatRoles(): ReadonlyMap<number, FloatRole> {
  const roles = new Map<number, FloatRole>();
  const add = (first: number, last: number, role: FloatRole): void => {
    for (let key = first; key <= last; key++) roles.set(key, role);
  };
  for (const [first, last, from, to] of ARITHMETIC) add(first, last, { role: 'arithmetic', from, to });
  for (const [first, last, from] of BLIND) add(first, last, { role: 'blind', from });
  for (const [first, last, role] of OTHERS) add(first, last, role);
  return roles;
}
