/**
 * Puts a metered handler into a component that any engine can run from its command line: what the contract's world imports comes from
 * functions that trap, and `run` gives the fuel that the handler used, start functions included, with what it answered.
 * The meter is read and set through the metered component's own export; `run-once` doesn't set it, and traps where the
 * meter says that a bound was hit, as the sandbox does.
 */
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco';
import { readContract } from '../../host/sandbox/build-contract.ts';
import { CONTRACT_INTERFACES, CONTRACT_TYPES } from '../../host/sandbox/contract.ts';
import { CONTRACT_WAT } from '../../host/sandbox/contract-wat.ts';
import { METER_INTERFACE, type MeterAllowance } from '../../host/wasm/component.ts';
import { Reader } from '../../host/wasm/reader.ts';
import { Writer } from '../../host/wasm/writer.ts';

const COMPONENT_SECTION = 4;
const HEADER_BYTES = 8;

/** `allowance` is what the handler was metered with. */
export async function createDriver(metered: Uint8Array, allowance: MeterAllowance): Promise<Uint8Array> {
  return fillComponents(await parse(wholeText()), [await createStubs(), metered, await parse(callerText(allowance))]);
}

/** Every interface of the contract as an export; each function traps. */
async function createStubs(): Promise<Uint8Array> {
  const names = CONTRACT_INTERFACES.map((name) => /\/(\w+)@/.exec(name)?.[1] ?? '');
  const world = `world stubs { ${names.map((name) => `export ${name};`).join(' ')} }`;
  const witSource = `${readContract().witText}\n${world}`;
  return componentNew(await componentEmbed({ dummy: true, witSource, world: 'stubs' }));
}

/** Replaces the component sections of `outer`, which are empty components, by `parts` in order. */
export function fillComponents(outer: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const reader = new Reader(outer, HEADER_BYTES);
  const out = new Writer(outer.length).copy(outer, 0, HEADER_BYTES);
  let next = 0;
  while (!reader.done) {
    const start = reader.pos;
    const id = reader.byte('section');
    reader.skip(reader.u32('section size'), 'section');
    const part = id === COMPONENT_SECTION ? parts[next++] : undefined;
    if (part === undefined) out.copy(outer, start, reader.pos);
    else out.section(id, part);
  }
  return out.finish();
}

/** Fuel that the driver arms the meter with before the call: another number than the first allowance, so that both count. */
const SECOND_FUEL = 3_000_000_007n;

const TYPES = `(type $answer (result $proposal (error $handler-error)))
  (type $pair (tuple u64 $answer))
  (type $run (func (param "situation" $situation) (result $pair)))`;

/** The component that calls. It stands beside the handler, because a component can't call one within it. */
function callerText({ fuel, callDepth, memoryPages }: MeterAllowance): string {
  return `${CONTRACT_WAT}
  ${TYPES}
  (import "handle" (func $handle (param "situation" $situation) (result $answer)))
  (import "meter" (instance $meter
    (type $bound (enum "nothing" "fuel" "call-depth" "memory-pages" "table-elements" "host"))
    (export "bound" (type $b (eq $bound)))
    (export "stopped-by" (func (result $b)))
    (export "fuel-left" (func (result u64)))
    (export "arm" (func (param "fuel" u64) (param "call-depth" u32) (param "memory-pages" u32)))))
  (alias export $meter "fuel-left" (func $left))
  (alias export $meter "arm" (func $arm))
  (alias export $meter "stopped-by" (func $stopped))
  (core module $memory
    (memory (export "memory") 16)
    (global $next (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $memory))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $handle (canon lower (func $handle) (memory $memory) (realloc $realloc)))
  (core func $left (canon lower (func $left)))
  (core func $arm (canon lower (func $arm)))
  (core func $stopped (canon lower (func $stopped)))
  (core module $caller
    (import "env" "memory" (memory 1))
    (import "env" "handle" (func $handle (param i32 i32)))
    (import "env" "left" (func $left (result i64)))
    (import "env" "arm" (func $arm (param i64 i32 i32)))
    (import "env" "stopped" (func $stopped (result i32)))
    (func (export "run") (param $situation i32) (result i32)
      (local $used i64)
      (local.set $used (i64.sub (i64.const ${fuel}) (call $left)))
      (call $arm (i64.const ${SECOND_FUEL}) (i32.const ${callDepth}) (i32.const ${memoryPages}))
      (call $handle (local.get $situation) (i32.const 1032))
      (i64.store (i32.const 1024) (i64.add (local.get $used) (i64.sub (i64.const ${SECOND_FUEL}) (call $left))))
      (i32.const 1024))
    (func (export "run-once") (param $situation i32) (result i32)
      (call $handle (local.get $situation) (i32.const 1032))
      (if (call $stopped) (then unreachable))
      (i64.store (i32.const 1024) (i64.sub (i64.const ${fuel}) (call $left)))
      (i32.const 1024)))
  (core instance $caller (instantiate $caller (with "env" (instance
    (export "memory" (memory $memory))
    (export "handle" (func $handle))
    (export "left" (func $left))
    (export "arm" (func $arm))
    (export "stopped" (func $stopped))))))
  (func $called (type $run) (canon lift (core func $caller "run") (memory $memory) (realloc $realloc)))
  (func $once (type $run) (canon lift (core func $caller "run-once") (memory $memory) (realloc $realloc)))
  (export "run" (func $called))
  (export "run-once" (func $once)))`;
}

/** Three empty components for `fillComponents`, and how they are put together. */
function wholeText(): string {
  const name = (full: string): string => `$${/\/(\w+)@/.exec(full)?.[1] ?? ''}`;
  const each = (write: (full: string) => string): string => CONTRACT_INTERFACES.map(write).join('\n  ');
  const types = (write: (type: string) => string): string => CONTRACT_TYPES.map(write).join('\n  ');
  const contract = `${each((full) => `(with "${full}" (instance ${name(full)}))`)}
  ${types((type) => `(with "${type}" (type $stub-${type}))`)}`;
  return `(component
  (component $stubs)
  (component $guest)
  (component $caller)
  (instance $stubs (instantiate $stubs))
  ${each((full) => `(alias export $stubs "${full}" (instance ${name(full)}))`)}
  ${types((type) => `(alias export $situation "${type}" (type $stub-${type}))`)}
  (instance $guest (instantiate $guest ${contract}))
  (alias export $guest "handle" (func $handle))
  (alias export $guest "${METER_INTERFACE}" (instance $meter))
  (instance $caller (instantiate $caller ${contract} (with "handle" (func $handle)) (with "meter" (instance $meter))))
  (alias export $caller "run" (func $called))
  (alias export $caller "run-once" (func $once))
  ${each((full) => `(export ${name(full)}-out "${full}" (instance ${name(full)}))`)}
  ${types((type) => `(alias export $situation-out "${type}" (type $${type}))`)}
  ${TYPES}
  (export "run" (func $called) (func (type $run)))
  (export "run-once" (func $once) (func (type $run))))`;
}
