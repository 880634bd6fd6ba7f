import { describe, expect, it } from 'vitest';
import { METER_EXPORTS, meterModule } from '../../host/wasm/component.ts';
import { Writer } from '../../host/wasm/writer.ts';
import { ALLOWANCE, OPTIONS, run, start, startText } from './run-metered.ts';

describe('call depth', () => {
  it.each([
    ['recursion', '(module (func $f (export "run") (call $f)))'],
    ['mutual recursion', '(module (func $f (export "run") (call $g)) (func $g (call $f)))'],
    [
      'indirect recursion',
      '(module (type $t (func)) (table funcref (elem $f)) (func $f (export "run") (call_indirect (type $t) (i32.const 0))))',
    ],
    [
      'recursion through references',
      '(module (type $t (func)) (elem declare func $f) (func $f (export "run") (call_ref $t (ref.func $f))))',
    ],
  ])('bounds %s', async (_, text) => {
    expect(run(await startText(text), 'run')).toMatchObject({ ended: 'trapped', bound: 'callDepth' });
  });

  it.each([
    [0, 0, 'i64'],
    [30, 0, 'i64'],
    [800, 0, 'i64'],
    [0, 40, 'i64'],
    [0, 2000, 'f64'],
    [100, 100, 'v128'],
  ])(
    'is reached before the native stack ends: %i parameters and %i locals of type %s',
    async (params, locals, type) => {
      const zero = type === 'v128' ? '(v128.const i64x2 0 0)' : `(${type}.const 0)`;
      const load = (at: number): string =>
        type === 'v128' ? `(v128.load (i32.const ${at}))` : `(${type}.load (i32.const ${at}))`;
      const store = (local: number): string => `(${type}.store (i32.const 0) (local.get ${local}))`;
      const numbers = Array.from({ length: locals }, (_, index) => params + index);
      const text = `(module (memory 1) (func $f (param ${`${type} `.repeat(params)}) (local ${`${type} `.repeat(locals)})
      ${numbers.map((local) => `(local.set ${local} ${load(local)})`).join('')}
      (call $f ${Array.from({ length: params }, (_, index) => `(local.get ${index})`).join('')})
      ${numbers.map(store).join('')} ${Array.from({ length: params }, (_, index) => store(index)).join('')})
      (func (export "run") (call $f ${zero.repeat(params)})))`;
      expect(run(await startText(text), 'run')).toMatchObject({ ended: 'trapped', bound: 'callDepth' });
    },
  );

  it.each([
    ['falling through', '(func $f (param i32) (result i32) (call $id (local.get 0)))'],
    [
      'return',
      '(func $f (param i32) (result i32) (if (local.get 0) (then (return (call $id (i32.const 1))))) (call $id (i32.const 2)))',
    ],
    [
      'a branch to the end',
      '(func $f (param i32) (result i32) (call $id (i32.const 1)) (br_if 0 (i32.const 7) (local.get 0)) (drop))',
    ],
    [
      'several results',
      '(func $g (param i32) (result i32 i64) (if (local.get 0) (then (return (call $id (i32.const 1)) (i64.const 2)))) (i32.const 1) (i64.const 2)) (func $f (param i32) (result i32) (call $g (local.get 0)) (drop))',
    ],
    [
      'a tail call',
      '(func $f (param i32) (result i32) (call $id (i32.const 4)) (drop) (return_call $id (local.get 0)))',
    ],
    [
      'a caught exception',
      '(tag $e) (func $t (call $u)) (func $u (throw $e)) (func $f (param i32) (result i32) (block $h (try_table (catch_all $h) (call $t))) (i32.const 1))',
    ],
    [
      'an exception caught at a loop',
      '(tag $e) (func $t (call $u)) (func $u (throw $e)) (func $f (param i32) (result i32) (local $n i32) (loop $l (br_if 1 (i32.const 5) (local.get $n)) (drop) (local.set $n (i32.const 1)) (try_table (catch_all $l) (call $t))) (i32.const 1))',
    ],
    [
      'an exception caught at the end of the function',
      '(tag $e (param i32)) (func $t (call $u)) (func $u (throw $e (i32.const 3))) (func $f (param i32) (result i32) (try_table (result i32) (catch $e 0) (call $t) (i32.const 9)))',
    ],
  ])('is given back by %s', async (_, functions) => {
    const metered = await startText(
      `(module (func $id (param i32) (result i32) (local.get 0)) ${functions}
      (func (export "run") (param i32) (result i32) (call $f (local.get 0)))
      (func (export "many") (param i32) (local $n i32)
        (loop $l (drop (call $f (i32.and (local.get $n) (i32.const 1)))) (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $n) (local.get 0))))))`,
      { ...ALLOWANCE, fuel: 1e9, callDepth: 60 },
    );
    const before = metered.meter[METER_EXPORTS.counter].value as bigint;
    expect(run(metered, 'run', 1)).toMatchObject({ ended: 'returned', bound: null });
    expect(run(metered, 'run', 0)).toMatchObject({ ended: 'returned', bound: null });
    expect(run(metered, 'many', 1000)).toMatchObject({ ended: 'returned', bound: null });
    const after = metered.meter[METER_EXPORTS.counter].value as bigint;
    expect(after & 0xfffffn).toBe(before & 0xfffffn);
  });
});

describe('call depth with legacy exceptions', () => {
  /** Function 0 throws, and 1 (exported) catches what 0 threw, in a try that ends as `handler` says. No text format has these. */
  function legacyModule(handler: readonly number[]): Uint8Array {
    const code = [2, 4, 0, 0x08, 0, 0x0b, 6 + handler.length, 0, 0x06, 0x40, 0x10, 0, ...handler, 0x0b];
    return new Writer()
      .bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
      .section(1, new Uint8Array([1, 0x60, 0, 0]))
      .section(3, new Uint8Array([2, 0, 0]))
      .section(13, new Uint8Array([1, 0, 0]))
      .section(7, new Uint8Array([1, 3, 0x72, 0x75, 0x6e, 0, 1]))
      .section(10, new Uint8Array(code))
      .finish();
  }

  it.each([
    ['catch_all', [0x19, 0x0b]],
    ['catch', [0x07, 0, 0x0b]],
    ['a nested try that delegates', [0x06, 0x40, 0x10, 0, 0x18, 0, 0x19, 0x0b]],
    ['rethrow within another try', [0x19, 0x06, 0x40, 0x09, 1, 0x19, 0x0b, 0x0b]],
  ])('is given back by %s', (_, handler) => {
    const metered = start(meterModule(legacyModule(handler), OPTIONS), { ...ALLOWANCE, callDepth: 30 });
    const before = metered.meter[METER_EXPORTS.counter].value as bigint;
    for (let round = 0; round < 50; round++)
      expect(run(metered, 'run')).toMatchObject({ ended: 'returned', bound: null });
    const after = metered.meter[METER_EXPORTS.counter].value as bigint;
    expect(after & 0xfffffn).toBe(before & 0xfffffn);
    expect(after).toBeLessThan(before);
  });
});
