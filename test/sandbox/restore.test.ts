/**
 * An instance that served an evaluation and was put back is the same as a fresh one: to the byte, to the guest that looks for
 * traces, and in fuel. Instances that can't be put back are not used again, and it is said why.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { CONTRACT_WAT } from '../../host/sandbox/contract-wat.ts';
import { buildCore, buildScript, buildText } from './guest-builds.ts';
import { openGuest, readState } from './open-guest.ts';
import { SITUATION, told } from './run-handler.ts';
import type { Handler } from './guest-builds.ts';
import type { CycleLimits } from '../../host/limits.ts';
import type { OpenGuest } from './open-guest.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const adversary = (name: string, options?: Parameters<typeof buildCore>[1]) =>
  buildCore(read(`../adversarial/guests/${name}.wat`), options);
const inCycle = (cycle: number) => ({ ...SITUATION, cycle });

async function freshState(guest: OpenGuest) {
  const fresh = guest.create();
  await fresh.instance.prepare();
  return readState(fresh.kept);
}

describe('a guest in C-like code that writes everywhere', () => {
  let guest: OpenGuest;
  beforeAll(async () => {
    guest = await openGuest(await buildCore(read('guests/scribbler.wat')));
  });

  it('finds in a restored instance what it found in a fresh one, for the same fuel, and leaves the state of a fresh one', async () => {
    const initial = await freshState(guest);
    const used = guest.create();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 1_000_000 }), async (cycle) => {
        const situation = inCycle(cycle);
        const first = await guest.create().run({ situation });
        const again = await used.run({ situation });
        expect(first.result.kind).toBe('error');
        expect(again).toEqual(first);
        expect(readState(used.kept)).not.toEqual(initial);
        expect(used.instance.restore()).toBeNull();
        expect(readState(used.kept)).toEqual(initial);
      }),
      { numRuns: 20, examples: [[1]] },
    );
  });

  it('gets its fuel and pages anew, by the limits of the new evaluation', async () => {
    const used = guest.create();
    const { fuel } = (await used.run()).result;
    expect(used.instance.restore()).toBeNull();
    expect(await used.run({ limits: { fuel } })).toMatchObject({ result: { kind: 'error', fuel } });
    expect(used.instance.restore()).toBeNull();
    const short = await used.run({ limits: { fuel: fuel - 1 } });
    expect(short).toMatchObject({ byItself: false, result: { kind: 'bound', bound: 'fuel', fuel: fuel - 1 } });
  });
});

describe('a guest in JavaScript', () => {
  let guest: OpenGuest;
  beforeAll(async () => {
    guest = await openGuest(await buildScript(new URL('guests/traces.js', import.meta.url)));
  });

  it('finds no trace of the run before, uses the same fuel, and leaves the state of a fresh instance', async () => {
    expect(guest.plan).toEqual({ obstacle: null, tables: false });
    const initial = await freshState(guest);
    const used = guest.create();
    for (const [bytes, calls] of [
      [0, 0],
      [2_000, 3],
      [6_400, 0],
      [64, 1],
    ]) {
      const situation = told({ bytes: bytes!, calls: calls! });
      const first = await guest.create().run({ situation });
      expect(first).toMatchObject({ byItself: true, result: { proposal: { action: { val: { result: '[]' } } } } });
      expect(await used.run({ situation })).toEqual(first);
      expect(used.instance.restore()).toBeNull();
      expect(readState(used.kept)).toEqual(initial);
    }
  });

  it('would find its traces, were the instance not put back', async () => {
    const used = guest.create();
    await used.run({ situation: told({ bytes: 64, calls: 0 }) });
    expect((await used.run({ situation: told({ bytes: 64, calls: 0 }) })).result).toMatchObject({
      proposal: {
        action: { val: { result: '["module variable","heap","global","prototype","builtin","method"]' } },
        rationale: '2',
      },
    });
  });

  it('is thrown away where its heap grew', async () => {
    const used = guest.create();
    expect((await used.run({ situation: told({ bytes: 4_000_000, calls: 0 }) })).byItself).toBe(true);
    expect(used.instance.restore()).toBe('memory grew');
  });
});

describe('an instance is not used again', () => {
  it.each(['unreachable', 'divide-by-zero', 'result-outside', 'proposal-variant-unknown'])(
    'after a trap: %s',
    async (name) => {
      const { byItself, result } = await (await openGuest(await adversary(name))).create().run();
      expect(result.kind).toBe('trap');
      expect(byItself).toBe(false);
    },
  );

  it.each([
    ['spin', { fuel: 100_000 }],
    ['recursion', {}],
    ['memory-growth', {}],
    ['proposal-giant', {}],
  ])('after a bound: %s', async (name, limits) => {
    const { byItself, result } = await (await openGuest(await adversary(name))).create().run({ limits });
    expect(result.kind).toBe('bound');
    expect(byItself).toBe(false);
  });

  it('for limits under which instantiation would have gone otherwise', async () => {
    const guest = await openGuest(await buildScript(new URL('guests/counted-calls.js', import.meta.url)));
    const { instance, run } = guest.create({ callDepth: 19_999, memoryPages: 999 });
    await run({ situation: told({ calls: 0 }), limits: { callDepth: 19_999, memoryPages: 999 } });
    const fits = (change: Partial<CycleLimits>) =>
      instance.counters.fits({ ...DEFAULT_LIMITS.cycle, callDepth: 19_999, memoryPages: 999, ...change });
    expect(fits({})).toBe(true);
    expect(fits({ callDepth: 19_998 })).toBe(false);
    expect(fits({ memoryPages: 1_000 })).toBe(false);
  });
});

/** A component in a component: the inner one has a resource, of which the outer one makes `made` and drops `dropped`. */
async function usingHandles(made: number, dropped: number): Promise<Handler> {
  return buildText(`${CONTRACT_WAT}
  (component $stock
    (type $t (resource (rep i32)))
    (core func $new (canon resource.new $t))
    (core module $m (import "" "new" (func $new (param i32) (result i32))) (global $next (mut i32) (i32.const 8))
      (func (export "make") (result i32) (global.set $next (i32.add (global.get $next) (i32.const 8))) (call $new (global.get $next))))
    (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
    (export $e "thing" (type $t))
    (func $make (result (own $e)) (canon lift (core func $m "make")))
    (export "make" (func $make)))
  (instance $stock (instantiate $stock))
  (alias export $stock "thing" (type $thing))
  (alias export $stock "make" (func $make))
  (core func $make (canon lower (func $make)))
  (core func $drop (canon resource.drop $thing))
  (core module $guest (import "" "make" (func $make (result i32))) (import "" "drop" (func $drop (param i32)))
    (memory (export "memory") 1) (global $next (mut i32) (i32.const 8192)) (global $handle (mut i32) (i32.const 0)) (global $left (mut i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next) (global.set $next (i32.and (i32.const -8) (i32.add (i32.const 7) (i32.add (global.get $next) (local.get 3))))))
    (func (export "handle") (param i32) (result i32)
      (global.set $left (i32.const ${made}))
      (loop $more (global.set $handle (call $make)) (global.set $left (i32.sub (global.get $left) (i32.const 1))) (br_if $more (global.get $left)))
      (global.set $left (i32.const ${dropped}))
      (block $done (loop $more (br_if $done (i32.eqz (global.get $left))) (call $drop (global.get $left))
        (global.set $left (i32.sub (global.get $left) (i32.const 1))) (br $more)))
      (i32.store8 (i32.const 1024) (i32.add (global.get $handle) (i32.const 48)))
      (i32.store8 (i32.const 4096) (i32.const 1))
      (i32.store offset=8 (i32.const 4096) (i32.const 1024))
      (i32.store offset=12 (i32.const 4096) (i32.const 1))
      (i32.store offset=16 (i32.const 4096) (i32.const 1024))
      (i32.const 4096)))
  (core instance $guest (instantiate $guest (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
  (type $answer (result $proposal (error $handler-error)))
  (type $handle (func (param "situation" $situation) (result $answer)))
  (func $handle (type $handle) (canon lift (core func $guest "handle") (memory (core memory $guest "memory")) (realloc (core func $guest "realloc"))))
  (export "handle" (func $handle)))`);
}

