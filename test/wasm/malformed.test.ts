/**
 * Input that is cut short, changed or hostile gives a SojournError or a result that the engine can judge; nothing else is
 * thrown, and nothing hangs.
 */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { createMeterModule, meterComponent, meterModule } from '../../host/wasm/component.ts';
import { Writer } from '../../host/wasm/writer.ts';
import { fromText, OPTIONS } from './run-metered.ts';

const MODULE = `(module $name
  (type $t (func (param i32) (result i32))) (type $s (struct (field (mut i32)))) (rec (type $r (sub (struct (field (ref null $r))))) (type $a (array (mut i16))))
  (import "m" "f" (func $f (type $t))) (import "m" "g" (global $g i32)) (import "m" "mem" (memory 1 2)) (import "m" "tab" (table 1 funcref))
  (table $own 2 10 funcref) (memory $b i64 1) (tag $e (param i32))
  (global $h (mut i32) (i32.add (global.get $g) (i32.const 1))) (global (ref $s) (struct.new $s (i32.const 3)))
  (export "run" (func $run)) (export "h" (global $h)) (start $init)
  (elem $el (table $own) (i32.const 0) func $run $f) (elem declare func $run) (data $d (memory $b) (i64.const 0) "abc") (data $p "passive")
  (func $init (global.set $h (i32.const 1)))
  (func $run (type $t) (local $x i64) (local v128)
    (block $out (result i32)
      (loop $l
        (if (i32.gt_s (local.get 0) (i32.const 4)) (then (drop (memory.grow $b (i64.const 1)))) (else (br_if $l (call $f (local.get 0)))))
        (block (block (br_table 0 1 2 (local.get 0)))))
      (try_table (catch $e $out) (throw $e (i32.const 1)))
      (memory.init $b $p (i64.const 0) (i32.const 0) (i32.const 3)) (drop (array.new_default $a (i32.const 3)))
      (drop (i32x4.splat (i32.const 1))) (drop (table.grow $own (ref.null func) (i32.const 1)))
      (return_call_indirect $own (type $t) (i32.const 1) (local.get 0)))))`;

const COMPONENT = `(component
  (import "log" (func $log (param "code" u32)))
  (core module $one (import "env" "log" (func $l (param i32))) (memory (export "memory") 1) (func (export "run") (call $l (i32.const 4))))
  (core func $lowered (canon lower (func $log)))
  (core instance $env (export "log" (func $lowered)))
  (core instance $i (instantiate $one (with "env" (instance $env))))
  (alias core export $i "run" (core func $run))
  (component $inner (core module $two (func (export "two") (loop (br 0)))) (core instance $j (instantiate $two)) (func (export "two") (canon lift (core func $j "two"))))
  (instance $k (instantiate $inner))
  (func $lifted (canon lift (core func $run)))
  (export "run" (func $lifted)) (export "two" (func $k "two")))`;

let module: Uint8Array;
let component: Uint8Array;

beforeAll(async () => {
  module = await fromText(MODULE);
  component = await fromText(COMPONENT);
});

function attempt(meter: () => unknown): string {
  try {
    meter();
    return 'metered';
  } catch (error) {
    if (!(error instanceof SojournError)) throw error;
    expect(error.code).toMatch(/^component\.(malformed|limit|opcode|import)$/);
    return error.code;
  }
}

const meterAny = (bytes: Uint8Array): unknown =>
  bytes[4] === 0x0d ? meterComponent(bytes, OPTIONS) : meterModule(bytes, OPTIONS);

