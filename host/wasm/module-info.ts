/**
 * What the rewriting of one core module has to know before it starts: sections in order, types, index spaces, memories and
 * tables. Everything here was read with bounds; the engine validates the rest.
 */
import { SojournError } from '../errors.ts';
import { type IndexMap, type MeterContext, tooMany } from './context.ts';
import { copyExpression } from './expressions.ts';
import { METER_MODULE } from './meter-module.ts';
import { Reader } from './reader.ts';
import {
  type Bounds,
  holdsFunctions,
  readBounds,
  readMemoryBounds,
  readReferenceType,
  readTypes,
  readValueType,
  type TypeEntry,
} from './types.ts';
import { Writer } from './writer.ts';

export interface Section {
  readonly id: number;
  /** Where the content begins and ends in the input. */
  readonly start: number;
  readonly end: number;
}

export interface Memory {
  readonly bounds: Bounds;
  readonly imported: boolean;
}

export interface Table {
  readonly bounds: Bounds;
  /** The bytes of its reference type. */
  readonly type: Uint8Array;
  readonly imported: boolean;
}

export interface Global {
  readonly mutable: boolean;
  readonly holds: 'number' | 'vector' | 'function' | 'reference';
}

export interface ModuleInfo {
  readonly bytes: Uint8Array;
  readonly sections: readonly Section[];
  readonly types: readonly TypeEntry[];
  /** Type index of each function, imported ones first. */
  readonly functions: readonly number[];
  readonly importedFunctions: number;
  readonly importedGlobals: number;
  /** The module's own, imported ones not. */
  readonly globals: readonly Global[];
  readonly memories: readonly Memory[];
  readonly tables: readonly Table[];
  /** Type index of each tag. */
  readonly tags: readonly number[];
}

/** Memories and tables of one module. No limit of a node names these; each memory takes address space even when empty. */
const MOST_MEMORIES = 16;
const MOST_TABLES = 64;

/** Value types i32, i64, f32 and f64. */
const NUMBERS: readonly number[] = [0x7f, 0x7e, 0x7d, 0x7c];
const VECTOR_BYTES = 16;

/** The order in which sections must stand. The tag section (13) is between memories and globals, the data count (12) before code. */
export const SECTION_ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

export function readModuleHeader(reader: Reader): void {
  const start = reader.pos;
  for (const expected of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) {
    if (reader.byte('core module') !== expected)
      throw reader.fail('core module', 'the header of a core module, version 1', 'other bytes', start);
  }
}

function readSections(reader: Reader, most: number): Section[] {
  const sections: Section[] = [];
  let last = -1;
  while (!reader.done) {
    const offset = reader.pos;
    const id = reader.byte('section');
    const length = reader.u32('section length');
    const start = reader.pos;
    reader.skip(length, 'section');
    if (id !== 0) {
      const place = SECTION_ORDER.indexOf(id);
      if (place <= last) throw reader.fail('section', 'a known section, each once, in order', `section ${id}`, offset);
      last = place;
    }
    if (sections.length >= most) throw tooMany('sections', most, sections.length + 1);
    sections.push({ id, start, end: reader.pos });
  }
  return sections;
}

export interface ImportVisitor {
  function?(type: number): void;
  table?(type: Uint8Array, bounds: Bounds): void;
  memory?(bounds: Bounds): void;
  global?(): void;
  tag?(type: number): void;
  /** After each import: where it begins, and where its limits begin and end (equal for functions, globals and tags). */
  done?(start: number, boundsStart: number, end: number): void;
}

/** Reads an import section. Errors: `component.import` where it names the meter. */
export function readImports(reader: Reader, most: number, visitor: ImportVisitor): number {
  const count = reader.count('imports', most, 3);
  for (let index = 0; index < count; index++) {
    const start = reader.pos;
    const module = reader.name('import module');
    const name = reader.name('import name');
    // an instance is passed on as a whole: what the meter exports from it must not be asked for either
    if (module.startsWith(METER_MODULE) || name.startsWith(METER_MODULE)) {
      throw new SojournError(
        'component.import',
        `core import ${index}: expected a module and a name other than the meter's, found ${module} ${name}`,
      );
    }
    const kindAt = reader.pos;
    const kind = reader.byte('import kind');
    let boundsStart = -1;
    // What is read stands on a line of its own: an optional call that isn't made doesn't evaluate its arguments.
    if (kind === 0) {
      const type = reader.u32('import type');
      visitor.function?.(type);
    } else if (kind === 1) {
      const type = readTableType(reader);
      boundsStart = reader.pos;
      const bounds = readBounds(reader, 'imported table');
      visitor.table?.(type, bounds);
    } else if (kind === 2) {
      boundsStart = reader.pos;
      const bounds = readMemoryBounds(reader, 'imported memory');
      visitor.memory?.(bounds);
    } else if (kind === 3) {
      readGlobalType(reader);
      visitor.global?.();
    } else if (kind === 4) {
      const type = readTagType(reader);
      visitor.tag?.(type);
    } else throw reader.fail('import kind', '0 to 4', kind, kindAt);
    visitor.done?.(start, boundsStart < 0 ? reader.pos : boundsStart, reader.pos);
  }
  return count;
}