describe('handles of resources', () => {
  it.each([
    [1, 0],
    [4, 0],
    [4, 3],
    [3, 3],
  ])('have the same numbers each time, when %i were made and %i dropped', async (made, dropped) => {
    const guest = await openGuest(await usingHandles(made, dropped));
    const first = await guest.create().run();
    expect(first).toMatchObject({ byItself: true, result: { kind: 'error', message: String(made) } });
    const used = guest.create();
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await used.run()).toEqual(first);
      expect(used.instance.restore()).toBeNull();
    }
  });
});

/** A handler that does something and then answers as the well-behaved one. */
async function doing(what: string, fields = ''): Promise<Handler> {
  const text = read('../adversarial/guests/well-behaved.wat');
  return buildCore(`${fields}\n${text.replace('(call $clock-now (i32.const 2048))', what)}`);
}

describe('what a start function used', () => {
  const START = `(func $start (local $turn i32) (drop (memory.grow (i32.const 2)))
    (loop $turns (local.set $turn (i32.add (local.get $turn) (i32.const 1))) (br_if $turns (i32.lt_u (local.get $turn) (i32.const 9999))))) (start $start)`;

  it('counts in each evaluation, and pages too', async () => {
    const guest = await openGuest(await doing('(drop (memory.grow (i32.const 1)))', START));
    const pages = 16 + 2 + 1;
    const first = await guest.create({ memoryPages: pages }).run({ limits: { memoryPages: pages } });
    expect(first.result).toMatchObject({ kind: 'error', message: 'ok' });
    expect(first.result.fuel).toBeGreaterThan(50_000);
    const still = await openGuest(await doing('', START));
    const used = still.create({ memoryPages: pages });
    const { result } = await used.run({ limits: { memoryPages: pages } });
    for (let turn = 0; turn < 2; turn += 1) {
      expect(used.instance.restore()).toBeNull();
      expect(await used.run({ limits: { memoryPages: pages } })).toEqual({ byItself: true, result });
    }
    expect(used.instance.counters.fits({ ...DEFAULT_LIMITS.cycle, memoryPages: pages, fuel: 40_000 })).toBe(false);
  });
});

