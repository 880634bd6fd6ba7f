import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import {
  KEPT_PREFIX,
  meterModule,
  METER_EXPORTS,
  METER_INTERFACE,
  METER_MODULE,
  meterComponent,
} from '../../host/wasm/component.ts';
import { fromText, OPTIONS } from './run-metered.ts';
import { instantiateComponent } from './run-component.ts';
import { createValidator } from './wasmtime.ts';

async function refusal(text: string): Promise<SojournError> {
  const bytes = await fromText(text);
  try {
    meterComponent(bytes, OPTIONS);
  } catch (error) {
    if (error instanceof SojournError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

/** Two nested components, each with a module of its own, one of which is instantiated twice, and one that is aliased from outside. */
const NESTED = `(component
  (import "log" (func $log (param "code" u32)))
  (core module $shared (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
  (component $inner
    (alias outer 1 $shared (core module $s))
    (core instance $a (instantiate $s))
    (core module $own (import "a" "twice" (func $t (param i32) (result i32))) (func (export "four") (param i32) (result i32) (call $t (call $t (local.get 0)))))
    (core instance $b (instantiate $own (with "a" (instance $a))))
    (func (export "four-times") (param "n" u32) (result u32) (canon lift (core func $b "four"))))
  (component $wrapped (component $deep (core module $m (func (export "seven") (result i32) (i32.const 7))) (core instance $i (instantiate $m))
      (func (export "seven") (result u32) (canon lift (core func $i "seven"))))
    (instance $d (instantiate $deep)) (export "seven" (func $d "seven")))
  (instance $x (instantiate $inner)) (instance $y (instantiate $inner)) (instance $z (instantiate $wrapped))
  (core func $lowered (canon lower (func $log)))
  (core instance $env (export "log" (func $lowered)))
  (core module $main (import "env" "log" (func $log (param i32))) (memory 2) (func $start (call $log (i32.const 9))) (start $start)
    (func (export "run") (param i32) (result i32) (call $log (local.get 0)) (i32.add (local.get 0) (i32.const 1))))
  (core instance $bundle (export "log" (func $env "log")))
  (core instance $i (instantiate $main (with "env" (instance $bundle))))
  (func $run (param "n" u32) (result u32) (canon lift (core func $i "run")))
  (export "run" (func $run)) (export "four-times" (func $x "four-times")) (export "again" (func $y "four-times")) (export "seven" (func $z "seven")))`;

describe('meterComponent', () => {
  it('gives a component that does the same, with one counter for all its modules', async () => {
    const bytes = await fromText(NESTED);
    const logged: number[] = [];
    const imports = { log: { default: (code: number) => void logged.push(code) } };
    const plain = await instantiateComponent(bytes, imports);
    const metered = meterComponent(bytes, OPTIONS);
    const guest = await instantiateComponent(metered.bytes, imports);
    expect(logged).toEqual([9, 9]);
    let last = guest.fuelUsed();
    expect(last).toBeGreaterThan(0);
    for (const [name, ...values] of [['run', 5], ['four-times', 3], ['again', 4], ['seven']] as const) {
      expect(guest.call(name, ...values)).toBe(plain.call(name, ...values));
      expect(guest.fuelUsed()).toBeGreaterThan(last);
      last = guest.fuelUsed();
    }
    expect(guest.meters).toBe(1);
    expect(plain.meters).toBe(0);
  });

  it('says what it found', async () => {
    const metered = meterComponent(await fromText(NESTED), OPTIONS);
    expect(metered).toMatchObject({
      imports: ['log'],
      exports: ['run', 'four-times', 'again', 'seven'],
      coreModules: 4,
      functions: 5,
    });
  });

  it('leaves a component without core modules as it is', async () => {
    const bytes = await fromText('(component (import "f" (func)) (component (import "g" (func))))');
    expect(meterComponent(bytes, OPTIONS)).toMatchObject({ bytes, imports: ['f'], exports: [], coreModules: 0 });
  });

  it('gives the same bytes each time', async () => {
    const bytes = await fromText(NESTED);
    expect(meterComponent(bytes, OPTIONS).bytes).toEqual(meterComponent(bytes, OPTIONS).bytes);
  });

  it('meters what was metered no second time', async () => {
    const { bytes } = meterComponent(await fromText(NESTED), OPTIONS);
    expect(() => meterComponent(bytes, OPTIONS)).toThrow(expect.objectContaining({ code: 'component.import' }));
  });

  it.each([
    ['imports it', `(component (core module $m (import "${METER_MODULE}" "x" (func))))`],
    [
      'passes it as an argument',
      `(component (core module $m) (core instance $i) (core instance (instantiate $m (with "${METER_MODULE}" (instance $i)))))`,
    ],
    [
      'makes an instance with its names',
      `(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (core instance (export "${METER_EXPORTS.counter}" (func $i "f"))))`,
    ],
    ['imports the meter', `(component (import "${METER_INTERFACE}" (instance)))`],
    ['imports it into a nested component', `(component (component (import "${METER_MODULE}" (func))))`],
    ['exports a meter of its own', `(component (instance $i) (export "${METER_INTERFACE}" (instance $i)))`],
    [
      'gives an instance its names',
      `(component (import "f" (func $f)) (instance (export "${METER_MODULE}/a" (func $f))))`,
    ],
    [
      'takes the meter of a component within',
      `(component (component $c) (instance $i (instantiate $c)) (alias export $i "${METER_MODULE}/settle@1.0.0" (instance)))`,
    ],
    [
      'takes the meter of a core instance',
      `(component (core module $m) (core instance $i (instantiate $m)) (alias core export $i "${METER_EXPORTS.counter}" (core func)))`,
    ],
    ['imports a core module', '(component (import "m" (core module)))'],
    ['exports a core module', '(component (core module $m) (export "m" (core module $m)))'],
    [
      'takes a core module from an instance',
      '(component (component $c (core module $m) (export "m" (core module $m))) (instance $i (instantiate $c)) (alias export $i "m" (core module $m)))',
    ],
    [
      'passes a core module to an instance',
      '(component (core module $m) (component $c (import "m" (core module))) (instance (instantiate $c (with "m" (core module $m)))))',
    ],
    ['imports a component', '(component (import "c" (component)))'],
  ])('refuses a guest that %s', async (_, text) => {
    expect(await refusal(text)).toMatchObject({ code: 'component.import' });
  });

  it('names the core module and the function of an instruction without a price', async () => {
    const error = await refusal(
      '(component (core module (func)) (component (core module (memory 1) (func) (func (drop (i32.atomic.load (i32.const 0)))))))',
    );
    expect(error).toMatchObject({ code: 'component.opcode', details: { module: 1, function: 1 } });
  });
});

const validate = createValidator('metered components, validated');
describe.skipIf(validate === null)('what meterComponent gives', () => {
  it('is valid for wasm-tools', async () => {
    const bytes = await fromText(NESTED);
    expect(validate?.(bytes)).toBe('');
    expect(validate?.(meterComponent(bytes, OPTIONS).bytes)).toBe('');
    expect(validate?.(bytes.subarray(0, -1))).not.toBe('');
  });
});

describe('what the meter exports for restoring instances', () => {
  it('is every memory and table of a module, and its mutable globals', async () => {
    const bytes = await fromText(`(module (import "a" "m" (memory 1)) (import "a" "g" (global $i (mut i32)))
      (memory 1) (table 2 funcref) (global i32 (i32.const 1)) (global $g (mut i64) (i64.const 2)) (func (export "f") (result i64) (global.get $g)))`);
    const metered = new WebAssembly.Module(Uint8Array.from(meterModule(bytes, OPTIONS)));
    const kept = WebAssembly.Module.exports(metered).filter(({ name }) => name.startsWith(KEPT_PREFIX));
    expect(kept.map(({ kind, name }) => `${kind} ${name.slice(KEPT_PREFIX.length)}`)).toEqual([
      'memory memory/0',
      'table table/0',
      'global global/1',
    ]);
  });

  it.each([
    `(core module $a (memory 1)) (core instance $i (instantiate $a)) (alias core export $i "${KEPT_PREFIX}memory/0" (core memory $m))`,
    `(core module $a (memory 1)) (core module $b (import "a" "${KEPT_PREFIX}memory/0" (memory 1)))
      (core instance $i (instantiate $a)) (core instance (instantiate $b (with "a" (instance $i))))`,
  ])('is out of reach of guests: %s', async (text) => {
    expect(await refusal(`(component ${text})`)).toMatchObject({ code: 'component.import' });
  });
});
