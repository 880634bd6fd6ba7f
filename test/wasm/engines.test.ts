/**
 * What the standard leaves to the engine, apart from NaNs (nan.test.ts): how deep calls go and whether growth succeeds. Each is
 * tried in processes whose engine differs: only its baseline compiler, only its optimising one, other stacks, less memory.
 */
import { describe, expect, it } from 'vitest';
import { meterModule } from '../../host/wasm/component.ts';
import { type Job, runInEngine } from './run-engine.ts';
import { ALLOWANCE, fromText, OPTIONS, run, start } from './run-metered.ts';

const OPTIMISING = ['--no-liftoff', '--no-wasm-lazy-compilation'];
const ENGINES: readonly (readonly string[])[] = [
  ['--liftoff-only'],
  OPTIMISING,
  ['--no-wasm-inlining'],
  ['--stack-size=700'],
  ['--stack-size=3900', ...OPTIMISING],
];

const FUNCTIONS: readonly (readonly [string, string])[] = [
  [
    'recursion',
    '(func $f (param $n i32) (result i32) (if (result i32) (local.get $n) (then (i32.add (i32.const 1) (call $f (i32.sub (local.get $n) (i32.const 1))))) (else (i32.const 0))))',
  ],
  [
    'mutual recursion',
    `(func $f (param $n i32) (result i32) (if (i32.eqz (local.get $n)) (then (return (i32.const 0)))) (i32.add (call $g (i32.sub (local.get $n) (i32.const 1))) (i32.const 1)))
     (func $g (param $n i32) (result i32) (local $a i64) (local $b i64) (if (i32.eqz (local.get $n)) (then (return (i32.const 0)))) (i32.add (call $f (i32.sub (local.get $n) (i32.const 1))) (i32.const 1)))`,
  ],
  [
    'indirect recursion in a loop',
    `(type $t (func (param i32) (result i32))) (table funcref (elem $f))
     (func $f (param $n i32) (result i32) (local $sum i32) (loop $l (if (local.get $n) (then
       (local.set $sum (i32.add (i32.const 1) (call_indirect (type $t) (i32.sub (local.get $n) (i32.const 1)) (i32.const 0)))))))
       (local.get $sum))`,
  ],
  [
    'recursion through references',
    `(type $t (func (param i32) (result i32))) (elem declare func $f)
     (func $f (type $t) (param $n i32) (result i32) (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
       (i32.add (i32.const 1) (call_ref $t (i32.sub (local.get $n) (i32.const 1)) (ref.func $f))))`,
  ],
  [
    'recursion with many values',
    `(func $f (param $n i32) (param f64 f64 f64 f64 f64 f64 f64 f64 f64 f64) (result i32) (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
       (i32.add (i32.const 1) (call $g (i32.sub (local.get $n) (i32.const 1)))))
     (func $g (param i32) (result i32) (call $f (local.get 0) ${'(f64.const 1)'.repeat(10)}))`,
  ],
];

/** A module whose `run(n)` nests n calls; it gives n. */
async function nesting(name: string, functions: string): Promise<Uint8Array> {
  const call = name === 'recursion with many values' ? '$g' : '$f';
  return meterModule(
    await fromText(`(module ${functions} (func (export "run") (param i32) (result i32) (call ${call} (local.get 0))))`),
    OPTIONS,
  );
}

