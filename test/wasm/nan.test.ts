/** NaNs that arithmetic makes come out canonical, whichever compiler ran it; bits that only pass through stay as they are. */
import { describe, expect, it } from 'vitest';
import { meterModule, readMeter } from '../../host/wasm/component.ts';
import { arithmeticCases, bitsOf, BITS32, BITS64, canonical, operandsOf } from './nan-cases.ts';
import { runInEngine } from './run-engine.ts';
import { fromText, OPTIONS, start, startText } from './run-metered.ts';

const RICH = { fuel: 2 ** 42, callDepth: 20_000, memoryPages: 64 };
const CASES = arithmeticCases();

describe('a NaN that arithmetic makes', () => {
  it.each(CASES)('is canonical: $name', async (nanCase) => {
    const bytes = await fromText(nanCase.text);
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports['run'];
    if (typeof plain !== 'function') throw new Error('no run');
    const guest = start(meterModule(bytes, OPTIONS), RICH);
    const expected = operandsOf(nanCase).map((operands) =>
      canonical(BigInt(`0x${bitsOf(nanCase, plain(...operands))}`), nanCase.to).toString(16),
    );
    const found = operandsOf(nanCase).map((operands) => bitsOf(nanCase, guest.call('run', ...operands)));
    expect(found).toEqual(expected);
  });

  it("has the same bits from V8's baseline and from its optimising compiler", async () => {
    const jobs = await Promise.all(
      CASES.map(async (nanCase) => ({
        module: meterModule(await fromText(nanCase.text), OPTIONS),
        allowance: RICH,
        calls: operandsOf(nanCase),
      })),
    );
    const [baseline, optimised] = [['--liftoff-only'], ['--no-liftoff', '--no-wasm-lazy-compilation']].map((flags) =>
      runInEngine(flags, jobs).map(({ values }) => values),
    );
    expect(baseline).toEqual(optimised);
    expect(baseline?.flat()).toHaveLength(CASES.length * BITS64.length ** 2);
  });

  it.each([
    ['neg', '(f64.neg (f64.div (local.get $a) (local.get $a)))', 0xfff8000000000000n],
    ['abs', '(f64.abs (f64.neg (f64.div (local.get $a) (local.get $a))))', 0x7ff8000000000000n],
    [
      'copysign, as magnitude',
      '(f64.copysign (f64.div (local.get $a) (local.get $a)) (f64.const -1))',
      0xfff8000000000000n,
    ],
    ['copysign, as sign', '(f64.copysign (f64.const -1) (f64.div (local.get $a) (local.get $a)))', 0x3ff0000000000000n],
    ['select', '(select (f64.sqrt (f64.const -1)) (f64.const 1) (i32.const 1))', 0x7ff8000000000000n],
    [
      'select of bits',
      '(select (f64.load (i32.const 0)) (f64.sqrt (f64.const -1)) (i32.const 1))',
      0xfff4000000000007n,
    ],
    ['a global', '(global.set $g (f64.div (local.get $a) (local.get $a))) (global.get $g)', 0x7ff8000000000000n],
    ['a call', '(call $same (f64.sub (f64.const inf) (f64.const inf)))', 0x7ff8000000000000n],
    ['a return', '(call $returns (local.get $a))', 0x7ff8000000000000n],
    ['a branch', '(block $b (result f64) (br $b (f64.div (local.get $a) (local.get $a))))', 0x7ff8000000000000n],
    [
      'a br_if that is not taken',
      '(block $b (result f64) (br_if $b (f64.div (local.get $a) (local.get $a)) (i32.const 0)))',
      0x7ff8000000000000n,
    ],
    [
      'the arm of an if',
      '(if (result f64) (i32.const 1) (then (f64.div (local.get $a) (local.get $a))) (else (f64.const 1)))',
      0x7ff8000000000000n,
    ],
    ['a struct', '(struct.get $s 0 (struct.new $s (f64.div (local.get $a) (local.get $a))))', 0x7ff8000000000000n],
    [
      'an exception',
      '(block $b (result f64) (try_table (catch $e $b) (throw $e (f64.div (local.get $a) (local.get $a)))) (unreachable))',
      0x7ff8000000000000n,
    ],
    [
      'a local that arithmetic alone writes',
      '(local.set $t (f64.div (local.get $a) (local.get $a))) (local.get $t)',
      0x7ff8000000000000n,
    ],
    [
      'a local that is copied',
      '(local.set $t (f64.div (local.get $a) (local.get $a))) (local.set $u (local.get $t)) (local.get $u)',
      0x7ff8000000000000n,
    ],
    [
      'a local that holds loaded bits too',
      '(local.set $t (f64.load (i32.const 0))) (f64.store (i32.const 8) (local.get $t)) (local.set $t (f64.div (local.get $a) (local.get $a))) (local.get $t)',
      0x7ff8000000000000n,
    ],
    [
      'a local with another sign',
      '(local.set $t (f64.neg (f64.div (local.get $a) (local.get $a)))) (local.get $t)',
      0xfff8000000000000n,
    ],
    ['a local with loaded bits', '(local.set $t (f64.load (i32.const 0))) (local.get $t)', 0xfff4000000000007n],
    [
      'loaded bits in a local that goes into arithmetic too',
      '(local.set $t (f64.load (i32.const 0))) (drop (f64.add (local.get $t) (local.get $a))) (local.get $t)',
      0xfff4000000000007n,
    ],
    [
      'a parameter that is written to',
      '(local.set $a (f64.div (local.get $a) (local.get $a))) (local.get $a)',
      0x7ff8000000000000n,
    ],
    [
      'code behind a sum that is not seen in between',
      '(loop $l (local.set $t (f64.add (local.get $t) (f64.div (local.get $a) (local.get $a)))) (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3)))) (local.get $t)',
      0x7ff8000000000000n,
    ],
  ])('is seen as such through %s', async (_, body, bits) => {
    const text = `(module (memory 1) (data (i32.const 0) "\\07\\00\\00\\00\\00\\00\\f4\\ff") (tag $e (param f64))
      (type $s (struct (field f64))) (global $g (mut f64) (f64.const 0))
      (func $same (param f64) (result f64) (local.get 0)) (func $returns (param f64) (result f64) (return (f64.div (local.get 0) (local.get 0))))
      (func $run (param $a f64) (result f64) (local $t f64) (local $u f64) (local $i i32) ${body})
      (func (export "run") (result i64) (i64.reinterpret_f64 (call $run (f64.const 0)))))`;
    expect(BigInt.asUintN(64, BigInt(String((await startText(text)).call('run'))))).toBe(bits);
  });

  it('is canonical in 128-bit locals that hold lanes of one width, of both, and copies', async () => {
    const text = `(module (memory 1)
      (func (export "run") (local $a v128) (local $b v128) (local $c v128) (local $d v128)
        (local.set $a (f32x4.div (local.get $a) (local.get $a)))
        (local.set $b (f32x4.add (local.get $a) (local.get $a)))
        (v128.store (i32.const 0) (local.get $b))
        (local.set $c (f32x4.div (local.get $c) (v128.const i32x4 0 0 0 0)))
        (v128.store (i32.const 16) (local.get $c))
        (local.set $c (f64x2.div (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0)))
        (v128.store (i32.const 32) (local.get $c))
        (local.set $d (f32x4.div (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0)))
        (v128.store (i32.const 48) (f64x2.add (local.get $d) (v128.const i64x2 0 0)))
        (v128.store (i32.const 64) (f32x4.pmin (f64x2.div (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0)) (v128.const f32x4 1 1 1 1))))
      (func (export "at") (param i32) (result i32) (i32.load (i32.shl (local.get 0) (i32.const 2)))))`;
    const guest = await startText(text);
    guest.call('run');
    const words = Array.from({ length: 20 }, (_, at) => (Number(guest.call('at', at)) >>> 0).toString(16));
    const nan32 = '7fc00000';
    // The f64 that two canonical f32 NaNs make together is a number, which stays. A minimum of NaN and 1 is the NaN, that of 0 and 1 is 0.
    expect(words).toEqual([
      nan32,
      nan32,
      nan32,
      nan32,
      nan32,
      nan32,
      nan32,
      nan32,
      '0',
      '7ff80000',
      '0',
      '7ff80000',
      nan32,
      nan32,
      nan32,
      nan32,
      '0',
      '7ff80000',
      '0',
      '7ff80000',
    ]);
  });
});

