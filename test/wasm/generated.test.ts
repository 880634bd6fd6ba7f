/**
 * Generated functions give the same results, traps and memory metered as they do unmetered, and the same fuel each time. The
 * functions have nested blocks, loops, branches of all kinds, calls, early returns, exceptions and growth of memory.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COSTS_V1, meterModule, readMeter } from '../../host/wasm/component.ts';
import { callExport, fromText, OPTIONS, start } from './run-metered.ts';

const RICH = { fuel: 1e9, callDepth: 200_000, memoryPages: 64 };

/** Statements take the number of blocks open around them, and the results of their function. */
type Code = (labels: number, results: Results) => string;

interface Results {
  readonly values: string;
  readonly tailCall: string;
}

const ONE: Results = { values: '(local.get $a)', tailCall: '(return_call $down (local.get $n) (local.get $b))' };
const TWO: Results = {
  values: '(local.get $a) (i64.const 5)',
  tailCall: '(return_call $tail (local.get $n) (local.get $b))',
};

const local = fc.constantFrom('$n', '$a', '$b');
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.integer({ min: -3, max: 40 }).map((value) => `(i32.const ${value})`),
    local.map((name) => `(local.get ${name})`),
    fc
      .tuple(
        fc.constantFrom('add', 'sub', 'mul', 'xor', 'lt_s', 'shr_u', 'div_u', 'rem_s'),
        tie('expression'),
        tie('expression'),
      )
      .map(([operator, left, right]) => `(i32.${operator} ${left} ${right})`),
    tie('expression').map((address) => `(i32.load8_u (i32.and ${address} (i32.const 1023)))`),
    fc
      .tuple(tie('expression'), tie('expression'))
      .map(([test, value]) => `(if (result i32) ${test} (then ${value}) (else (global.get $g)))`),
    tie('expression').map((value) => `(call $down ${value} (local.get $n))`),
    tie('expression').map((value) => `(call $pair ${value}) (i32.add)`),
    fc.constant('(memory.grow (i32.const 1))'),
    fc.constant('(call_indirect (type $binary) (i32.const 1) (local.get $n) (i32.const 0))'),
  ),
}));

const label = fc.nat({ max: 20 });
const { statement } = fc.letrec<{ statement: Code; body: Code }>((tie) => ({
  body: fc.array(tie('statement'), { minLength: 1, maxLength: 4 }).map(
    (parts): Code =>
      (labels, results) =>
        parts.map((part) => part(labels, results)).join(' '),
  ),
  statement: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.tuple(local, expression).map(
      ([name, value]) =>
        () =>
          `(local.set ${name} ${value})`,
    ),
    expression.map((value) => () => `(global.set $g ${value})`),
    fc.tuple(expression, expression).map(
      ([at, value]) =>
        () =>
          `(i32.store8 (i32.and ${at} (i32.const 1023)) ${value})`,
    ),
    fc.tuple(label, expression).map(
      ([to, test]): Code =>
        (labels) =>
          `(br_if ${to % labels} ${test})`,
    ),
    fc.tuple(label, expression).map(
      ([to, test]): Code =>
        (labels) =>
          `(if ${test} (then (br ${(to % labels) + 1})))`,
    ),
    fc.tuple(label, label, expression).map(
      ([one, other, at]): Code =>
        (labels) =>
          `(if (local.get $a) (then (br_table ${(one % labels) + 1} ${(other % labels) + 1} ${at})))`,
    ),
    expression.map(
      (test): Code =>
        (_, { values }) =>
          `(if ${test} (then (return ${values})))`,
    ),
    expression.map(
      (test): Code =>
        (labels, { values }) =>
          `(if ${test} (then ${values} (br ${labels + 1})))`,
    ),
    expression.map(
      (test): Code =>
        (_, { tailCall }) =>
          `(if ${test} (then ${tailCall}))`,
    ),
    expression.map((size) => () => `(memory.fill (i32.const 100) (local.get $a) (i32.and ${size} (i32.const 63)))`),
    tie('body').map(
      (inner): Code =>
        (labels, results) =>
          `(block ${inner(labels + 1, results)})`,
    ),
    // Every turn of a loop takes from a supply that traps when it is used up, so that no run is endless.
    tie('body').map(
      (inner): Code =>
        (labels, results) =>
          `(loop (call $turn) ${inner(labels + 1, results)})`,
    ),
    fc.tuple(expression, tie('body'), tie('body')).map(
      ([test, yes, no]): Code =>
        (labels, results) =>
          `(if ${test} (then ${yes(labels + 1, results)}) (else ${no(labels + 1, results)}))`,
    ),
    fc.tuple(tie('body'), expression).map(
      ([inner, test]): Code =>
        (labels, results) =>
          `(block (try_table (catch_all 0) ${inner(labels + 2, results)} (if ${test} (then (throw $e)))))`,
    ),
    fc.tuple(tie('body')).map(
      ([inner]): Code =>
        (labels, results) =>
          `(loop (call $turn) (try_table (catch_all 0) ${inner(labels + 2, results)} (call $throws (local.get $b))))`,
    ),
  ),
}));