describe('malformed input', () => {
  it('is refused wherever it is cut short', () => {
    for (const whole of [module, component]) {
      expect(attempt(() => meterAny(whole))).toBe('metered');
      for (let length = 0; length < whole.length; length++) {
        const cut = whole.slice(0, length);
        if (attempt(() => meterAny(cut)) === 'metered') {
          // Only a cut between sections leaves something well-formed; a module without its code is then the engine's to refuse.
          expect(cut.length).toBeGreaterThanOrEqual(8);
        }
      }
    }
  });

  it('is refused or metered with any bit flipped, and what comes out is valid where it was', () => {
    for (const whole of [module, component]) {
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const flipped = whole.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        let metered: Uint8Array | null = null;
        const ended = attempt(() => {
          if (whole === module) metered = meterModule(flipped, OPTIONS);
          else meterComponent(flipped, OPTIONS);
        });
        if (whole !== module) continue;
        const valid = WebAssembly.validate(flipped);
        if (metered !== null) expect([bit, WebAssembly.validate(metered)]).toEqual([bit, valid]);
        // Valid modules are refused for a limit, a price, or shared memory; never because they were misread.
        else if (valid) expect([bit, ended]).not.toEqual([bit, 'component.malformed']);
      }
    }
  });

  it('is refused or metered with bytes changed, added and taken away', () => {
    const edits = fc.array(fc.tuple(fc.nat({ max: 3000 }), fc.nat({ max: 2 }), fc.uint8Array({ maxLength: 6 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.boolean(), edits, (useModule, changes) => {
        let bytes = [...(useModule ? module : component)];
        for (const [at, removed, added] of changes) bytes.splice(8 + (at % (bytes.length - 8)), removed, ...added);
        attempt(() => meterAny(new Uint8Array(bytes)));
        bytes = [];
      }),
      { numRuns: 500 },
    );
  });

  it('is refused where it is no Wasm at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(attempt(() => meterComponent(bytes, OPTIONS))).toBe('component.malformed');
        expect(attempt(() => meterModule(bytes, OPTIONS))).toBe('component.malformed');
      }),
    );
  });

  it('says so where a core module stands in place of a component', () => {
    expect(() => meterComponent(module, OPTIONS)).toThrow(/a core module: make a component of it/);
  });

  it('names the offset', () => {
    const broken = new Writer()
      .bytes(module.subarray(0, 8))
      .section(1, new Uint8Array([1, 0x61]))
      .finish();
    expect(() => meterModule(broken, OPTIONS)).toThrow(/type at offset 11/);
  });
});

describe('limits of a component', () => {
  const { limits } = OPTIONS;
  const limited = (change: Partial<typeof limits>) => ({ ...OPTIONS, limits: { ...limits, ...change } });

  it.each([
    ['componentBytes', { componentBytes: 100 }],
    ['coreModules', { coreModules: 1 }],
    ['componentDepth', { componentDepth: 1 }],
    ['functions', { functions: 1 }],
    ['functionBytes', { functionBytes: 6 }],
    ['blockDepth', { blockDepth: 0 }],
  ])('are enforced: %s', (_, change) => {
    expect(attempt(() => meterComponent(component, limited(change)))).toBe('component.limit');
  });

  it.each([
    ['localsPerFunction', { localsPerFunction: 1 }],
    ['blockDepth', { blockDepth: 2 }],
    ['sectionItems', { sectionItems: 3 }],
  ])('are enforced in modules: %s', (_, change) => {
    expect(attempt(() => meterModule(module, limited(change)))).toBe('component.limit');
  });

  it('hold for counts that no input could hold, before anything is allocated', () => {
    for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13]) {
      const bytes = new Writer()
        .bytes(module.subarray(0, 8))
        .section(id, new Writer().u32(2 ** 32 - 1).finish())
        .finish();
      expect(['component.limit', 'component.malformed']).toContain(attempt(() => meterModule(bytes, OPTIONS)));
    }
  });

  it('stop components that multiply when they are nested', async () => {
    let inner = '(component $c (core module $m) (core instance (instantiate $m)))';
    for (let level = 0; level < 6; level++)
      inner = `(component $c ${inner} ${'(instance (instantiate $c))'.repeat(10)})`;
    const bytes = await fromText(inner.replace('(component $c', '(component'));
    expect(attempt(() => meterComponent(bytes, OPTIONS))).toBe('component.limit');
  });

  it('bound what constant expressions allocate', async () => {
    const large = await fromText(
      '(module (type $a (array i64)) (global (ref $a) (array.new_default $a (i32.const 100000000))))',
    );
    expect(attempt(() => meterModule(large, OPTIONS))).toBe('component.limit');
    const small = await fromText(
      '(module (type $a (array i64)) (global (ref $a) (array.new_default $a (i32.const 100))))',
    );
    expect(attempt(() => meterModule(small, OPTIONS))).toBe('metered');
    const hidden = await fromText(
      '(module (type $a (array i64)) (import "m" "g" (global $g i32)) (global (ref $a) (array.new_default $a (global.get $g))))',
    );
    expect(attempt(() => meterModule(hidden, OPTIONS))).toBe('component.limit');
  });
});

describe('the meter module', () => {
  it('is a valid module of its own', () => {
    expect(WebAssembly.validate(createMeterModule())).toBe(true);
  });
});
