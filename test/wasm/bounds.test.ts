import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { COSTS_V1, meterModule, METER_EXPORTS, METER_MODULE } from '../../host/wasm/component.ts';
import { ALLOWANCE, createMeter, fromText, OPTIONS, run, start, startText } from './run-metered.ts';

const PAGE = 65_536n;

async function refusal(text: string): Promise<SojournError> {
  const bytes = await fromText(text);
  try {
    meterModule(bytes, OPTIONS);
  } catch (error) {
    if (error instanceof SojournError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('fuel', () => {
  it.each([
    ['a loop', '(module (func (export "run") (loop $l (br $l))))'],
    ['a loop through br_if', '(module (func (export "run") (loop $l (br_if $l (i32.const 1)))))'],
    ['a loop through br_table', '(module (func (export "run") (loop $l (br_table $l $l (i32.const 0)))))'],
    ['a loop around calls', '(module (func $leaf) (func (export "run") (loop $l (call $leaf) (br $l))))'],
    ['a tail call of itself', '(module (func $f (export "run") (return_call $f)))'],
    ['tail calls in turn', '(module (func $f (export "run") (return_call $g)) (func $g (return_call $f)))'],
    [
      'an indirect tail call of itself',
      '(module (type $t (func)) (table funcref (elem $f)) (func $f (export "run") (return_call_indirect (type $t) (i32.const 0))))',
    ],
    [
      'a loop that throws and catches',
      '(module (tag $e) (func (export "run") (loop $l (try_table (catch_all $l) (throw $e)) (br $l))))',
    ],
  ])('stops %s', async (_, text) => {
    expect(run(await startText(text), 'run')).toMatchObject({ ended: 'trapped', bound: 'fuel', fuel: 0 });
  });

  it('is charged for a bulk operation by its size before it runs', async () => {
    const text =
      '(module (memory 16) (func (export "run") (param i32) (memory.fill (i32.const 0) (i32.const 7) (local.get 0))))';
    const small = run(await startText(text), 'run', 8);
    const large = run(await startText(text), 'run', 1 << 20);
    expect(small.fuel - large.fuel).toBe((1 << 20) / 8 - 1);
    const poor = await startText(text, { ...ALLOWANCE, fuel: 1000 });
    expect(run(poor, 'run', 1 << 20)).toMatchObject({ ended: 'trapped', bound: 'fuel' });
  });

  it('is charged for sizes of up to 2^64 without wrapping round', async () => {
    const text =
      '(module (memory i64 1) (func (export "run") (param i64) (memory.fill (i64.const 0) (i32.const 7) (local.get 0))))';
    for (const size of [2n ** 32n, 2n ** 60n, 2n ** 63n, 2n ** 64n - 1n]) {
      expect(run(await startText(text), 'run', BigInt.asIntN(64, size))).toMatchObject({
        ended: 'trapped',
        bound: 'fuel',
      });
    }
  });

  it.each([
    [
      'memory.copy',
      '(memory 16) (func (export "run") (memory.copy (i32.const 0) (i32.const 0) (i32.const 800000)))',
      100_000,
    ],
    [
      'memory.init',
      '(memory 1) (data $d "0123456789abcdef") (func (export "run") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 16)))',
      2,
    ],
    [
      'table.fill',
      '(table 900 funcref) (func (export "run") (table.fill (i32.const 0) (ref.null func) (i32.const 900)))',
      900,
    ],
    [
      'table.copy',
      '(table 900 funcref) (func (export "run") (table.copy (i32.const 0) (i32.const 0) (i32.const 900)))',
      900,
    ],
    [
      'table.grow',
      '(table 1 funcref) (func (export "run") (drop (table.grow (ref.null func) (i32.const 900))))',
      900 * COSTS_V1.tableGrowth,
    ],
    ['memory.grow', '(memory 1) (func (export "run") (drop (memory.grow (i32.const 9))))', 9 * COSTS_V1.page],
    [
      'array.new_default',
      '(type $a (array (mut i16))) (func (export "run") (drop (array.new_default $a (i32.const 900))))',
      900 * 2 * COSTS_V1.heapByte,
    ],
    [
      'array.fill',
      '(type $a (array (mut i8))) (func (export "run") (array.fill $a (array.new_default $a (i32.const 900)) (i32.const 0) (i32.const 1) (i32.const 900)))',
      900,
    ],
  ])('is charged for %s by size', async (_, body, least) => {
    const result = run(await startText(`(module ${body})`), 'run');
    expect(result).toMatchObject({ ended: 'returned', bound: null });
    const used = ALLOWANCE.fuel - result.fuel;
    expect(used).toBeGreaterThanOrEqual(least);
  });

  it('stops straight code that costs much without a loop', async () => {
    const leaf = '(drop (i32.const 1))'.repeat(100);
    const text = `(module (func $leaf ${leaf}) (func (export "run") ${'(call $leaf)'.repeat(3000)}))`;
    const result = run(await startText(text, { ...ALLOWANCE, fuel: 50_000 }), 'run');
    expect(result).toMatchObject({ ended: 'trapped', bound: 'fuel' });
  });

  it('names the bound where a call returned with its fuel used up', async () => {
    const text = '(module (func (export "run") (drop (i32.const 1)) (drop (i32.const 1))))';
    expect(run(await startText(text, { ...ALLOWANCE, fuel: 1 }), 'run')).toMatchObject({
      ended: 'returned',
      bound: 'fuel',
      fuel: 0,
    });
  });

  it('meters the start function', async () => {
    const metered = meterModule(await fromText('(module (func $s (loop $l (br $l))) (start $s))'), OPTIONS);
    const { instance, meter } = createMeter();
    const module = new WebAssembly.Module(new Uint8Array(metered));
    expect(() => new WebAssembly.Instance(module, { [METER_MODULE]: instance.exports })).toThrow(
      WebAssembly.RuntimeError,
    );
    expect(run({ meter, exports: {}, call: () => null }, '')).toMatchObject({ bound: 'fuel', fuel: 0 });
  });

  it('counts what a loop used before the guest trapped by itself, and names no bound', async () => {
    const text = `(module (memory 1) (func (export "run") (param $n i32)
      (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (drop (i32.div_u (i32.const 1) (local.get $n))) (br $l))))`;
    const short = run(await startText(text), 'run', 10);
    const long = run(await startText(text), 'run', 10_010);
    expect([short, long]).toMatchObject([
      { ended: 'trapped', bound: null },
      { ended: 'trapped', bound: null },
    ]);
    expect(short.fuel - long.fuel).toBeGreaterThan(10_000 * 5);
  });

  it.each([
    [
      'alone',
      '(loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (drop (i32.div_u (i32.const 1) (local.get $n))) (br $l))',
    ],
    [
      'behind a call',
      '(call $f) (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (drop (i32.div_u (i32.const 1) (local.get $n))) (br $l))',
    ],
    [
      'within a loop that calls now and then',
      '(loop $o (local.set $i (i32.const 3)) (if (i32.eqz (i32.and (local.get $n) (i32.const 7))) (then (call $f))) (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (drop (i32.div_u (i32.const 1) (local.get $n))) (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1))))) (br $o))',
    ],
  ])('is paid for every turn of a loop in which the guest traps by itself, and a little ahead: %s', async (_, body) => {
    const text = `(module (func $f) (func (export "run") (param $n i32) (local $i i32) ${body}))`;
    const metered = meterModule(await fromText(text), OPTIONS);
    for (const turns of [1, 2, 3, 10, 100, 455, 456, 457, 500, 1000, 5000]) {
      const result = run(start(metered), 'run', turns);
      const used = ALLOWANCE.fuel - result.fuel;
      expect(result).toMatchObject({ ended: 'trapped', bound: null });
      // Eight units or more for each turn; 4096 in advance.
      expect(used).toBeGreaterThanOrEqual(turns * 8);
      expect(used).toBeLessThan(turns * 30 + 4096 + 64);
    }
  });
});

describe('memory', () => {
  const grow = '(module (memory 1 40) (func (export "run") (param i32) (result i32) (memory.grow (local.get 0))))';

  it('grows within the bounds as it did before', async () => {
    const metered = await startText(grow);
    expect(run(metered, 'run', 2)).toMatchObject({ value: 1 });
    expect(run(metered, 'run', 0)).toMatchObject({ value: 3 });
    expect(metered.meter[METER_EXPORTS.memory].value).toBe(61n * PAGE);
  });

  it("gives -1 beyond the module's own maximum", async () => {
    expect(run(await startText(grow), 'run', 40)).toMatchObject({ ended: 'returned', value: -1, bound: null });
  });

  it.each([
    ['one step', '(module (memory 1) (func (export "run") (param i32) (drop (memory.grow (i32.const 64)))))'],
    [
      'many steps',
      '(module (memory 1) (func (export "run") (param i32) (loop $l (drop (memory.grow (i32.const 1))) (br $l))))',
    ],
    [
      'two memories',
      '(module (memory $a 1) (memory $b 1) (func (export "run") (param i32) (drop (memory.grow $a (i32.const 40))) (drop (memory.grow $b (i32.const 40)))))',
    ],
    [
      '64-bit addresses',
      '(module (memory i64 1) (func (export "run") (param i32) (drop (memory.grow (i64.const 64)))))',
    ],
    [
      'a maximum above the bound',
      '(module (memory 1 100) (func (export "run") (param i32) (drop (memory.grow (i32.const 64)))))',
    ],
  ])('is bounded over %s', async (_, text) => {
    expect(run(await startText(text, { ...ALLOWANCE, fuel: 1e9 }), 'run', 0)).toMatchObject({
      ended: 'trapped',
      bound: 'memoryPages',
    });
  });

  it('stops growth by a size that is no number of pages', async () => {
    const text = '(module (memory i64 1) (func (export "run") (param i64) (drop (memory.grow (local.get 0)))))';
    for (const pages of [-1n, 2n ** 62n, 2n ** 48n]) {
      expect(run(await startText(text, { ...ALLOWANCE, fuel: 2 ** 42 }), 'run', pages)).toMatchObject({
        bound: 'memoryPages',
      });
    }
  });

  it('names the host where the engine refuses growth within the bounds', async () => {
    const exporter = new WebAssembly.Memory({ initial: 1, maximum: 2 });
    const text = '(module (import "m" "m" (memory 1)) (func (export "run") (drop (memory.grow (i32.const 4)))))';
    const result = run(await startText(text, ALLOWANCE, { m: { m: exporter } }), 'run');
    expect(result).toMatchObject({ ended: 'trapped', bound: 'host' });
  });

  it('counts what modules begin with, and stops instantiation beyond the bound', async () => {
    const metered = meterModule(await fromText('(module (memory 30) (memory 10))'), OPTIONS);
    const { instance, meter } = createMeter();
    const module = new WebAssembly.Module(new Uint8Array(metered));
    const instantiate = (): WebAssembly.Instance =>
      new WebAssembly.Instance(module, { [METER_MODULE]: instance.exports });
    instantiate();
    expect(meter[METER_EXPORTS.memory].value).toBe(24n * PAGE);
    expect(instantiate).toThrow(WebAssembly.RuntimeError);
    expect(run({ meter, exports: {}, call: () => null }, '')).toMatchObject({ bound: 'memoryPages' });
  });

  it('refuses an initial size above the bound', async () => {
    expect(await refusal('(module (memory 65536))')).toMatchObject({ code: 'component.limit' });
    expect(await refusal('(module (memory i64 0x1000000000000))')).toMatchObject({ code: 'component.limit' });
    expect(await refusal('(module (memory 40) (memory 40))')).toMatchObject({ code: 'component.limit' });
  });

  it('refuses a maximum that the standard does not allow, rather than cut it', async () => {
    expect(await refusal('(module (memory 1 65537))')).toMatchObject({ code: 'component.malformed' });
    expect(await refusal('(module (import "m" "m" (memory 1 65537)))')).toMatchObject({ code: 'component.malformed' });
    expect(await refusal('(module (memory i64 1 0x1000000000001))')).toMatchObject({ code: 'component.malformed' });
  });
});

describe('tables', () => {
  it.each([
    [
      'funcref',
      '(module (table 1 funcref) (func (export "run") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))',
    ],
    [
      'externref',
      '(module (table 1 externref) (func (export "run") (param i32) (result i32) (table.grow (ref.null extern) (local.get 0))))',
    ],
    [
      'typed references',
      '(module (type $t (func)) (elem declare func $f) (func $f) (table 1 (ref $t) (ref.func $f)) (func (export "run") (param i32) (result i32) (table.grow (ref.func $f) (local.get 0))))',
    ],
  ])('grow within the bound and not beyond: %s', async (_, text) => {
    const metered = await startText(text);
    expect(run(metered, 'run', 999)).toMatchObject({ ended: 'returned', value: 1 });
    expect(run(metered, 'run', 1)).toMatchObject({ ended: 'trapped', bound: 'tableElements' });
  });

  it("give -1 beyond the module's own maximum", async () => {
    const text =
      '(module (table 1 10 funcref) (func (export "run") (result i32) (table.grow (ref.null func) (i32.const 10))))';
    expect(run(await startText(text), 'run')).toMatchObject({ ended: 'returned', value: -1 });
  });

  it('are bounded with 64-bit indices too', async () => {
    const text =
      '(module (table i64 1 funcref) (func (export "run") (param i64) (result i64) (table.grow (ref.null func) (local.get 0))))';
    const metered = await startText(text, { ...ALLOWANCE, fuel: 2 ** 42 });
    expect(run(metered, 'run', 5n)).toMatchObject({ value: 1n });
    expect(run(metered, 'run', -1n)).toMatchObject({ bound: 'tableElements' });
  });

  it('are refused with more elements than the bound, alone or together', async () => {
    expect(await refusal('(module (table 1001 funcref))')).toMatchObject({ code: 'component.limit' });
    expect(await refusal(`(module ${'(table 1000 funcref)'.repeat(5)})`)).toMatchObject({ code: 'component.limit' });
    expect(await refusal(`(module ${'(table 0 funcref)'.repeat(65)})`)).toMatchObject({ code: 'component.limit' });
  });
});

describe('a guest that reaches for the meter', () => {
  it.each([
    ['imports it', `(module (import "${METER_MODULE}" "${METER_EXPORTS.counter}" (global (mut i64))))`],
    ['imports from a name like it', '(module (import "sojourn:meter2" "f" (func)))'],
    ['exports its names', `(module (func (export "${METER_EXPORTS.bound}")))`],
  ])('is refused when it %s', async (_, text) => {
    expect(await refusal(text)).toMatchObject({ code: 'component.import' });
  });

  // Such a module is invalid, but its metered form would not be: the meter keeps its counter in locals behind the guest's.
  it.each([
    ['sets', '(func (export "run") (param i32) (loop $l (local.set 1 (i64.const -1)) (br $l)))'],
    ['tees', '(func (export "run") (param i32) (local i32) (loop $l (drop (local.tee 2 (i64.const -1))) (br $l)))'],
    ['reads', '(func (export "run") (result i64) (loop $l (br_if $l (i32.const 0))) (local.get 0))'],
    ['sets, where none is declared,', '(func (export "run") (loop $l (local.set 0 (i64.const -1)) (br $l)))'],
  ])('is refused when it %s a local beyond its own', async (_, text) => {
    expect(await refusal(`(module ${text})`)).toMatchObject({ code: 'component.malformed' });
  });

  // The type that the meter adds for its start function is the second.
  it('is refused when the engine does not take it as it came, though it would its metered form', async () => {
    const bytes = await fromText('(module (type (func (param i32))) (memory 1) (func (type 0) (drop (ref.null 1))))');
    expect(WebAssembly.validate(bytes)).toBe(false);
    expect(WebAssembly.validate(meterModule(bytes, OPTIONS))).toBe(true);
    const isValid = (module: Uint8Array): boolean => WebAssembly.validate(module);
    expect(() => meterModule(bytes, { ...OPTIONS, isValid })).toThrow(/expected a valid one/);
  });
});

describe('an instruction without a price', () => {
  it.each([
    ['an atomic load', '(module (memory 1) (func) (func (result i32) (i32.atomic.load (i32.const 0))))', '0xfe 0x10'],
    [
      'relaxed SIMD',
      '(module (func) (func (param v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))',
      '0xfd 0x100',
    ],
  ])('is refused with its place: %s', async (_, text, opcode) => {
    const bytes = await fromText(text);
    const error = await refusal(text);
    expect(error).toMatchObject({ code: 'component.opcode', details: { module: 0, function: 1, opcode } });
    const offset = Number(error.details['offset']);
    expect(bytes[offset]).toBe(Number.parseInt(opcode.slice(0, 4), 16));
  });

  it('is refused where its class has none', async () => {
    const { division, ...classes } = COSTS_V1.classes;
    expect(division).toBeGreaterThan(0);
    const bytes = await fromText('(module (func (result i32) (i32.div_u (i32.const 1) (i32.const 1))))');
    expect(() => meterModule(bytes, { ...OPTIONS, costs: { ...COSTS_V1, classes } })).toThrow(/0x6e/);
  });

  it('is not even needed for threads to be refused: shared memory is', async () => {
    expect(await refusal('(module (memory 1 2 shared))')).toMatchObject({ code: 'component.opcode' });
  });
});