describe('bits that only pass through', () => {
  const through = (
    body: string,
  ): string => `(module (memory 1) (type $s (struct (field (mut f64)) (field (mut f32)))) (global $g (mut f64) (f64.const 0)) (global $h (mut f32) (f32.const 0))
    (func $same64 (param f64) (result f64) (local.get 0)) (func $same32 (param f32) (result f32) (local.get 0))
    (func (export "run") (local $a f64) (local $b f32) (local $v v128) (local $s (ref null $s)) ${body}))`;
  const double = (value: string): string => `(f64.store (i32.const 128) ${value})`;
  const single = (value: string): string => `(f32.store (i32.const 136) ${value})`;
  const LOAD64 = '(f64.load (i32.const 0))';
  const LOAD32 = '(f32.load (i32.const 8))';

  it.each([
    ['loads and stores', `${double(LOAD64)} ${single(LOAD32)}`],
    [
      'locals',
      `(local.set $a ${LOAD64}) (local.set $b ${LOAD32}) ${double('(local.get $a)')} ${single('(local.get $b)')}`,
    ],
    ['tees', `${double(`(local.tee $a ${LOAD64})`)} ${single(`(local.tee $b ${LOAD32})`)}`],
    [
      'locals that arithmetic writes to as well',
      `(local.set $a ${LOAD64}) ${double('(local.get $a)')} (local.set $a (f64.add (local.get $a) (local.get $a))) (drop (i64.reinterpret_f64 (local.get $a))) ${single(LOAD32)}`,
    ],
    [
      'globals',
      `(global.set $g ${LOAD64}) (global.set $h ${LOAD32}) ${double('(global.get $g)')} ${single('(global.get $h)')}`,
    ],
    ['calls', `${double(`(call $same64 ${LOAD64})`)} ${single(`(call $same32 ${LOAD32})`)}`],
    ['blocks', `${double(`(block (result f64) ${LOAD64})`)} ${single(`(block (result f32) ${LOAD32})`)}`],
    [
      'select',
      `${double(`(select ${LOAD64} (f64.const 1) (i32.const 1))`)} ${single(`(select (f32.const 1) ${LOAD32} (i32.const 0))`)}`,
    ],
    ['two changes of sign', `${double(`(f64.neg (f64.neg ${LOAD64}))`)} ${single(`(f32.neg (f32.neg ${LOAD32}))`)}`],
    [
      'copysign with itself',
      `${double(`(f64.copysign ${LOAD64} ${LOAD64})`)} ${single(`(f32.copysign ${LOAD32} ${LOAD32})`)}`,
    ],
    [
      'reinterpretation',
      `${double(`(f64.reinterpret_i64 (i64.reinterpret_f64 ${LOAD64}))`)} ${single(`(f32.reinterpret_i32 (i32.reinterpret_f32 ${LOAD32}))`)}`,
    ],
    [
      'structs',
      `(local.set $s (struct.new $s ${LOAD64} ${LOAD32})) ${double('(struct.get $s 0 (local.get $s))')} ${single('(struct.get $s 1 (local.get $s))')}`,
    ],
    ['memory.copy', '(memory.copy (i32.const 128) (i32.const 0) (i32.const 16))'],
    ['128-bit values', '(v128.store (i32.const 128) (v128.load (i32.const 0)))'],
    [
      'lanes',
      `${double('(f64x2.extract_lane 1 (f64x2.splat (f64.load (i32.const 0))))')} ${single('(f32x4.extract_lane 2 (f32x4.replace_lane 2 (local.get $v) (f32.load (i32.const 8))))')}`,
    ],
    [
      'pmin and pmax of themselves',
      `(local.set $v (v128.load (i32.const 0))) (v128.store (i32.const 128) (f64x2.pmin (local.get $v) (f64x2.pmax (local.get $v) (local.get $v))))`,
    ],
  ])('stay as they are through %s', async (_, body) => {
    const guest = await startText(through(body).replace('(memory 1)', '(memory (export "memory") 1)'));
    const view = new DataView((guest.exports['memory'] as { buffer: ArrayBuffer }).buffer);
    for (const [index, bits] of BITS64.entries()) {
      view.setBigUint64(0, bits, true);
      view.setUint32(8, Number(BITS32[index]), true);
      guest.call('run');
      expect(view.getBigUint64(128, true).toString(16)).toBe(bits.toString(16));
      expect(view.getUint32(136, true).toString(16)).toBe(BITS32[index]?.toString(16));
    }
  });
});

describe('a canonical NaN', () => {
  it('does not change what an instruction costs', async () => {
    const text = (operator: string): string =>
      `(module (func (export "run") (result i32) (i32.reinterpret_f32 (f32.${operator} (f32.const 1) (f32.const 2)))))`;
    const [changed, kept] = [await startText(text('add')), await startText(text('copysign'))];
    changed.call('run');
    kept.call('run');
    expect(readMeter(changed.meter)).toEqual(readMeter(kept.meter));
  });
});
