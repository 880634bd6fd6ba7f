/**
 * Element and data segments, globals, tables and exports: copied with the indices of globals mapped, since expressions and
 * exports name them. Source: https://webassembly.github.io/spec/core/binary/modules.html.
 */
import { SojournError } from '../errors.ts';
import { type ConstantObjects, copyExpression } from './expressions.ts';
import { METER_MODULE } from './meter-module.ts';
import { type IndexMap, type MeterContext, tooMany } from './context.ts';
import { readGlobalType, readTableType, skipTablePrefix } from './module-info.ts';
import type { Reader } from './reader.ts';
import { type Bounds, readBounds, readReferenceType } from './types.ts';
import type { Writer } from './writer.ts';

export interface SegmentInput {
  readonly context: MeterContext;
  readonly indexMap: IndexMap;
  readonly objects: ConstantObjects;
}

const FUNCTION_EXPORT = 0;
const GLOBAL_EXPORT = 3;

export function copyGlobals(reader: Reader, out: Writer, input: SegmentInput): void {
  const count = reader.count('globals', input.context.limits.sectionItems, 4);
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const start = reader.pos;
    readGlobalType(reader);
    out.copy(reader.bytes, start, reader.pos);
    copyExpression(reader, out, input.context, input.indexMap, input.objects);
  }
}

/** Copies the entries and gives their number. Errors: `component.import` where an export's name could be taken for the meter's. */
export function copyExports(reader: Reader, out: Writer, input: SegmentInput): number {
  const count = reader.count('exports', input.context.limits.sectionItems, 3);
  for (let index = 0; index < count; index++) {
    const start = reader.pos;
    const name = reader.name('export name');
    if (name.startsWith(METER_MODULE)) {
      throw new SojournError(
        'component.import',
        `core export ${index}: expected a name other than the meter's, found ${name}`,
      );
    }
    const kind = reader.byte('export kind');
    out.copy(reader.bytes, start, reader.pos);
    const target = reader.u32('export index');
    if (kind === FUNCTION_EXPORT) input.indexMap.function(target, reader);
    out.u32(kind === GLOBAL_EXPORT ? input.indexMap.global(target) : target);
  }
  return count;
}

export function copyTables(reader: Reader, out: Writer, input: SegmentInput): void {
  const count = reader.count('tables', input.context.limits.sectionItems, 2);
  const most = input.context.tableElements;
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const start = reader.pos;
    const initialised = skipTablePrefix(reader);
    readTableType(reader);
    out.copy(reader.bytes, start, reader.pos);
    writeBounds(
      out,
      readBounds(reader, 'table'),
      most,
      true,
      `table ${index} of core module ${input.context.module}, elements`,
    );
    if (initialised) copyExpression(reader, out, input.context, input.indexMap, input.objects);
  }
}

/**
 * Writes limits with a maximum of at most `most`. A definition always gets one; an import keeps having none, because its
 * exporter has one. Since both sides of a link are cut to the same number, what linked before links afterwards.
 * Errors: `component.limit` where the initial size is above.
 */
export function writeBounds(out: Writer, bounds: Bounds, most: number, defined: boolean, subject: string): void {
  const limit = BigInt(most);
  if (bounds.minimum > limit) throw tooMany(subject, limit, bounds.minimum);
  const declared = bounds.maximum ?? (defined ? limit : null);
  out.byte((bounds.is64 ? 4 : 0) | (declared === null ? 0 : 1)).u64(bounds.minimum);
  if (declared !== null) out.u64(declared < limit ? declared : limit);
}

/** Flags 0 to 7: bit 0 passive or declarative, bit 1 a table index or declarative, bit 2 expressions rather than functions. */
export function copyElements(reader: Reader, out: Writer, input: SegmentInput): void {
  const { limits } = input.context;
  const count = reader.count('element segments', limits.sectionItems, 2);
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const start = reader.pos;
    const flags = reader.u32('element segment');
    if (flags > 7) throw reader.fail('element segment', 'flags 0 to 7', flags, start);
    const active = (flags & 1) === 0;
    if (active && (flags & 2) !== 0) reader.u32('table');
    out.copy(reader.bytes, start, reader.pos);
    if (active) copyExpression(reader, out, input.context, input.indexMap, input.objects);
    const typed = reader.pos;
    if ((flags & 3) !== 0) {
      if ((flags & 4) !== 0) readReferenceType(reader);
      else reader.byte('element kind');
    }
    const items = reader.count('elements', limits.sectionItems);
    if ((flags & 4) === 0) {
      for (let item = 0; item < items; item++) input.indexMap.function(reader.u32('function'), reader);
      out.copy(reader.bytes, typed, reader.pos);
    } else {
      out.copy(reader.bytes, typed, reader.pos);
      for (let item = 0; item < items; item++)
        copyExpression(reader, out, input.context, input.indexMap, input.objects);
    }
  }
}

/** Flags: 0 active, 1 passive, 2 active with a memory index. */
export function copyData(reader: Reader, out: Writer, input: SegmentInput): void {
  const count = reader.count('data segments', input.context.limits.sectionItems, 2);
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const start = reader.pos;
    const flags = reader.u32('data segment');
    if (flags > 2) throw reader.fail('data segment', 'flags 0 to 2', flags, start);
    if (flags === 2) reader.u32('memory');
    out.copy(reader.bytes, start, reader.pos);
    if (flags !== 1) copyExpression(reader, out, input.context, input.indexMap, input.objects);
    const length = reader.u32('data segment length');
    const from = reader.pos;
    reader.skip(length, 'data segment');
    out.u32(length).copy(reader.bytes, from, reader.pos);
  }
}