const functions = fc.tuple(statement, statement, expression, expression).map(
  ([first, second, third, fourth]) => `(module
  (type $binary (func (param i32 i32) (result i32)))
  (import "env" "seven" (global $seven i32))
  (memory (export "memory") 1 8) (tag $e) (table funcref (elem $down))
  (global $g (export "g") (mut i32) (global.get $seven)) (global $turns (mut i32) (i32.const 2000))
  (func $turn (global.set $turns (i32.sub (global.get $turns) (i32.const 1))) (if (i32.eqz (global.get $turns)) (then (unreachable))))
  (func $throws (param i32) (if (i32.and (local.get 0) (i32.const 1)) (then (call $turn) (throw $e))))
  (func $pair (param $n i32) (result i32 i32) (local.get $n) (if (result i32) (local.get $n) (then (return (i32.const 1) (i32.const 2))) (else (i32.const 3))))
  (func $down (type $binary) (param $a i32) (param $n i32) (result i32) (local $b i32)
    (call $turn)
    (if (i32.le_s (local.get $n) (i32.const 0)) (then (return (local.get $a))))
    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
    (block $out ${first(1, ONE)})
    ${third})
  (func $tail (param $n i32) (param $b i32) (result i32 i64) (local $a i32)
    (call $turn) (if (i32.le_s (local.get $n) (i32.const 0)) (then (return (local.get $b) (i64.const 9))))
    (local.set $n (i32.sub (local.get $n) (i32.const 1))) (block $out ${second(1, TWO)}) ${fourth} (i64.const 1))
  (func (export "run") (param $n i32) (result i32 i64) (call $tail (local.get $n) (i32.const 3)))
)`,
);

const IMPORTS = { env: { seven: 7 } };

interface Observed {
  readonly ended: unknown;
  readonly global: unknown;
  readonly memory: string;
}

function observe(exports: Readonly<Record<string, unknown>>, argument: number): Observed {
  let ended: unknown;
  try {
    ended = callExport(exports, 'run', [argument]);
  } catch (error) {
    ended = error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
  }
  const { g, memory } = exports as { g: { value: number }; memory: { buffer: ArrayBuffer } };
  return {
    ended,
    global: g.value,
    memory: Buffer.from(memory.buffer).subarray(0, 1200).toString('hex') + memory.buffer.byteLength,
  };
}

describe('a metered function', () => {
  it('does what the original does, for the same fuel each time', async () => {
    let returned = 0;
    await fc.assert(
      fc.asyncProperty(functions, fc.nat({ max: 5 }), async (text, argument) => {
        const bytes = await fromText(text);
        const plain = observe(new WebAssembly.Instance(new WebAssembly.Module(bytes), IMPORTS).exports, argument);
        const metered = meterModule(bytes, OPTIONS);
        const fuel: number[] = [];
        for (let round = 0; round < 2; round++) {
          const instance = start(metered, RICH, IMPORTS);
          expect(observe(instance.exports, argument)).toEqual(plain);
          const reading = readMeter(instance.meter);
          expect(reading.bound).toBeNull();
          fuel.push(reading.fuel);
        }
        expect(fuel[0]).toBe(fuel[1]);
        expect(fuel[0]).toBeLessThan(RICH.fuel);
        if (plain.ended !== 'trap') returned++;
      }),
      { numRuns: 150 },
    );
    expect(returned).toBeGreaterThan(20);
  });

  it('stops by fuel with any smaller supply, and never ends otherwise with a larger one', async () => {
    await fc.assert(
      fc.asyncProperty(functions, fc.double({ min: 0, max: 0.99, noNaN: true }), async (text, share) => {
        const bytes = await fromText(text);
        const metered = meterModule(bytes, OPTIONS);
        const rich = start(metered, RICH, IMPORTS);
        observe(rich.exports, 3);
        const used = RICH.fuel - readMeter(rich.meter).fuel;
        const poor = start(metered, { ...RICH, fuel: Math.floor(used * share) }, IMPORTS);
        observe(poor.exports, 3);
        expect(readMeter(poor.meter)).toEqual({ fuel: 0, bound: 'fuel' });
      }),
      { numRuns: 60 },
    );
  });

  it('behaves the same where nothing has a cost', async () => {
    const free = { ...COSTS_V1, page: 0, tableGrowth: 0, element: 0, heapByte: 0, bytesPerUnitLog2: 40 };
    const classes = Object.fromEntries(Object.keys(COSTS_V1.classes).map((name) => [name, 0]));
    await fc.assert(
      fc.asyncProperty(functions, async (text) => {
        const bytes = await fromText(text);
        const instance = start(
          meterModule(bytes, { ...OPTIONS, costs: { ...free, classes } }),
          { ...RICH, fuel: 0 },
          IMPORTS,
        );
        const plain = observe(new WebAssembly.Instance(new WebAssembly.Module(bytes), IMPORTS).exports, 2);
        expect(observe(instance.exports, 2)).toEqual(plain);
        expect(readMeter(instance.meter)).toEqual({ fuel: 0, bound: null });
      }),
      { numRuns: 40 },
    );
  });
});