export function readTableType(reader: Reader): Uint8Array {
  const start = reader.pos;
  readReferenceType(reader);
  return reader.bytes.subarray(start, reader.pos);
}

export function readGlobalType(reader: Reader): Global {
  const start = reader.pos;
  const bytes = readValueType(reader);
  const type = reader.bytes.subarray(start, reader.pos);
  const offset = reader.pos;
  const mutable = reader.byte('global mutability');
  if (mutable > 1) throw reader.fail('global mutability', '0 or 1 (shared globals are refused)', mutable, offset);
  return { mutable: mutable === 1, holds: heldBy(type, bytes) };
}

function heldBy(type: Uint8Array, bytes: number): Global['holds'] {
  if (NUMBERS.includes(type[0] ?? 0)) return 'number';
  if (bytes === VECTOR_BYTES) return 'vector';
  return holdsFunctions(type) ? 'function' : 'reference';
}

function readTagType(reader: Reader): number {
  const offset = reader.pos;
  const attribute = reader.byte('tag attribute');
  if (attribute !== 0) throw reader.fail('tag attribute', '0', attribute, offset);
  return reader.u32('tag type');
}

/** Reads what stands before the code. Errors: `component.malformed`, `component.limit`, `component.import`. */
export function readModuleInfo(reader: Reader, context: MeterContext): ModuleInfo {
  const most = context.limits.sectionItems;
  readModuleHeader(reader);
  const sections = readSections(reader, most);
  const functions: number[] = [];
  const memories: Memory[] = [];
  const tables: Table[] = [];
  const tags: number[] = [];
  const globals: Global[] = [];
  let types: readonly TypeEntry[] = [];
  let importedGlobals = 0;
  let importedFunctions = 0;
  for (const section of sections) {
    const part = new Reader(reader.bytes, section.start, section.end);
    if (section.id === 1) types = readTypes(part, most).types;
    else if (section.id === 2) {
      readImports(part, most, {
        function: (type) => functions.push(type),
        table: (type, bounds) => tables.push({ type, bounds, imported: true }),
        memory: (bounds) => memories.push({ bounds, imported: true }),
        global: () => importedGlobals++,
        tag: (type) => tags.push(type),
      });
      importedFunctions = functions.length;
    } else if (section.id === 3) {
      const count = part.count('functions', context.limits.functions);
      for (let index = 0; index < count; index++) functions.push(part.u32('function type'));
    } else if (section.id === 4) readTables(part, tables, context);
    else if (section.id === 5) {
      const count = part.count('memories', most, 2);
      for (let index = 0; index < count; index++)
        memories.push({ bounds: readMemoryBounds(part, 'memory'), imported: false });
    } else if (section.id === 6) readGlobals(part, globals, context);
    else if (section.id === 13) {
      const count = part.count('tags', most, 2);
      for (let index = 0; index < count; index++) tags.push(readTagType(part));
    } else continue;
    part.expectEnd(`section ${section.id}`);
  }
  if (memories.length > MOST_MEMORIES)
    throw tooMany(`memories of core module ${context.module}`, MOST_MEMORIES, memories.length);
  if (tables.length > MOST_TABLES) throw tooMany(`tables of core module ${context.module}`, MOST_TABLES, tables.length);
  return {
    bytes: reader.bytes,
    sections,
    types,
    functions,
    importedFunctions,
    importedGlobals,
    globals,
    memories,
    tables,
    tags,
  };
}

/** For reading alone. */
const UNMAPPED: IndexMap = { global: (index) => index, function: (index) => index };

function readTables(part: Reader, tables: Table[], context: MeterContext): void {
  const count = part.count('tables', context.limits.sectionItems, 3);
  for (let index = 0; index < count; index++) {
    const initialised = skipTablePrefix(part);
    const type = readTableType(part);
    tables.push({ type, bounds: readBounds(part, 'table'), imported: false });
    if (initialised) copyExpression(part, new Writer(), context, UNMAPPED, null);
  }
}

function readGlobals(part: Reader, globals: Global[], context: MeterContext): void {
  const count = part.count('globals', context.limits.sectionItems, 4);
  for (let index = 0; index < count; index++) {
    globals.push(readGlobalType(part));
    copyExpression(part, new Writer(), context, UNMAPPED, null);
  }
}

/** True where the table has an expression for its initial elements: 0x40 0x00 in front of its type. */
export function skipTablePrefix(reader: Reader): boolean {
  if (reader.pos >= reader.end || reader.bytes[reader.pos] !== 0x40) return false;
  reader.pos++;
  const offset = reader.pos;
  const zero = reader.byte('table');
  if (zero !== 0) throw reader.fail('table', '0', zero, offset);
  return true;
}
