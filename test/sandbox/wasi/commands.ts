/**
 * Builds `wasi:cli/command` components from WebAssembly text: a core module's fields that call WASI functions by names such as
 * `$io/streams.output-stream.write`, which are imported where they are used; and core modules for WASI's first preview, behind the
 * adapter that comes with jco.
 */
import { componentNew, parse, preview1AdapterCommandPath, print } from '@bytecodealliance/jco';
import { readFileSync } from 'node:fs';
import { toHandler } from '../guest-builds.ts';
import type { Handler } from '../guest-builds.ts';
import { VERSION, INTERFACES, embedWorld } from './generate-types.ts';

/** Imports of a core module by the names that tests have for them. */
export interface CoreImports {
  readonly types: string;
  readonly functions: ReadonlyMap<string, { readonly iface: string; readonly text: string }>;
}

/** All imports that there can be. Costs half a second. */
export async function readCoreImports(): Promise<CoreImports> {
  const items = INTERFACES.map((name) => `import wasi:${name}@${VERSION};`).join(' ');
  const text = await print(await embedWorld(`${items} export wasi:cli/run@${VERSION};`));
  const functions = Array.from(
    text.matchAll(/\(import "cm32p2\|wasi:([^@]+)@0\.2" "([^"]+)" \(func(?: \$\S+)? \(;\d+;\) \(type (\d+)\)\)\)/g),
    ([, iface = '', name = '', type = '']) => {
      const id = `$${iface}.${name.replace(/\[[a-z]+\]/, '').replace(/_drop$/, '.drop')}`;
      const line = `(import "cm32p2|wasi:${iface}@0.2" "${name}" (func ${id} (type ${type})))`;
      return [id, { iface, text: line }] as const;
    },
  );
  const types = text.match(/^ *\(type .*$/gm) ?? [];
  return { types: types.join('\n'), functions: new Map(functions) };
}

export interface CommandOptions {
  /** Version of WASI that the component was built for. */
  readonly version?: string;
  readonly pages?: number;
}

/**
 * A command. `body` has a function `$main` of no parameters and no result. It finds `$say` (address, length), which writes to
 * standard output, and `$report` (a number), which writes a whole proposal to end with that number.
 */
export async function buildCommand(
  { types, functions }: CoreImports,
  body: string,
  { version = VERSION, pages = 4 }: CommandOptions = {},
): Promise<Handler> {
  const code = `${body}${RUNTIME}`;
  const used = [...functions].filter(([id]) => new RegExp(`${id.replaceAll(/[$.]/g, '\\$&')}(?![\\w.-])`).test(code));
  const wat = `(module ${types} ${used.map(([, { text }]) => text).join('\n')}
  (memory (export "cm32p2_memory") ${pages})
  (global $free (mut i32) (i32.const 65536))
  (func (export "cm32p2_realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
    (global.set $free (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
    (global.get $free) (global.set $free (i32.add (global.get $free) (local.get $size))))
  (func (export "cm32p2_initialize"))
  (func (export "cm32p2|wasi:cli/run@0.2|run") (result i32) (call $main) (i32.const 0))
  ${code})`;
  const interfaces = new Set(used.map(([, { iface }]) => iface));
  const items = [...interfaces].map((name) => `import wasi:${name}@${version};`).join(' ');
  const core = await embedWorld(`${items} export wasi:cli/run@${version};`, await parse(wat), version);
  return toHandler(await componentNew(core, []));
}

/** A command from a core module in text that imports `wasi_snapshot_preview1`. */
export async function buildPreview1(wat: string): Promise<Handler> {
  return adaptPreview1(await parse(wat));
}

/** The same from a module that some compiler made. */
export async function adaptPreview1(core: Uint8Array): Promise<Handler> {
  const adapter = readFileSync(preview1AdapterCommandPath());
  return toHandler(await componentNew(core, [['wasi_snapshot_preview1', adapter]]));
}

const HEAD = '{\\22action\\22:{\\22tag\\22:\\22termination\\22,\\22achieved\\22:true,\\22result\\22:';
const TAIL = '},\\22rationale\\22:\\22reported\\22}';

/** Numbers are printed from the end of a buffer at 1024. */
const RUNTIME = `
  (data (i32.const 1100) "${HEAD}") (data (i32.const 1200) "${TAIL}")
  (func $say (param $address i32) (param $length i32)
    (call $io/streams.output-stream.blocking-write-and-flush
      (call $cli/stdout.get-stdout) (local.get $address) (local.get $length) (i32.const 1300)))
  (func $report (param $number i32) (local $at i32)
    (local.set $at (i32.const 1064))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
      (br_if $digit (local.tee $number (i32.div_u (local.get $number) (i32.const 10)))))
    (call $say (i32.const 1100) (i32.const ${HEAD.replaceAll('\\22', '"').length}))
    (call $say (local.get $at) (i32.sub (i32.const 1064) (local.get $at)))
    (call $say (i32.const 1200) (i32.const ${TAIL.replaceAll('\\22', '"').length})))`;
