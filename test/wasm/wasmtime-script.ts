/**
 * Runs several calls on one instance of a metered component under wasmtime, whose command line makes one call: a component beside it,
 * made for the script, calls in its place. The component exports `run: func(times: u32, bytes: u32) -> u32`.
 */
import { parse } from '@bytecodealliance/jco';
import { METER_INTERFACE } from '../../host/wasm/component.ts';
import { fillComponents } from './wasmtime-driver.ts';
import type { Wasmtime } from './wasmtime.ts';

export type Step =
  | { readonly run: readonly [times: number, bytes: number] }
  | { readonly arm: readonly [fuel: number, callDepth: number, memoryPages: number] }
  | 'fuel-left'
  | 'stopped-by';

/** What `run`, `fuel-left` and `stopped-by` gave, in order; null where the component was stopped. */
export async function runScript(
  wasmtime: Wasmtime,
  metered: Uint8Array,
  steps: readonly Step[],
): Promise<number[] | null> {
  const whole = fillComponents(await parse(WHOLE), [metered, await parse(callerText(steps))]);
  const done = wasmtime.invoke(whole, 'script()');
  if ('output' in done) return JSON.parse(done.output) as number[];
  if (done.trap.includes('wasm trap: wasm `unreachable` instruction executed')) return null;
  throw new Error(done.trap);
}

const METER = `(instance $meter
    (type $bound (enum "nothing" "fuel" "call-depth" "memory-pages" "table-elements" "host"))
    (export "bound" (type $b (eq $bound)))
    (export "fuel-left" (func (result u64)))
    (export "stopped-by" (func (result $b)))
    (export "arm" (func (param "fuel" u64) (param "call-depth" u32) (param "memory-pages" u32))))`;

const WHOLE = `(component
  (component $guest)
  (component $caller)
  (instance $guest (instantiate $guest))
  (alias export $guest "run" (func $run))
  (alias export $guest "${METER_INTERFACE}" (instance $meter))
  (instance $caller (instantiate $caller (with "run" (func $run)) (with "meter" (instance $meter))))
  (alias export $caller "script" (func $script))
  (export "script" (func $script)))`;

function callerText(steps: readonly Step[]): string {
  const results: string[] = [];
  const code = steps.map((step) => {
    if (step === 'fuel-left') return keep('(call $left)');
    if (step === 'stopped-by') return keep('(i64.extend_i32_u (call $stopped))');
    if ('run' in step) {
      const [times, bytes] = step.run;
      return keep(`(i64.extend_i32_u (call $run (i32.const ${times}) (i32.const ${bytes})))`);
    }
    const [fuel, callDepth, memoryPages] = step.arm;
    return `(call $arm (i64.const ${fuel}) (i32.const ${callDepth}) (i32.const ${memoryPages}))`;
  });
  function keep(value: string): string {
    results.push(value);
    return `(i64.store (i32.const ${8 * (results.length + 1)}) ${value})`;
  }
  return `(component
  (import "run" (func $run (param "times" u32) (param "bytes" u32) (result u32)))
  (import "meter" ${METER})
  (alias export $meter "fuel-left" (func $left))
  (alias export $meter "stopped-by" (func $stopped))
  (alias export $meter "arm" (func $arm))
  (core func $run (canon lower (func $run)))
  (core func $left (canon lower (func $left)))
  (core func $stopped (canon lower (func $stopped)))
  (core func $arm (canon lower (func $arm)))
  (core module $m
    (import "" "run" (func $run (param i32 i32) (result i32)))
    (import "" "left" (func $left (result i64)))
    (import "" "stopped" (func $stopped (result i32)))
    (import "" "arm" (func $arm (param i64 i32 i32)))
    (memory (export "memory") 1)
    (func (export "script") (result i32)
      ${code.join('\n      ')}
      (i32.store (i32.const 0) (i32.const 16))
      (i32.store (i32.const 4) (i32.const ${results.length}))
      (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance
    (export "run" (func $run)) (export "left" (func $left)) (export "stopped" (func $stopped)) (export "arm" (func $arm))))))
  (func (export "script") (result (list u64)) (canon lift (core func $i "script") (memory (core memory $i "memory")))))`;
}
