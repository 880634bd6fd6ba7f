/**
 * Adapters between JavaScript and an exported function: JavaScript can hold neither v128 values nor the bits of a NaN, so a small
 * module passes floats as integers of their bits, a v128 as two i64, and of an exception reference whether it is null.
 */
import { Writer } from '../../host/wasm/writer.ts';

/** What crosses as something else; every other type crosses as it is. */
const CROSSING: { readonly [type: string]: readonly string[] } = {
  f32: ['i32'],
  f64: ['i64'],
  v128: ['i64', 'i64'],
  exnref: ['i32'],
  nullexnref: ['i32'],
};

/** Bytes of value types. Types that end in `!` are references that can't be null. */
const BYTES: { readonly [type: string]: readonly number[] } = {
  'i32': [0x7f],
  'i64': [0x7e],
  'f32': [0x7d],
  'f64': [0x7c],
  'v128': [0x7b],
  'nullexnref': [0x74],
  'nullfuncref': [0x73],
  'nullexternref': [0x72],
  'nullref': [0x71],
  'funcref': [0x70],
  'externref': [0x6f],
  'anyref': [0x6e],
  'exnref': [0x69],
  'externref!': [0x64, 0x6f],
  'anyref!': [0x64, 0x6e],
};

const INTO: { readonly [type: string]: readonly number[] } = { f32: [0xbe], f64: [0xbf] };
const OUT_OF: { readonly [type: string]: readonly number[] } = {
  f32: [0xbc],
  f64: [0xbd],
  exnref: [0xd1],
  nullexnref: [0xd1],
};
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const CALL = 0x10;
const END = 0x0b;
const SPLAT_I64 = [0xfd, 0x12];
const EXTRACT_I64 = [0xfd, 0x1d];
const REPLACE_I64 = [0xfd, 0x1e];

export function needsAdapter(types: readonly string[]): boolean {
  return types.some((type) => CROSSING[type] !== undefined);
}

function flatten(types: readonly string[]): string[] {
  return types.flatMap((type) => CROSSING[type] ?? [type]);
}

function writeType(out: Writer, params: readonly string[], results: readonly string[]): void {
  out.byte(0x60);
  for (const list of [params, results]) {
    out.u32(list.length);
    for (const type of list) out.bytes(BYTES[type]!);
  }
}

function writeBody(params: readonly string[], results: readonly string[]): Uint8Array {
  const out = new Writer();
  const first = flatten(params).length;
  out.u32(results.length);
  for (const type of results) out.byte(1).bytes(BYTES[type]!);
  let local = 0;
  for (const type of params) {
    out.byte(LOCAL_GET).u32(local++);
    if (type === 'v128') out.bytes(SPLAT_I64).byte(LOCAL_GET).u32(local++).bytes(REPLACE_I64).byte(1);
    else out.bytes(INTO[type] ?? []);
  }
  out.byte(CALL).u32(0);
  for (let index = results.length - 1; index >= 0; index--) out.byte(LOCAL_SET).u32(first + index);
  for (const [index, type] of results.entries()) {
    const get = (): Writer => out.byte(LOCAL_GET).u32(first + index);
    if (type === 'v128') {
      get().bytes(EXTRACT_I64).byte(0);
      get().bytes(EXTRACT_I64).byte(1);
    } else get().bytes(OUT_OF[type] ?? []);
  }
  return out.byte(END).finish();
}

/** A module that imports the function `t.f` of these types and exports `f`, which takes and gives what JavaScript can hold. */
export function writeAdapter(params: readonly string[], results: readonly string[]): Uint8Array {
  const types = new Writer().u32(2);
  writeType(types, params, results);
  writeType(types, flatten(params), flatten(results));
  const code = new Writer().u32(1);
  code.bytes(new Writer().sized(writeBody(params, results)).view());
  return new Writer()
    .bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    .section(1, types.finish())
    .section(2, new Writer().u32(1).name('t').name('f').bytes([0x00, 0x00]).finish())
    .section(3, new Uint8Array([1, 1]))
    .section(7, new Writer().u32(1).name('f').bytes([0x00, 0x01]).finish())
    .section(10, code.finish())
    .finish();
}

const TESTED = { structref: 0x6b, arrayref: 0x6a, i31ref: 0x6c, eqref: 0x6d } as const;
export type TestedType = keyof typeof TESTED;

/** A module whose exports tell of an `anyref` whether it is a struct, an array, an i31 or comparable. */
export function writeReferenceTests(): Uint8Array {
  const types = Object.entries(TESTED);
  const exports = new Writer().u32(types.length);
  const code = new Writer().u32(types.length);
  for (const [index, [name, byte]] of types.entries()) {
    exports.name(name).byte(0).u32(index);
    const body = new Writer().u32(0).byte(LOCAL_GET).u32(0).bytes([0xfb, 0x14, byte]).byte(END);
    code.bytes(new Writer().sized(body.view()).view());
  }
  return new Writer()
    .bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    .section(1, new Uint8Array([1, 0x60, 1, 0x6e, 1, 0x7f]))
    .section(3, new Uint8Array([types.length, ...types.map(() => 0)]))
    .section(7, exports.finish())
    .section(10, code.finish())
    .finish();
}
