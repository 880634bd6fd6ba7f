/**
 * Meters one core module. What comes out is a valid module where what went in was: it imports the meter's globals in addition,
 * behaves the same as long as no bound is hit, and charges for everything that it runs. Function indices don't change.
 */
import { SojournError } from '../errors.ts';
import type { ComponentLimits } from '../limits.ts';
import { COSTS_V1, type CostTable } from './costs.ts';
import { AddedTypes, writeCode } from './code-section.ts';
import type { MeterIndices } from './counter-code.ts';
import { rewriteCustomSection } from './custom-sections.ts';
import { METER_EXPORTS, METER_MODULE, PAGE_BITS } from './meter-module.ts';
import { type IndexMap, type MeterContext, tooMany } from './context.ts';
import { noteModule, writeKeptExports } from './kept-state.ts';
import { type ModuleInfo, readImports, readModuleInfo, SECTION_ORDER } from './module-info.ts';
import { OpcodeTable } from './opcodes.ts';
import { Reader } from './reader.ts';
import {
  copyData,
  copyElements,
  copyExports,
  copyGlobals,
  copyTables,
  type SegmentInput,
  writeBounds,
} from './segments.ts';
import { type Bounds, I32, I64, readMemoryBounds, readTypes } from './types.ts';
import { Writer } from './writer.ts';

export interface MeterOptions {
  readonly limits: ComponentLimits;
  /** Greatest maximum of any one memory. What all of them have together is set when the meter is armed. */
  readonly memoryPages: number;
  /** Greatest maximum of any one table. */
  readonly tableElements: number;
  /** Prices; those of METER_VERSION where left out. */
  readonly costs?: CostTable;
  /**
   * Whether the engine takes a core module as it came. One that it does not take is refused, whatever its metered form would be: what the
   * meter adds (locals, globals, functions, types) must not make good what an index reaches for. Where left out, the caller answers for it.
   */
  readonly isValid?: (module: Uint8Array) => boolean;
}

/** Counts over all core modules of a component. */
export interface Tally {
  modules: number;
  functions: number;
  /** Initial elements of all tables. */
  tableElements: number;
  /** Bytes of the objects that constant expressions make. */
  constantBytes: number;
}

const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
};
const METER_GLOBALS = 3;
/** All tables of a component together may begin with so many times `tableElements`. */
const TABLES_AT_START = 4;
/** Bytes of all objects that the constant expressions of a component's core modules make. Each instance makes them anew. */
const CONSTANT_BYTES = 1_048_576;

export function createContext(options: MeterOptions): MeterContext {
  const { limits, memoryPages, tableElements, costs = COSTS_V1, isValid = () => true } = options;
  return {
    limits,
    isValid,
    memoryPages,
    tableElements,
    costs,
    opcodes: new OpcodeTable(),
    module: 0,
    kept: { obstacle: null, writesTables: false },
  };
}

/**
 * Meters a core module. The result needs the exports of an instance of createMeterModule() under the import name METER_MODULE.
 * Errors: `component.malformed`, `component.limit`, `component.opcode`, `component.import`.
 */
export function meterModule(bytes: Uint8Array, options: MeterOptions): Uint8Array {
  if (bytes.length > options.limits.componentBytes)
    throw tooMany('core module, bytes', options.limits.componentBytes, bytes.length);
  return rewriteModule(new Reader(bytes), createContext(options), {
    modules: 0,
    functions: 0,
    tableElements: 0,
    constantBytes: 0,
  });
}

/** Meters the core module in `reader` and adds what it has to the tally. Errors as of meterModule(). */
export function rewriteModule(reader: Reader, context: MeterContext, tally: Tally): Uint8Array {
  const original = reader.bytes.subarray(reader.pos, reader.end);
  const info = readModuleInfo(reader, context);
  count(info, context, tally);
  noteModule(info, context);
  const metered = new ModuleWriter(info, context, tally).write();
  // Last, so that limits bound what the engine is handed, and what has no price is refused for that.
  if (!context.isValid(original)) {
    throw new SojournError(
      'component.malformed',
      `core module ${context.module}: expected a valid one, found one that the engine refuses`,
    );
  }
  return metered;
}

function count(info: ModuleInfo, context: MeterContext, tally: Tally): void {
  tally.modules++;
  tally.functions += info.functions.length - info.importedFunctions;
  if (tally.functions > context.limits.functions) throw tooMany('functions', context.limits.functions, tally.functions);
  for (const table of info.tables) {
    if (!table.imported && table.bounds.minimum <= context.tableElements)
      tally.tableElements += Number(table.bounds.minimum);
  }
  const most = TABLES_AT_START * context.tableElements;
  if (tally.tableElements > most) throw tooMany('initial elements of all tables', most, tally.tableElements);
}

