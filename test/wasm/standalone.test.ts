/**
 * Components whose nested components share one meter by calls, under wasmtime: the same count as with one instance of the meter in
 * Node, to the unit, one budget for all of them, and no way around it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { type MeterAllowance, meterComponent } from '../../host/wasm/component.ts';
import { COMPOSED } from './guest-text.ts';
import { instantiateComponent } from './run-component.ts';
import { fromText, OPTIONS } from './run-metered.ts';
import { createWasmtime } from './wasmtime.ts';
import { runScript, type Step } from './wasmtime-script.ts';

const RICH: MeterAllowance = { fuel: 2 ** 40, callDepth: 20_000, memoryPages: 1000 };

/** `realloc` and `posted` are bodies; `length` gives the bytes of the text that it gets, and works as many turns. */
function callee(realloc: string, posted = ''): string {
  return `(component $callee
    (core module $m
      (memory (export "memory") 1)
      (func $spin (param $turns i32)
        (loop $l (br_if $l (i32.gt_s (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))) (i32.const 0)))))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${realloc} (i32.const 1024))
      (func $start (call $spin (i32.const 11))) (start $start)
      (func (export "length") (param i32 i32) (result i32) (call $spin (local.get 1)) (local.get 1))
      (func (export "posted") (param i32) ${posted}))
    (core instance $i (instantiate $m))
    (func (export "length") (param "text" string) (result u32)
      (canon lift (core func $i "length") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))
        (post-return (core func $i "posted")))))`;
}

/** Calls `length` with a text of so many bytes, so many times, and works in between. */
const CALLER = `(component $caller
    (import "length" (func $length (param "text" string) (result u32)))
    (core module $memory (memory (export "memory") 1))
    (core instance $memory (instantiate $memory))
    (core func $length (canon lower (func $length) (memory (core memory $memory "memory"))))
    (core module $m
      (import "env" "length" (func $length (param i32 i32) (result i32)))
      (func (export "run") (param $times i32) (param $bytes i32) (result i32)
        (local $sum i32)
        (loop $l
          (local.set $sum (i32.add (local.get $sum) (call $length (i32.const 0) (local.get $bytes))))
          (br_if $l (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
        (local.get $sum)))
    (core instance $i (instantiate $m (with "env" (instance (export "length" (func $length))))))
    (func (export "run") (param "times" u32) (param "bytes" u32) (result u32) (canon lift (core func $i "run"))))`;

function pair(realloc: string, posted?: string): string {
  return `(component ${callee(realloc, posted)} ${CALLER}
    (instance $callee (instantiate $callee))
    (alias export $callee "length" (func $length))
    (instance $caller (instantiate $caller (with "length" (func $length))))
    (alias export $caller "run" (func $run))
    (export "run" (func $run)))`;
}

const WORKING = pair('(call $spin (i32.const 9))', '(call $spin (i32.const 7))');

/** Makes and drops a resource so many times, and works in between; the destructor calls a third component. */
const DROPPING = `(component
    (component $worker
      (core module $m (func (export "work")))
      (core instance $i (instantiate $m))
      (func (export "work") (canon lift (core func $i "work"))))
    (component $owner
      (import "work" (func $work))
      (core func $work (canon lower (func $work)))
      (core module $m (import "" "work" (func $work)) (func (export "dropped") (param i32) (call $work)))
      (core instance $m (instantiate $m (with "" (instance (export "work" (func $work))))))
      (type $thing (resource (rep i32) (dtor (core func $m "dropped"))))
      (core func $new (canon resource.new $thing))
      (core module $maker (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 7))))
      (core instance $maker (instantiate $maker (with "" (instance (export "new" (func $new))))))
      (export $made "thing" (type $thing))
      (func (export "make") (result (own $made)) (canon lift (core func $maker "make"))))
    (component $user
      (import "owner" (instance $owner (export "thing" (type $t (sub resource))) (export "make" (func (result (own $t))))))
      (alias export $owner "thing" (type $thing))
      (alias export $owner "make" (func $make))
      (core func $make (canon lower (func $make)))
      (core func $drop (canon resource.drop $thing))
      (core module $m
        (import "" "make" (func $make (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (param $times i32) (param $turns i32) (result i32)
          (local $thing i32) (local $left i32)
          (loop $again
            (local.set $thing (call $make))
            (local.set $left (local.get $turns))
            (loop $work (br_if $work (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
            (call $drop (local.get $thing))
            (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
          (i32.const 0)))
      (core instance $i (instantiate $m (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
      (func (export "run") (param "times" u32) (param "bytes" u32) (result u32) (canon lift (core func $i "run"))))
    (instance $worker (instantiate $worker))
    (alias export $worker "work" (func $work))
    (instance $owner (instantiate $owner (with "work" (func $work))))
    (instance $user (instantiate $user (with "owner" (instance $owner))))
    (alias export $user "run" (func $run))
    (export "run" (func $run)))`;