describe('what cannot be put back', () => {
  it.each([
    ['drops', '(data.drop $d)', '(data $d "x")'],
    ['drops', '(elem.drop $e)', '(elem $e func)'],
    ['vectors', '', '(global (mut v128) (v128.const i64x2 0 0))'],
    ['references', '', '(type $s (struct (field (mut i32))))'],
    ['references', '', '(global (mut externref) (ref.null extern))'],
    ['references', '', '(table 1 externref)'],
  ])('is found at admission: %s, by %s%s', async (obstacle, what, fields) => {
    const guest = await openGuest(await doing(what, fields));
    expect(guest.plan.obstacle).toBe(obstacle);
    const { instance, run } = guest.create();
    expect(await run()).toMatchObject({ byItself: true, result: { kind: 'error', message: 'ok' } });
    expect(instance.restore()).toBe(obstacle);
  });

  it.each([
    ['table grew', '(drop (table.grow $t (ref.null func) (i32.const 1)))', '(table $t 1 funcref)'],
    ['large tables', '(table.set $t (i32.const 1) (ref.null func))', '(table $t 5000 funcref)'],
    ['nan', '', '(global (mut f64) (f64.const nan))'],
    ['nan', '', '(global (mut f32) (f32.const nan:0x200001))'],
  ])('is found after a run: %s, by %s%s', async (reason, what, fields) => {
    const { instance, run } = (await openGuest(await doing(what, fields))).create();
    expect(await run()).toMatchObject({ byItself: true, result: { kind: 'error', message: 'ok' } });
    expect(instance.restore()).toBe(reason);
  });

  it('is not what only looks like it', async () => {
    const fields = '(table 5000 funcref) (global f64 (f64.const nan)) (global v128 (v128.const i64x2 0 0))';
    const { instance, run } = (await openGuest(await doing('', fields))).create();
    await run();
    expect(instance.restore()).toBeNull();
  });
});
