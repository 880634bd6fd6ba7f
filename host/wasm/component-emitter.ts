/**
 * Adds definitions of the meter's own to a component: each in a section of its own, with its index entered where the component's own
 * can't name it. Functions that are lifted or lowered here have plain numbers for parameters and results.
 */
import { CORE, type Scope, SORT } from './component-scope.ts';
import type { Signature } from './small-module.ts';
import { I32 } from './types.ts';
import { Writer } from './writer.ts';

const SECTION = {
  coreModule: 1,
  coreInstance: 2,
  component: 4,
  instance: 5,
  alias: 6,
  type: 7,
  canon: 8,
  import: 10,
  export: 11,
};
const U32 = 0x79;
const U64 = 0x77;
const FUNC_TYPE = 0x40;
const INSTANCE_TYPE = 0x42;
const ENUM_TYPE = 0x6d;

/** A function's type, with names for its parameters; `result` stands for what the signature gives where it isn't that. */
export interface LiftedType {
  readonly signature: Signature;
  readonly params?: readonly string[];
  /** Index of the type of the result. */
  readonly result?: number;
}

export class Emitter {
  readonly #out: Writer;
  readonly #scope: Scope;

  constructor(out: Writer, scope: Scope) {
    this.#out = out;
    this.#scope = scope;
  }

  coreModule(bytes: Uint8Array): number {
    this.#out.section(SECTION.coreModule, bytes);
    return this.#scope.insert(SORT.coreModule);
  }

  /** An instance of a core module; each argument is a core instance. */
  coreInstance(module: number, args: readonly (readonly [name: string, instance: number])[] = []): number {
    const content = one().byte(0x00).u32(module).u32(args.length);
    for (const [name, instance] of args)
      content
        .name(name)
        .byte(SORT.coreInstance & 0xff)
        .u32(instance);
    return this.#add(SECTION.coreInstance, content, SORT.coreInstance);
  }

  /** A core instance made of functions. */
  coreBundle(functions: readonly (readonly [name: string, func: number])[]): number {
    const content = one().byte(0x01).u32(functions.length);
    for (const [name, func] of functions)
      content
        .name(name)
        .byte(SORT.coreFunc & 0xff)
        .u32(func);
    return this.#add(SECTION.coreInstance, content, SORT.coreInstance);
  }

  /** A function that a core instance exports. */
  coreFunction(instance: number, name: string): number {
    return this.#add(SECTION.alias, one().bytes([CORE, 0x00, 0x01]).u32(instance).name(name), SORT.coreFunc);
  }

  component(bytes: Uint8Array): number {
    this.#out.section(SECTION.component, bytes);
    return this.#scope.insert(SORT.component);
  }

  /** An instance of a component; each argument is an instance. */
  instance(component: number, args: readonly (readonly [name: string, instance: number])[] = []): number {
    const content = one().byte(0x00).u32(component).u32(args.length);
    for (const [name, instance] of args) content.name(name).byte(SORT.instance).u32(instance);
    return this.#add(SECTION.instance, content, SORT.instance);
  }

  /** An instance made of functions and types. */
  bundle(items: readonly (readonly [name: string, sort: number, index: number])[]): number {
    const content = one().byte(0x01).u32(items.length);
    for (const [name, sort, index] of items) content.byte(0).name(name).byte(sort).u32(index);
    return this.#add(SECTION.instance, content, SORT.instance);
  }

  /** What an instance exports. */
  exported(instance: number, name: string, sort: number): number {
    return this.#add(SECTION.alias, one().byte(sort).byte(0x00).u32(instance).name(name), sort);
  }

  lower(func: number): number {
    return this.#add(SECTION.canon, one().bytes([0x01, 0x00]).u32(func).u32(0), SORT.coreFunc);
  }

  lift(coreFunction: number, type: LiftedType): number {
    const index = this.#add(SECTION.type, writeFunctionType(one(), type), SORT.type);
    return this.#add(SECTION.canon, one().bytes([0x00, 0x00]).u32(coreFunction).u32(0).u32(index), SORT.func);
  }

  enumType(cases: readonly string[]): number {
    const content = one().byte(ENUM_TYPE).u32(cases.length);
    for (const name of cases) content.name(name);
    return this.#add(SECTION.type, content, SORT.type);
  }

  /** Imports an instance of such functions. */
  importInstance(name: string, functions: readonly (readonly [name: string, signature: Signature])[]): number {
    const content = one()
      .byte(INSTANCE_TYPE)
      .u32(2 * functions.length);
    for (const [index, [label, signature]] of functions.entries()) {
      writeFunctionType(content.byte(0x01), { signature });
      content.bytes([0x04, 0]).name(label).byte(SORT.func).u32(index);
    }
    const type = this.#add(SECTION.type, content, SORT.type);
    return this.#add(SECTION.import, one().byte(0).name(name).byte(SORT.instance).u32(type), SORT.instance);
  }

  export(name: string, sort: number, index: number): void {
    this.#add(SECTION.export, one().byte(0).name(name).byte(sort).u32(index).byte(0), sort);
  }

  #add(section: number, content: Writer, sort: number): number {
    this.#out.section(section, content.view());
    return this.#scope.insert(sort);
  }
}

/** The content of a section with one item. */
function one(): Writer {
  return new Writer().u32(1);
}

function writeFunctionType(
  out: Writer,
  { signature: { params, results }, params: names = [], result }: LiftedType,
): Writer {
  out.byte(FUNC_TYPE).u32(params.length);
  for (const [index, type] of Array.from(params).entries())
    out.name(names[index] ?? `p${index}`).byte(numberType(type));
  const [first] = Array.from(results);
  if (first === undefined) return out.bytes([0x01, 0x00]);
  return result === undefined ? out.byte(0x00).byte(numberType(first)) : out.byte(0x00).s32(result);
}

function numberType(type: number): number {
  return type === I32 ? U32 : U64;
}
