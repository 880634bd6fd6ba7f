/**
 * Core modules with what the sandbox's transpiler doesn't take yet, exceptions and several memories: the same fuel in V8 and under
 * wasmtime, to the unit, and the same results.
 */
import { describe, expect, it } from 'vitest';
import { meterComponent, meterModule, readMeter } from '../../host/wasm/component.ts';
import { ALLOWANCE, fromText, OPTIONS, start } from './run-metered.ts';
import { createWasmtime } from './wasmtime.ts';
import { runScript } from './wasmtime-script.ts';

/** Fields of a module that exports `run`, of two numbers. */
const MODULES: Readonly<Record<string, string>> = {
  'exceptions': `(tag $odd (param i32))
    (func $half (param $value i32) (result i32)
      (if (i32.and (local.get $value) (i32.const 1)) (then (throw $odd (local.get $value))))
      (i32.div_u (local.get $value) (i32.const 2)))
    (func (export "run") (param $times i32) (param $add i32) (result i32)
      (local $sum i32)
      (loop $turns
        (local.set $sum (i32.add (local.get $sum)
          (block $caught (result i32)
            (try_table (result i32) (catch $odd $caught) (call $half (i32.add (local.get $times) (local.get $add)))))))
        (br_if $turns (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
      (local.get $sum))`,
  'several memories': `(memory $one 1 4) (memory $two i64 1 4) (data $text "abcdef")
    (func (export "run") (param $times i32) (param $add i32) (result i32)
      (loop $turns
        (memory.init $one $text (local.get $times) (i32.const 0) (i32.const 6))
        (memory.copy $two $one (i64.extend_i32_u (local.get $times)) (local.get $times) (i32.const 6))
        (drop (memory.grow $two (i64.const 0)))
        (br_if $turns (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
      (i32.add (local.get $add) (i32.load $two (i64.const 1))))`,
};

const wasmtime = createWasmtime('fuel of core modules under wasmtime');
const CALLS = [
  [1, 2],
  [40, 3],
] as const;

describe.skipIf(wasmtime === null)('a module uses the same fuel in V8 and under wasmtime', () => {
  it.each(Object.entries(MODULES))('with %s', async (_, fields) => {
    const here = start(meterModule(await fromText(`(module ${fields})`), OPTIONS));
    const expected = CALLS.flatMap((call) => [Number(here.call('run', ...call)), readMeter(here.meter).fuel]);
    const component = await fromText(`(component (core module $m ${fields}) (core instance $i (instantiate $m))
      (func (export "run") (param "times" u32) (param "bytes" u32) (result u32) (canon lift (core func $i "run"))))`);
    const { bytes } = meterComponent(component, { ...OPTIONS, allowance: ALLOWANCE });
    const steps = CALLS.flatMap((call) => [{ run: call }, 'fuel-left'] as const);
    if (wasmtime === null) throw new Error('no wasmtime');
    expect(await runScript(wasmtime, bytes, steps)).toEqual(expected);
  });
});