const wasmtime = createWasmtime('a meter shared by calls');

/** What the steps give, or null where the component was stopped; `allowance` is what it starts with. */
async function run(text: string, allowance: MeterAllowance | null, steps: readonly Step[]): Promise<number[] | null> {
  if (wasmtime === null) throw new Error('no wasmtime');
  const options = { ...OPTIONS, standalone: true, ...(allowance === null ? {} : { allowance }) };
  return runScript(wasmtime, meterComponent(await fromText(text), options).bytes, steps);
}

describe.skipIf(wasmtime === null)('components that share one meter by calls', () => {
  it('use what they use with one instance of the meter', async () => {
    const shared = await instantiateComponent(meterComponent(await fromText(WORKING), OPTIONS).bytes, {});
    const calls = [
      [1, 0],
      [3, 100],
      [20, 7],
    ] as const;
    const expected = [RICH.fuel - shared.fuelUsed()];
    for (const call of calls) expected.push(Number(shared.call('run', ...call)), RICH.fuel - shared.fuelUsed());
    const steps = calls.flatMap((call): Step[] => [{ run: call }, 'fuel-left']);
    expect(await run(WORKING, RICH, ['fuel-left', ...steps])).toEqual(expected);
  });

  it('have one budget, exact to the unit', async () => {
    const [before = 0, , after = 0] = (await run(WORKING, RICH, ['fuel-left', { run: [3, 50] }, 'fuel-left'])) ?? [];
    const used = before - after;
    expect(used).toBeGreaterThan(300);
    const enough = await run(WORKING, RICH, [{ arm: [used, 20_000, 10] }, { run: [3, 50] }, 'fuel-left', 'stopped-by']);
    expect(enough).toEqual([150, 0, 0]);
    expect(await run(WORKING, RICH, [{ arm: [used - 1, 20_000, 10] }, { run: [3, 50] }])).toBeNull();
  });

  it('run nothing under a meter that nobody armed', async () => {
    expect(await run(WORKING, null, ['fuel-left'])).toBeNull();
  });

  it('have it for their start functions too', async () => {
    const spin =
      '(local i32) (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100))))';
    const bytes = await fromText(`(component
      (component $c (core module $m (func $start ${spin}) (start $start)) (core instance (instantiate $m)))
      (instance (instantiate $c)) (instance (instantiate $c)))`);
    const start = (fuel: number) =>
      wasmtime?.invoke(
        meterComponent(bytes, { ...OPTIONS, standalone: true, allowance: { ...RICH, fuel } }).bytes,
        'fuel-left()',
      );
    const left = start(RICH.fuel);
    const used = RICH.fuel - Number(left !== undefined && 'output' in left ? left.output : 0);
    expect(used).toBeGreaterThan(1000);
    expect(start(used)).toEqual({ output: '0' });
    expect(start(used - 100)).toEqual({ trap: expect.stringContaining('unreachable') });
  });

  it('give an allocator a new allowance too', async () => {
    const text = pair('(call $spin (i32.const 1000))');
    const poor = { ...RICH, fuel: 20_000 };
    expect(await run(text, poor, [{ run: [1, 0] }, { arm: [3_000_000, 20_000, 10] }, { run: [100, 0] }])).toEqual([
      0, 0,
    ]);
    expect(await run(text, poor, [{ run: [1, 0] }, { run: [100, 0] }])).toBeNull();
  });

  it('take nothing back where a destructor calls another component', async () => {
    const steps: Step[] = ['fuel-left', { run: [10, 1] }, 'fuel-left', { run: [10, 101] }, 'fuel-left'];
    const [start = 0, , first = 0, , second = 0] = (await run(DROPPING, RICH, steps)) ?? [];
    const turn = (first - second - (start - first)) / 1000;
    expect(turn).toBeGreaterThanOrEqual(4);
    expect(Number.isInteger(turn)).toBe(true);
  });

  it('stop an allocator and a post-return function that never end', async () => {
    const endless = '(loop $l (br $l))';
    expect(await run(pair(endless), { ...RICH, fuel: 100_000 }, [{ run: [1, 1] }])).toBeNull();
    expect(await run(pair('', endless), RICH, [{ run: [1, 1] }])).toBeNull();
  });

  it('count pages that an allocator adds, and let no post-return function add any', async () => {
    const grows = '(drop (memory.grow (i32.const 2)))';
    const pages = { ...RICH, memoryPages: 6 };
    expect(await run(pair(grows), pages, [{ run: [2, 1] }])).toEqual([2]);
    expect(await run(pair(grows), pages, [{ run: [3, 1] }])).toBeNull();
    expect(await run(pair('', grows), pages, [{ run: [1, 1] }])).toBeNull();
  });
});

