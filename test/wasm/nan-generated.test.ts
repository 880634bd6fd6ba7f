/**
 * Generated float functions: what the meter makes of them shows the same bits as a plain version of the same function in which a
 * call makes every single result of arithmetic canonical.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meterModule, readMeter } from '../../host/wasm/component.ts';
import { BITS64 } from './nan-cases.ts';
import { callExport, fromText, OPTIONS, start } from './run-metered.ts';

const RICH = { fuel: 1e9, callDepth: 20_000, memoryPages: 64 };

/** Text of a piece of code, as it is or with calls that make results of arithmetic canonical. */
type Code = (oracle: boolean) => string;
type Wrap = 'd' | 's' | 'x' | 'y';

const canon =
  (kind: Wrap, code: Code): Code =>
  (oracle) =>
    oracle ? `(call $canon_${kind} ${code(oracle)})` : code(oracle);
const fixed =
  (text: string): Code =>
  () =>
    text;
/** An instruction over operands. */
const op =
  (name: string, ...operands: readonly Code[]): Code =>
  (oracle) =>
    `(${name} ${operands.map((operand) => operand(oracle)).join(' ')})`;

const at = fc.nat({ max: 15 }).map((slot) => `(i32.const ${slot * 16})`);
const doubleLocal = fc.constantFrom('$d', '$e', '$p');
const singleLocal = fc.constantFrom('$s', '$t');
const vectorLocal = fc.constantFrom('$v', '$w');
const { double, single, vector, integer } = fc.letrec<{ double: Code; single: Code; vector: Code; integer: Code }>(
  (tie) => {
    const pair = (kind: 'double' | 'single' | 'vector') => fc.tuple(tie(kind), tie(kind));
    return {
      double: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        at.map((address) => fixed(`(f64.load ${address})`)),
        doubleLocal.map((name) => fixed(`(local.get ${name})`)),
        fc
          .constantFrom('0', '-0', 'inf', '1.5', 'nan', '-nan', 'nan:0x4000000000123')
          .map((text) => fixed(`(f64.const ${text})`)),
        fc
          .tuple(fc.constantFrom('add', 'sub', 'mul', 'div', 'min', 'max'), pair('double'))
          .map(([name, [a, b]]) => canon('d', op(`f64.${name}`, a, b))),
        fc
          .tuple(fc.constantFrom('sqrt', 'ceil', 'nearest'), tie('double'))
          .map(([name, a]) => canon('d', op(`f64.${name}`, a))),
        fc.tuple(fc.constantFrom('neg', 'abs'), tie('double')).map(([name, a]) => op(`f64.${name}`, a)),
        pair('double').map(([a, b]) => op('f64.copysign', a, b)),
        fc.tuple(pair('double'), tie('integer')).map(([[a, b], test]) => op('select', a, b, test)),
        fc.tuple(pair('double'), tie('integer')).map(
          ([[a, b], test]): Code =>
            (oracle) =>
              `(if (result f64) ${test(oracle)} (then ${a(oracle)}) (else ${b(oracle)}))`,
        ),
        tie('single').map((a) => canon('d', op('f64.promote_f32', a))),
        tie('integer').map((a) => op('f64.convert_i32_s', a)),
        tie('vector').map((a) => op('f64x2.extract_lane 1', a)),
        tie('double').map((a) => op('call $same', a)),
        fc.tuple(fc.constantFrom('$d', '$e', '$p'), tie('double')).map(([name, a]) => op(`local.tee ${name}`, a)),
      ),
      single: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        at.map((address) => fixed(`(f32.load ${address})`)),
        singleLocal.map((name) => fixed(`(local.get ${name})`)),
        fc
          .tuple(fc.constantFrom('add', 'div', 'min'), pair('single'))
          .map(([name, [a, b]]) => canon('s', op(`f32.${name}`, a, b))),
        tie('single').map((a) => op('f32.neg', a)),
        tie('double').map((a) => canon('s', op('f32.demote_f64', a))),
        fc.tuple(pair('single'), tie('integer')).map(([[a, b], test]) => op('select', a, b, test)),
      ),
      vector: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        at.map((address) => fixed(`(v128.load ${address})`)),
        vectorLocal.map((name) => fixed(`(local.get ${name})`)),
        fc.constant(fixed('(v128.const i64x2 0 0)')),
        fc
          .tuple(fc.constantFrom('add', 'div', 'max'), pair('vector'))
          .map(([name, [a, b]]) => canon('x', op(`f32x4.${name}`, a, b))),
        fc
          .tuple(fc.constantFrom('add', 'div', 'max'), pair('vector'))
          .map(([name, [a, b]]) => canon('y', op(`f64x2.${name}`, a, b))),
        fc
          .tuple(fc.constantFrom('f32x4', 'f64x2'), fc.constantFrom('neg', 'abs'), tie('vector'))
          .map(([lanes, name, a]) => op(`${lanes}.${name}`, a)),
        fc
          .tuple(fc.constantFrom('f32x4', 'f64x2'), fc.constantFrom('pmin', 'pmax'), pair('vector'))
          .map(([lanes, name, [a, b]]) => op(`${lanes}.${name}`, a, b)),
        tie('vector').map((a) => canon('x', op('f32x4.demote_f64x2_zero', a))),
        tie('vector').map((a) => canon('y', op('f64x2.promote_low_f32x4', a))),
        fc.tuple(pair('vector'), tie('integer')).map(([[a, b], test]) => op('select', a, b, test)),
        pair('vector').map(([a, b]) => op('v128.xor', a, b)),
        tie('double').map((a) => op('f64x2.splat', a)),
        fc.tuple(vectorLocal, tie('vector')).map(([name, a]) => op(`local.tee ${name}`, a)),
      ),
      integer: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.nat({ max: 1 }).map((value) => fixed(`(i32.const ${value})`)),
        fc.constant(fixed('(local.get $i)')),
        fc.tuple(fc.constantFrom('lt', 'ne', 'ge'), pair('double')).map(([name, [a, b]]) => op(`f64.${name}`, a, b)),
        tie('double').map((a) => op('i32.trunc_sat_f64_s', a)),
        tie('single').map((a) => op('i32.reinterpret_f32', a)),
        pair('vector').map(([a, b]) => op('i8x16.bitmask', op('f32x4.lt', a, b))),
      ),
    };
  },
);

