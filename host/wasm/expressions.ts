/**
 * Constant expressions: initial values of globals and tables, offsets of segments. They run at instantiation, unmetered, so
 * only instructions of fixed size may stand here. Source: https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions.
 */
import { SojournError } from '../errors.ts';
import { lookUp, readOpcode, skipImmediates } from './instructions.ts';
import type { IndexMap, MeterContext } from './context.ts';
import type { Reader } from './reader.ts';
import { OBJECT_BYTES, type TypeEntry } from './types.ts';
import type { Writer } from './writer.ts';

/** Takes note of the objects that expressions make. */
export interface ConstantObjects {
  readonly types: readonly TypeEntry[];
  readonly allocate: (bytes: number) => void;
}

const GLOBAL_GET = 0x23;
const REF_FUNC = 0xd2;
const END = 0x0b;
const I32_CONST = 0x41;
const STRUCT_NEW = 0xfb00;
const STRUCT_NEW_DEFAULT = 0xfb01;
const ARRAY_NEW = 0xfb06;
const ARRAY_NEW_DEFAULT = 0xfb07;
const ARRAY_NEW_FIXED = 0xfb08;

const CONSTANT: ReadonlySet<number> = new Set([
  0x41,
  0x42,
  0x43,
  0x44,
  GLOBAL_GET,
  0x6a,
  0x6b,
  0x6c,
  0x7c,
  0x7d,
  0x7e,
  0xd0,
  REF_FUNC,
  END,
  STRUCT_NEW,
  STRUCT_NEW_DEFAULT,
  ARRAY_NEW,
  ARRAY_NEW_DEFAULT,
  ARRAY_NEW_FIXED,
  0xfb1a,
  0xfb1b,
  0xfb1c,
  0xfd0c,
]);

/** Elements of one array that a constant expression makes. */
const MOST_ELEMENTS = 4096;

/** Copies one expression, `end` included, with the indices of globals mapped. */
export function copyExpression(
  reader: Reader,
  writer: Writer,
  context: MeterContext,
  indices: IndexMap,
  objects: ConstantObjects | null,
): void {
  const place = { module: context.module, function: null };
  let size = Number.POSITIVE_INFINITY;
  for (;;) {
    const offset = reader.pos;
    const key = readOpcode(reader, place);
    const opcode = lookUp(context.opcodes, context.costs, key, offset, place);
    if (!CONSTANT.has(key))
      throw reader.fail('constant expression', 'a constant instruction', `0x${key.toString(16)}`, offset);
    if (key === GLOBAL_GET) {
      writer.byte(GLOBAL_GET).u32(indices.global(reader.u32('global')));
      size = Number.POSITIVE_INFINITY;
      continue;
    }
    const immediates = reader.pos;
    if ((key === ARRAY_NEW || key === ARRAY_NEW_DEFAULT) && !(size <= MOST_ELEMENTS))
      throw tooLarge(offset, place.module);
    const elements = size;
    size = Number.POSITIVE_INFINITY;
    if (key === REF_FUNC) indices.function(reader.u32('function'), reader);
    else if (key === I32_CONST) size = reader.s32('i32 constant') >>> 0;
    else if (key === ARRAY_NEW_FIXED) {
      const type = reader.u32('type');
      note(objects, type, reader.count('array elements', MOST_ELEMENTS, 0));
    } else if (key === ARRAY_NEW || key === ARRAY_NEW_DEFAULT) note(objects, reader.u32('type'), elements);
    else if (key === STRUCT_NEW || key === STRUCT_NEW_DEFAULT) note(objects, reader.u32('type'), 1);
    else skipImmediates(reader, opcode, context.limits.sectionItems);
    writer.copy(reader.bytes, offset, immediates).copy(reader.bytes, immediates, reader.pos);
    if (key === END) return;
  }
}

/** Types that don't fit are the engine's to refuse. */
function note(objects: ConstantObjects | null, type: number, items: number): void {
  const entry = objects?.types[type];
  if (entry === undefined || entry.kind === 'func') return;
  objects?.allocate(OBJECT_BYTES + items * entry.bytes);
}

function tooLarge(offset: number, module: number): SojournError {
  return new SojournError(
    'component.limit',
    `core module ${module}, offset ${offset}: expected an array of constant size up to ${MOST_ELEMENTS}, found another size`,
    { details: { offset, limit: MOST_ELEMENTS } },
  );
}