describe('what can not share a meter by calls', () => {
  async function refusal(text: string): Promise<SojournError> {
    const bytes = await fromText(text);
    try {
      meterComponent(bytes, { ...OPTIONS, standalone: true });
    } catch (error) {
      if (error instanceof SojournError) return error;
    }
    throw new Error('expected a refusal');
  }

  it('is a component with core modules around others', async () => {
    const error = await refusal('(component (core module) (component (core module)))');
    expect(error).toMatchObject({ code: 'component.import', message: expect.stringContaining('found both') });
  });

  it('is a component of more than 64 parts with core modules', async () => {
    const parts = '(instance (instantiate $c))'.repeat(65);
    const error = await refusal(
      `(component (component $c (core module $m) (core instance (instantiate $m))) ${parts})`,
    );
    expect(error).toMatchObject({ code: 'component.limit', details: { limit: 64, found: 65 } });
  });

  it('is a component that asks another one for its meter', async () => {
    const error = await refusal(`(component (component (core module)
      (import "other" (instance (export "sojourn:meter/settle@1.0.0" (instance (export "s0" (func))))))))`);
    expect(error).toMatchObject({ code: 'component.import', message: expect.stringContaining('sojourn:meter/settle') });
  });

  it('is a component that lifts what it lowered', async () => {
    const error =
      await refusal(`(component (component (import "f" (func $f)) (core module $m) (core instance (instantiate $m))
      (core func $l (canon lower (func $f))) (func (export "g") (canon lift (core func $l)))))`);
    expect(error).toMatchObject({ code: 'component.import', message: expect.stringContaining('core function 0') });
  });
});

describe('a component that is cut short or changed', () => {
  it('is refused with a code, or metered', async () => {
    const bytes = await fromText(COMPOSED);
    const options = { ...OPTIONS, standalone: true };
    expect(meterComponent(bytes, options).coreModules).toBe(4);
    const attempt = (changed: Uint8Array): void => {
      try {
        meterComponent(changed, options);
      } catch (error) {
        if (!(error instanceof SojournError)) throw error;
        expect(error.code).toMatch(/^component\.(malformed|limit|opcode|import)$/);
      }
    };
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        attempt(bytes.subarray(0, at));
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        attempt(changed);
      }),
      { numRuns: 400 },
    );
  });

  it('is refused where few bytes make many imports', async () => {
    const few = { ...OPTIONS, standalone: true, limits: { ...OPTIONS.limits, sectionItems: 40 } };
    const exports = Array.from({ length: 40 }, (_, index) => `(export "${index}" (func 0))`).join('');
    const bytes = await fromText(
      `(component (component (core module $m (func) ${exports}) ${'(core instance (instantiate $m))'.repeat(5)}))`,
    );
    expect(() => meterComponent(bytes, few)).toThrow(
      /imports and exports of core instances: expected at most 160, found 200/,
    );
  });
});