const WITH_EXPRESSIONS: readonly number[] = [SECTION.table, SECTION.global, SECTION.element];

const NO_RESULTS = new Uint8Array([0]);

class ModuleWriter {
  readonly #info: ModuleInfo;
  readonly #context: MeterContext;
  readonly #indices: MeterIndices;
  readonly #segments: SegmentInput;
  readonly #types: AddedTypes;
  /** What the module's own memories and the objects of its constant expressions take: charged by an added start function. */
  #initialBytes: bigint;

  constructor(info: ModuleInfo, context: MeterContext, tally: Tally) {
    this.#info = info;
    this.#context = context;
    const first = info.importedGlobals;
    this.#indices = { counter: first, memory: first + 1, bound: first + 2 };
    const allocate = (bytes: number): void => {
      tally.constantBytes += bytes;
      if (tally.constantBytes > CONSTANT_BYTES)
        throw tooMany('objects of all constant expressions, bytes', CONSTANT_BYTES, tally.constantBytes);
      this.#initialBytes += BigInt(bytes);
    };
    this.#segments = { context, indexMap: createIndexMap(info), objects: { types: info.types, allocate } };
    this.#types = new AddedTypes(info.types.length);
    this.#initialBytes = countInitialPages(info, context) << PAGE_BITS;
  }