const { body } = fc.letrec<{ statement: Code; body: Code }>((tie) => ({
  body: fc.array(tie('statement'), { minLength: 2, maxLength: 6 }).map(
    (parts): Code =>
      (oracle) =>
        parts.map((part) => part(oracle)).join(' '),
  ),
  statement: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.tuple(doubleLocal, double).map(([name, value]) => op(`local.set ${name}`, value)),
    fc.tuple(singleLocal, single).map(([name, value]) => op(`local.set ${name}`, value)),
    fc.tuple(vectorLocal, vector).map(([name, value]) => op(`local.set ${name}`, value)),
    fc.tuple(at, double).map(([address, value]) => op('f64.store', fixed(address), value)),
    fc.tuple(at, single).map(([address, value]) => op('f32.store', fixed(address), value)),
    fc.tuple(at, vector).map(([address, value]) => op('v128.store', fixed(address), value)),
    fc.tuple(integer, tie('body'), tie('body')).map(
      ([test, yes, no]): Code =>
        (oracle) =>
          `(if ${test(oracle)} (then ${yes(oracle)}) (else ${no(oracle)}))`,
    ),
    fc.tuple(tie('body'), integer, tie('body')).map(
      ([ahead, test, behind]): Code =>
        (oracle) =>
          `(block ${ahead(oracle)} (br_if 0 ${test(oracle)}) ${behind(oracle)})`,
    ),
    tie('body').map(
      (inner): Code =>
        (oracle) =>
          `(loop ${inner(oracle)} (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8))))`,
    ),
  ),
}));

