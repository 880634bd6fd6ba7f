/**
 * Writes the small core modules that the meter puts beside a guest's own: functions, globals and imports, no memory.
 */
import { OP } from './counter-code.ts';
import { I32, I64 } from './types.ts';
import { Writer } from './writer.ts';

/** A function's parameters and results, one byte for each value type. */
export interface Signature {
  readonly params: ArrayLike<number>;
  readonly results: ArrayLike<number>;
}

export interface SmallModule {
  readonly imports?: readonly (readonly [module: string, name: string, signature: Signature])[];
  /** Indices count from the last import on. */
  readonly functions?: readonly {
    readonly name: string;
    readonly signature: Signature;
    readonly body: (out: Writer) => void;
  }[];
  /** Mutable. A bigint makes an i64, a number an i32; those with a name are exported. */
  readonly globals?: readonly { readonly name?: string; readonly value: bigint | number }[];
  readonly start?: number;
}

const FUNC = 0x60;
const KIND = { func: 0x00, global: 0x03 };

/** Everything that has a name is exported under it. */
export function assembleModule({ imports = [], functions = [], globals = [], start }: SmallModule): Uint8Array {
  const types = new Writer().u32(imports.length + functions.length);
  const importSection = new Writer().u32(imports.length);
  for (const [index, [module, name, signature]] of imports.entries()) {
    writeSignature(types, signature);
    importSection.name(module).name(name).byte(KIND.func).u32(index);
  }
  const functionSection = new Writer().u32(functions.length);
  const code = new Writer().u32(functions.length);
  for (const [index, { signature, body }] of functions.entries()) {
    writeSignature(types, signature);
    functionSection.u32(imports.length + index);
    const content = new Writer().byte(0);
    body(content);
    code.sized(content.byte(OP.end).view());
  }
  const globalSection = new Writer().u32(globals.length);
  for (const { value } of globals) {
    if (typeof value === 'bigint') globalSection.bytes([I64, 1, OP.i64Const]).s64(value).byte(OP.end);
    else globalSection.bytes([I32, 1, OP.i32Const]).s32(value).byte(OP.end);
  }
  const out = new Writer().bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  out.section(1, types.view()).section(2, importSection.view()).section(3, functionSection.view());
  out.section(6, globalSection.view()).section(7, writeExports({ imports, functions, globals }));
  if (start !== undefined) out.section(8, new Writer().u32(start).view());
  return out.section(10, code.view()).finish();
}

function writeExports({ imports = [], functions = [], globals = [] }: SmallModule): Uint8Array {
  const named = [
    ...globals.map(({ name }, index) => ({ name, kind: KIND.global, index })),
    ...functions.map(({ name }, index) => ({ name, kind: KIND.func, index: imports.length + index })),
  ].filter(({ name }) => name !== undefined);
  const out = new Writer().u32(named.length);
  for (const { name = '', kind, index } of named) out.name(name).byte(kind).u32(index);
  return out.finish();
}

function writeSignature(out: Writer, { params, results }: Signature): void {
  out.byte(FUNC).u32(params.length).bytes(params).u32(results.length).bytes(results);
}