  write(): Uint8Array {
    const { bytes, sections } = this.#info;
    const parts = new Map(sections.map((section) => [section.id, section]));
    const read = (id: number): Reader | null => {
      const section = parts.get(id);
      return section === undefined ? null : new Reader(bytes, section.start, section.end);
    };
    const contents = new Map<number, Uint8Array | null>();
    // Their expressions decide whether a start function is added.
    for (const id of WITH_EXPRESSIONS) contents.set(id, this.#content(id, read(id)));
    // Its type has to be known before the types are written.
    if (this.#initialBytes > 0n) this.#types.get(NO_RESULTS);
    // The code comes ahead of the rest: it decides which types are added.
    const written = writeCode(read(SECTION.code), {
      context: this.#context,
      info: this.#info,
      indices: this.#indices,
      types: this.#types,
      indexMap: this.#segments.indexMap,
      initialBytes: this.#initialBytes,
      start: readStart(read(SECTION.start), this.#segments.indexMap),
    });
    contents.set(SECTION.code, written?.code ?? null);
    for (const id of SECTION_ORDER) if (!contents.has(id)) contents.set(id, this.#content(id, read(id)));
    return this.#assemble(contents, written?.hints ?? null);
  }

  /** Sections in order, the custom ones where they stood. `hints` goes ahead of the code. */
  #assemble(contents: ReadonlyMap<number, Uint8Array | null>, hints: Uint8Array | null): Uint8Array {
    const { bytes, sections } = this.#info;
    const out = new Writer(bytes.length * 2).bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    let next = 0;
    const writeUpTo = (place: number): void => {
      for (; next <= place; next++) {
        const id = SECTION_ORDER[next] ?? 0;
        const content = contents.get(id) ?? null;
        if (id === SECTION.code && hints !== null) out.section(SECTION.custom, hints);
        if (content !== null) out.section(id, content);
      }
    };
    for (const section of sections) {
      if (section.id !== SECTION.custom) writeUpTo(SECTION_ORDER.indexOf(section.id));
      else {
        const content = rewriteCustomSection(new Reader(bytes, section.start, section.end));
        if (content !== null) out.section(SECTION.custom, content);
      }
    }
    writeUpTo(SECTION_ORDER.length - 1);
    return out.finish();
  }

  /** The new content of any section but the code; null where there is none. */
  #content(id: number, part: Reader | null): Uint8Array | null {
    const out = new Writer(part === null ? 64 : part.end - part.pos + 64);
    if (id === SECTION.type) this.#writeTypes(part, out);
    else if (id === SECTION.import) this.#writeImports(part, out);
    else if (id === SECTION.function) this.#writeFunctions(part, out);
    else if (id === SECTION.start && this.#initialBytes > 0n) return out.u32(this.#info.functions.length).finish();
    else if (id === SECTION.export) this.#writeExports(part, out);
    else if (part === null) return null;
    else if (id === SECTION.table) copyTables(part, out, this.#segments);
    else if (id === SECTION.memory) this.#writeMemories(part, out);
    else if (id === SECTION.global) copyGlobals(part, out, this.#segments);
    else if (id === SECTION.element) copyElements(part, out, this.#segments);
    else if (id === SECTION.data) copyData(part, out, this.#segments);
    else return part.bytes.subarray(part.pos, part.end);
    part?.expectEnd(`section ${id}`);
    return out.length === 0 ? null : out.finish();
  }

  #writeTypes(part: Reader | null, out: Writer): void {
    const added = this.#types.all;
    let entries = 0;
    let end = 0;
    let start = 0;
    if (part !== null) {
      entries = readTypes(part, this.#context.limits.sectionItems).entries;
      end = part.pos;
      start = startOfItems(part);
    }
    if (entries + added.length === 0) return;
    out.u32(entries + added.length);
    if (part !== null) out.copy(part.bytes, start, end);
    for (const results of added) out.bytes([0x60, 0x00]).bytes(results);
  }

  #writeImports(part: Reader | null, out: Writer): void {
    const { context } = this.#segments;
    const body = new Writer();
    let bounds: { readonly value: Bounds; readonly most: number } | null = null;
    const count =
      part === null
        ? 0
        : readImports(part, context.limits.sectionItems, {
            table: (_, value) => (bounds = { value, most: context.tableElements }),
            memory: (value) => (bounds = { value, most: context.memoryPages }),
            done: (start, boundsStart, end) => {
              body.copy(this.#info.bytes, start, bounds === null ? end : boundsStart);
              if (bounds !== null)
                writeBounds(body, bounds.value, bounds.most, false, `import of core module ${context.module}`);
              bounds = null;
            },
          });
    for (const [name, type] of [
      [METER_EXPORTS.counter, I64],
      [METER_EXPORTS.memory, I64],
      [METER_EXPORTS.bound, I32],
    ] as const) {
      body.name(METER_MODULE).name(name).bytes([0x03, type, 0x01]);
    }
    out.u32(count + METER_GLOBALS).bytes(body.view());
  }

  #writeFunctions(part: Reader | null, out: Writer): void {
    const { functions, importedFunctions } = this.#info;
    const own = functions.slice(importedFunctions);
    if (this.#initialBytes > 0n) own.push(this.#types.get(NO_RESULTS));
    if (own.length === 0 && part === null) return;
    out.u32(own.length);
    for (const type of own) out.u32(type);
    if (part !== null) part.pos = part.end;
  }

  #writeExports(part: Reader | null, out: Writer): void {
    const body = new Writer();
    const own = part === null ? 0 : copyExports(part, body, this.#segments);
    const kept = writeKeptExports(this.#info, this.#segments.indexMap.global, body);
    if (part === null && kept === 0) return;
    out.u32(own + kept).bytes(body.view());
  }

  #writeMemories(part: Reader, out: Writer): void {
    const { memoryPages, module } = this.#context;
    const count = part.count('memories', this.#context.limits.sectionItems, 2);
    out.u32(count);
    for (let index = 0; index < count; index++) {
      writeBounds(
        out,
        readMemoryBounds(part, 'memory'),
        memoryPages,
        true,
        `memory ${index} of core module ${module}, pages`,
      );
    }
  }
}

function createIndexMap(info: ModuleInfo): IndexMap {
  const { importedGlobals, functions } = info;
  return {
    global: (index) => (index < importedGlobals ? index : index + METER_GLOBALS),
    function(index, reader) {
      if (index >= functions.length) throw reader.fail('function', `an index below ${functions.length}`, index);
      return index;
    },
  };
}

function readStart(part: Reader | null, indices: IndexMap): number | null {
  if (part === null) return null;
  const start = indices.function(part.u32('start function'), part);
  part.expectEnd('start section');
  return start;
}

/** Where the items of a section's vector begin. */
function startOfItems(section: Reader): number {
  const again = new Reader(section.bytes, section.start, section.end);
  again.u32('count');
  return again.pos;
}

/** Pages that the module's own memories begin with. Errors: `component.limit`. */
function countInitialPages(info: ModuleInfo, context: MeterContext): bigint {
  let pages = 0n;
  for (const memory of info.memories) if (!memory.imported) pages += memory.bounds.minimum;
  const most = BigInt(context.memoryPages);
  if (pages > most) throw tooMany(`initial memory of core module ${context.module}, pages`, most, pages);
  return pages;
}