/** Each helper gives its parameter, or the canonical NaN, by integer instructions: they do not depend on what is tested. */
const HELPERS = `(func $same (param f64) (result f64) (local.get 0))
  (func $canon_d (param f64) (result f64) (if (result f64)
    (i64.gt_u (i64.and (i64.reinterpret_f64 (local.get 0)) (i64.const 0x7fffffffffffffff)) (i64.const 0x7ff0000000000000))
    (then (f64.const nan)) (else (local.get 0))))
  (func $canon_s (param f32) (result f32) (if (result f32)
    (i32.gt_u (i32.and (i32.reinterpret_f32 (local.get 0)) (i32.const 0x7fffffff)) (i32.const 0x7f800000))
    (then (f32.const nan)) (else (local.get 0))))
  (func $lane (param i32) (result i32) (select (i32.const 0x7fc00000) (local.get 0)
    (i32.gt_u (i32.and (local.get 0) (i32.const 0x7fffffff)) (i32.const 0x7f800000))))
  (func $canon_x (param v128) (result v128)
    (i32x4.replace_lane 3 (i32x4.replace_lane 2 (i32x4.replace_lane 1 (i32x4.splat
      (call $lane (i32x4.extract_lane 0 (local.get 0)))) (call $lane (i32x4.extract_lane 1 (local.get 0))))
      (call $lane (i32x4.extract_lane 2 (local.get 0)))) (call $lane (i32x4.extract_lane 3 (local.get 0)))))
  (func $canon_y (param v128) (result v128)
    (f64x2.replace_lane 1 (f64x2.splat (call $canon_d (f64x2.extract_lane 0 (local.get 0)))) (call $canon_d (f64x2.extract_lane 1 (local.get 0)))))`;

const moduleOf = (code: Code, oracle: boolean): string => `(module (memory (export "memory") 1) ${HELPERS}
  (func $work (param $p f64) (param $i i32) (result f64) (local $d f64) (local $e f64) (local $s f32) (local $t f32) (local $v v128) (local $w v128)
    ${code(oracle)} (f64.store (i32.const 300) (local.get $d)) (f32.store (i32.const 308) (local.get $s)) (v128.store (i32.const 312) (local.get $v)) (local.get $e))
  (func (export "run") (param i64) (result i64) (i64.reinterpret_f64 (call $work (f64.reinterpret_i64 (local.get 0)) (i32.const 0)))))`;

/** Runs over a memory full of NaNs, and gives all bits that are there afterwards. */
function observe(exports: Readonly<Record<string, unknown>>, argument: bigint): string {
  const { buffer } = exports['memory'] as { buffer: ArrayBuffer };
  const view = new DataView(buffer);
  for (let slot = 0; slot < 34; slot++) view.setBigUint64(slot * 8, BITS64[(slot * 5) % BITS64.length] ?? 0n, true);
  const result = callExport(exports, 'run', [BigInt.asIntN(64, argument)]);
  return `${BigInt.asUintN(64, BigInt(String(result))).toString(16)} ${Buffer.from(buffer, 0, 336).toString('hex')}`;
}

describe('a generated float function', () => {
  it('shows the bits that it would if every result of arithmetic were made canonical at once', async () => {
    let differed = 0;
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(...BITS64), async (code, argument) => {
        const bytes = await fromText(moduleOf(code, false));
        const oracle = await fromText(moduleOf(code, true));
        const expected = observe(new WebAssembly.Instance(new WebAssembly.Module(oracle)).exports, argument);
        const metered = start(meterModule(bytes, OPTIONS), RICH);
        expect(observe(metered.exports, argument)).toBe(expected);
        expect(readMeter(metered.meter).bound).toBeNull();
        const plain = observe(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports, argument);
        if (plain !== expected) differed++;
      }),
      { numRuns: 300 },
    );
    // The processor's own NaNs would have shown in many of them.
    expect(differed).toBeGreaterThan(30);
  });
});
