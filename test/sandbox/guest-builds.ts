/**
 * Builds real components for tests: JavaScript on the QuickJS engine, with the contract's raw imports and no SDK, and
 * WebAssembly text, either a core module put behind the contract's types or a whole component.
 */
import { componentize } from 'componentize-qjs';
import { parse } from '@bytecodealliance/jco';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withFreeHeap } from '../../host/sandbox/build-engine.ts';
import { CONTRACT_WAT } from '../../host/sandbox/contract-wat.ts';

const WIT = fileURLToPath(new URL('../../wit', import.meta.url));

export interface Handler {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export function toHandler(bytes: Uint8Array): Handler {
  return { digest: createHash('sha256').update(bytes).digest('hex'), bytes };
}

/** A handler from a JavaScript module in the test tree. */
export async function buildScript(url: URL): Promise<Handler> {
  const jsSource = withFreeHeap(readFileSync(url, 'utf8'));
  const { component } = await componentize({ witPath: WIT, jsSource, sync: true, stubWasi: true, world: 'handler' });
  return toHandler(Uint8Array.from(component));
}

/** A component from WebAssembly text. */
export async function buildText(wat: string): Promise<Handler> {
  return toHandler(await parse(wat));
}

export interface CoreOptions {
  /** Fields of one more core module, whose exports the guest finds as `beside`. */
  readonly beside?: string;
  /** Another body for the allocator. */
  readonly realloc?: string;
  readonly pages?: number;
  /** True where `env.hooks` is imported, a table of 4 that the allocator sees as `$hooks`. */
  readonly hooks?: boolean;
  /** Further options of the lifted `handle`: a string encoding, a post-return. */
  readonly lift?: string;
  /** More of the component, behind the guest's instance. */
  readonly after?: string;
}

/**
 * A handler from a core module: `guest` is the text of its fields. It finds `env.memory` (16 pages, exported by a module of its
 * own, with a bump allocator `env.realloc`) and `env.log-write`, `env.http-send`, `env.clock-now`, and exports `handle`, which
 * takes the address of the situation and gives that of a result.
 */
export async function buildCore(guest: string, options: CoreOptions = {}): Promise<Handler> {
  const hooks = options.hooks === true;
  return buildText(`${CONTRACT_WAT}
  (core module $memory
    (memory (export "memory") ${options.pages ?? 16})
    (global $next (mut i32) (i32.const 65536))
    ${hooks ? '(table $hooks (export "hooks") 4 funcref)' : ''}
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      ${options.realloc ?? BUMP}))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $memory))
  (alias core export $memory "realloc" (core func $realloc))
  ${hooks ? '(alias core export $memory "hooks" (core table $hooks))' : ''}
  (alias export 2 "write" (func $log-write))
  (alias export 5 "send" (func $http-send))
  (alias export 3 "now" (func $clock-now))
  (core func $log-write (canon lower (func $log-write) (memory $memory) (realloc $realloc)))
  (core func $http-send (canon lower (func $http-send) (memory $memory) (realloc $realloc)))
  (core func $clock-now (canon lower (func $clock-now) (memory $memory)))
  (core module $beside ${options.beside ?? ''})
  (core instance $beside (instantiate $beside))
  (core module $guest
    (import "env" "memory" (memory 1))
    (import "env" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
    (import "env" "log-write" (func $log-write (param i32 i32 i32 i32)))
    (import "env" "http-send" (func $http-send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "env" "clock-now" (func $clock-now (param i32)))
    ${hooks ? '(import "env" "hooks" (table $hooks 4 funcref))' : ''}
${guest})
  (core instance $guest (instantiate $guest (with "beside" (instance $beside)) (with "env" (instance
    (export "memory" (memory $memory))
    (export "realloc" (func $realloc))
    (export "log-write" (func $log-write))
    (export "http-send" (func $http-send))
    (export "clock-now" (func $clock-now))
    ${hooks ? '(export "hooks" (table $hooks))' : ''}))))
  ${options.after ?? ''}
  (type $answer (result $proposal (error $handler-error)))
  (type $handle (func (param "situation" $situation) (result $answer)))
  (func $handle (type $handle)
    (canon lift (core func $guest "handle") (memory $memory) (realloc $realloc) ${options.lift ?? ''}))
  (export "handle" (func $handle)))`);
}

/** Never frees; the situation of a test is small. */
const BUMP = `(local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (local.get $at)`;
