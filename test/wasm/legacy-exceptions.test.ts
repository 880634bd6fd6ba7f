/**
 * The older encoding of exceptions (try, catch, catch_all, rethrow, delegate), which the specification's suite has left behind and
 * engines and compilers still use: the same results metered as unmetered, and the call depth given back on every way.
 */
import { describe, expect, it } from 'vitest';
import { METER_EXPORTS } from '../../host/wasm/component.ts';
import { DEPTH_MASK } from '../../host/wasm/meter-module.ts';
import { ALLOWANCE, callExport, fromText, startText } from './run-metered.ts';

const THROWS = `(tag $a) (tag $b (param i32)) (tag $c (param i64 f64))
  (func $throw (param $n i32)
    (if (i32.eq (local.get $n) (i32.const 1)) (then (throw $a)))
    (if (i32.eq (local.get $n) (i32.const 2)) (then (throw $b (i32.const 77))))
    (if (i32.eq (local.get $n) (i32.const 3)) (then (throw $c (i64.const 5) (f64.const 2.5))))
    (if (i32.eq (local.get $n) (i32.const 4)) (then (drop (i32.div_s (i32.const 1) (i32.const 0))))))
  (func $deep (param $n i32) (param $levels i32)
    (if (local.get $levels)
      (then (call $deep (local.get $n) (i32.sub (local.get $levels) (i32.const 1))))
      (else (call $throw (local.get $n)))))`;

const TRY = 'try (result i32) (call $throw (local.get $n)) (i32.const 0)';

/**
 * Bodies of a function that takes what to throw (0 nothing, 4 a trap) and gives where it was caught. In the flat form: the text
 * format has no other for these instructions any more.
 */
const BODIES: readonly (readonly [name: string, body: string])[] = [
  ['catches by tag, with values', `${TRY} catch $a (i32.const 10) catch $b catch $c drop i32.wrap_i64 end`],
  ['catches all', `${TRY} catch $b catch_all (i32.const 20) end`],
  [
    'rethrows to an outer handler',
    `try (result i32)
       ${TRY} catch_all rethrow 0 end
     catch $a (i32.const 30) catch $b (i32.const 1) i32.add catch_all (i32.const 31) end`,
  ],
  [
    'rethrows an outer exception from within an inner handler',
    `try (result i32)
       ${TRY} catch_all try (result i32) (throw $b (i32.const 1)) catch $b drop rethrow 1 end end
     catch $a (i32.const 40) catch $b catch_all (i32.const 41) end`,
  ],
  [
    'delegates past a handler',
    `try (result i32)
       try (result i32) ${TRY} delegate 1 catch_all (i32.const 50) end
     catch $b catch_all (i32.const 51) end`,
  ],
  ['delegates to its caller', `try (result i32) ${TRY} delegate 1 catch_all (i32.const 60) end`],
  [
    'throws in a handler',
    `try (result i32)
       ${TRY} catch $a (throw $b (i32.const 70)) catch $b drop (throw $a) end
     catch $b catch_all (i32.const 71) end`,
  ],
  [
    'catches in a loop what came through many frames',
    `(local $i i32) (local $sum i32)
     loop $l
       try (call $deep (local.get $n) (local.get $i))
       catch $a (local.set $sum (i32.add (local.get $sum) (i32.const 3)))
       catch $b (local.get $sum) i32.add local.set $sum
       catch_all end
       (local.set $i (i32.add (local.get $i) (i32.const 1)))
       (br_if $l (i32.lt_u (local.get $i) (i32.const 50)))
     end
     (local.get $sum)`,
  ],
  [
    'leaves a block and the function from handlers',
    `block $out (result i32)
       try (call $throw (local.get $n)) catch $a (br $out (i32.const 80)) catch $b return catch_all end
       (i32.const 81)
     end`,
  ],
];

function attempt(run: () => unknown): string {
  try {
    return `returned ${String(run())}`;
  } catch (error) {
    if (error instanceof WebAssembly.Exception) return 'threw';
    if (error instanceof WebAssembly.RuntimeError) return `trapped: ${error.message}`;
    throw error;
  }
}

describe('the older encoding of exceptions', () => {
  it.each(BODIES)('%s as it does unmetered', async (_, body) => {
    const text = `(module ${THROWS} (func (export "run") (param $n i32) (result i32) ${body}))`;
    const plain = new WebAssembly.Instance(new WebAssembly.Module(await fromText(text))).exports;
    const ends = [0, 1, 2, 3, 4].map((n) => attempt(() => callExport(plain, 'run', [n])));
    expect(new Set(ends).size).toBeGreaterThan(2);
    for (const [n, expected] of ends.entries()) {
      const metered = await startText(text);
      expect(attempt(() => metered.call('run', n))).toBe(expected);
      const depth = (metered.meter[METER_EXPORTS.counter].value as bigint) & DEPTH_MASK;
      if (expected.startsWith('returned')) expect(Number(depth)).toBe(ALLOWANCE.callDepth);
    }
  });
});