/** The greatest n for which `holds`. */
function greatest(holds: (n: number) => boolean): number {
  let low = 0;
  let high = 1 << 20;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

describe('call depth', () => {
  it.each(FUNCTIONS)('ends at one exact depth, which the limit moves in proportion: %s', async (name, functions) => {
    const module = await nesting(name, functions);
    const reached = (callDepth: number): number =>
      greatest((n) => run(start(module, { ...ALLOWANCE, callDepth, fuel: 1e9 }), 'run', n).ended === 'returned');
    const [small, large] = [reached(2000), reached(20_000)];
    expect(small).toBeGreaterThan(50);
    expect(Math.abs(large - 10 * small)).toBeLessThanOrEqual(20);
    expect(run(start(module, ALLOWANCE), 'run', large)).toMatchObject({ value: large, bound: null });
    expect(run(start(module, ALLOWANCE), 'run', large + 1)).toMatchObject({ ended: 'trapped', bound: 'callDepth' });
  });

  it.each(ENGINES.map((flags) => ({ name: flags.join(' '), flags })))(
    'ends at the same depth with the same fuel on an engine with $name',
    async ({ flags }) => {
      const jobs: Job[] = [];
      for (const [name, functions] of FUNCTIONS) {
        const bytes = await nesting(name, functions);
        const depth = greatest((n) => run(start(bytes, ALLOWANCE), 'run', n).ended === 'returned');
        for (const n of [depth, depth + 1, 1 << 20]) jobs.push({ module: bytes, allowance: ALLOWANCE, calls: [[n]] });
      }
      const here = runInEngine([], jobs);
      expect(here.map(({ bound }) => bound)).toEqual(jobs.map((_, at) => (at % 3 === 0 ? null : 'callDepth')));
      expect(runInEngine(flags, jobs)).toEqual(here);
    },
  );
});

const GROWTH: readonly (readonly [string, string])[] = [
  ['a memory', '(memory 1) (func (export "run") (param i32) (result i32) (memory.grow (local.get 0)))'],
  [
    'a memory with a maximum of its own beyond the bound',
    '(memory 1 60000) (func (export "run") (param i32) (result i32) (memory.grow (local.get 0)))',
  ],
  [
    'a 64-bit memory',
    '(memory i64 1) (func (export "run") (param i32) (result i32) (i32.wrap_i64 (memory.grow (i64.extend_i32_u (local.get 0)))))',
  ],
];
const TABLE =
  '(table 1 funcref) (func (export "run") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))';

/** Roomier than what the engines below are made to have, which has to be enough for what else they load. */
const ROOMY = { ...OPTIONS, memoryPages: 1024, tableElements: 65_536 };

async function growing(functions: string, argument: number, options = OPTIONS): Promise<Job> {
  const module = meterModule(await fromText(`(module ${functions})`), options);
  const allowance = { ...ALLOWANCE, memoryPages: options.memoryPages, fuel: 1e9 };
  return { module, allowance, calls: [[argument]] };
}

describe('growth', () => {
  it.each([
    { name: 'baseline', flags: ['--liftoff-only'] },
    { name: 'optimising', flags: OPTIMISING },
  ])('succeeds up to the bound and ends the run behind it, with the $name compiler', async ({ flags }) => {
    const jobs: Job[] = [];
    for (const [, functions] of GROWTH) jobs.push(await growing(functions, 63), await growing(functions, 64));
    jobs.push(await growing(TABLE, 999), await growing(TABLE, 1000));
    const ended = GROWTH.flatMap(() => [
      { values: ['1'], bound: null },
      { ended: 'trapped', bound: 'memoryPages' },
    ]);
    expect(runInEngine(flags, jobs)).toMatchObject([
      ...ended,
      { values: ['1'], bound: null },
      { ended: 'trapped', bound: 'tableElements' },
    ]);
  });

  it('ends the run where the engine has less room than the bounds, and is never seen to fail', async () => {
    const jobs: Job[] = [];
    for (const [, functions] of GROWTH)
      jobs.push(await growing(functions, 10, ROOMY), await growing(functions, 900, ROOMY));
    jobs.push(await growing(TABLE, 50, ROOMY), await growing(TABLE, 60_000, ROOMY));
    const ended = jobs.map((_, at) =>
      at % 2 === 0 ? { values: ['1'], bound: null } : { ended: 'trapped', bound: 'host' },
    );
    expect(runInEngine(['--wasm-max-mem-pages=600', '--wasm-max-table-size=20000'], jobs)).toMatchObject(ended);
  });

  it('beyond a maximum of its own fails as the standard says, on every engine', async () => {
    const own =
      '(memory 1 5) (table 1 7 funcref) (func (export "run") (param i32) (result i32) (i32.add (memory.grow (local.get 0)) (table.grow (ref.null func) (i32.add (i32.const 3) (local.get 0)))))';
    for (const flags of [[], ['--wasm-max-mem-pages=600'], OPTIMISING])
      expect(runInEngine(flags, [await growing(own, 5)])).toMatchObject([{ values: ['-2'], bound: null }]);
  });
});
