/**
 * The code section of a metered module: every function body rewritten, and behind them the function that charges the module's
 * initial memory before its own start function runs.
 */
import { CounterCode, type MeterIndices, OP } from './counter-code.ts';
import { BOUND_MEMORY } from './meter-module.ts';
import { type IndexMap, type MeterContext, tooMany } from './context.ts';
import type { ModuleInfo } from './module-info.ts';
import { Reader } from './reader.ts';
import { rewriteBody } from './rewrite.ts';
import { Writer } from './writer.ts';

/** Function types that are added behind the module's own. */
export class AddedTypes {
  readonly all: Uint8Array[] = [];
  readonly #first: number;
  readonly #known = new Map<string, number>();

  constructor(first: number) {
    this.#first = first;
  }

  /** Index of the type without parameters and with these results (a vector of value types). */
  get(results: Uint8Array): number {
    const key = results.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.#first + this.all.length;
    this.all.push(results);
    this.#known.set(key, index);
    return index;
  }
}

export interface CodeInput {
  readonly context: MeterContext;
  readonly info: ModuleInfo;
  readonly indices: MeterIndices;
  readonly indexMap: IndexMap;
  readonly types: AddedTypes;
  /** Bytes that instantiation takes: memories, and objects in constant expressions. Above 0, the start function is added. */
  readonly initialBytes: bigint;
  /** Index of the module's own start function. */
  readonly start: number | null;
}

export interface WrittenCode {
  /** The content of the new code section. */
  readonly code: Uint8Array;
  /** The content of a custom section that says which branches are hardly ever taken, its name included. */
  readonly hints: Uint8Array;
}

/** The new code; null where there is none. Errors as of scanBody(). */
export function writeCode(part: Reader | null, input: CodeInput): WrittenCode | null {
  const { info, context, initialBytes } = input;
  const own = info.functions.length - info.importedFunctions;
  const added = initialBytes > 0n ? 1 : 0;
  const bodies = part ?? new Reader(new Uint8Array([0]));
  const count = bodies.count('function bodies', context.limits.functions);
  if (count !== own) throw bodies.fail('code section', `${own} function bodies`, count);
  if (part === null && added === 0) return null;
  const out = new Writer(2 * (bodies.end - bodies.pos) + 64).u32(count + added);
  const body = new Writer(1024);
  const hints = new BranchHints();
  for (let index = info.importedFunctions; index < info.functions.length; index++) {
    const length = bodies.u32('function body length');
    if (length > context.limits.functionBytes)
      throw tooMany(`function ${index}, bytes`, context.limits.functionBytes, length);
    body.reset();
    hints.add(index, rewriteFunction(bodies.part(length, 'function body'), index, input, body));
    out.sized(body.view());
  }
  bodies.expectEnd('code section');
  if (added > 0) out.sized(writeStartFunction(input));
  return { code: out.finish(), hints: hints.finish() };
}

/**
 * Tells the engine which branches of the meter are hardly ever taken, so that it moves them out of the way. An engine that
 * doesn't know this section skips it. Source: https://webassembly.github.io/branch-hinting/core/appendix/custom.html.
 */
class BranchHints {
  readonly #functions = new Writer();
  #count = 0;

  add(index: number, unlikely: readonly number[]): void {
    if (unlikely.length === 0) return;
    this.#count++;
    this.#functions.u32(index).u32(unlikely.length);
    for (const offset of unlikely) this.#functions.u32(offset).byte(1).byte(0);
  }

  finish(): Uint8Array {
    return new Writer(this.#functions.length + 64)
      .name('metadata.code.branch_hint')
      .u32(this.#count)
      .bytes(this.#functions.view())
      .finish();
  }
}

function rewriteFunction(body: Reader, index: number, input: CodeInput, out: Writer): readonly number[] {
  const { context, info, indices, indexMap, types } = input;
  const type = info.types[info.functions[index] ?? -1];
  if (type?.kind !== 'func') throw body.fail(`function ${index}`, 'a function type', info.functions[index] ?? 'none');
  const place = { module: context.module, function: index };
  const resultType = (results: Uint8Array): number => types.get(results);
  return rewriteBody(body, { context, info, place, type, indexMap, indices, resultType }, out);
}

/** Takes what instantiation made, then goes on with its own start function. */
function writeStartFunction(input: CodeInput): Uint8Array {
  const { memory } = input.indices;
  const out = new Writer(64).u32(0);
  out
    .byte(OP.globalGet)
    .u32(memory)
    .byte(OP.i64Const)
    .s64(input.initialBytes)
    .byte(OP.i64Sub)
    .byte(OP.globalSet)
    .u32(memory);
  out.byte(OP.globalGet).u32(memory).byte(OP.i64Const).byte(0).byte(OP.i64LtS);
  new CounterCode(out, input.indices, 0, false).trapWithBoundIf(BOUND_MEMORY);
  if (input.start !== null) out.byte(OP.call).u32(input.start);
  return out.byte(OP.end).finish();
}
