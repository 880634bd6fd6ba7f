/**
 * Reads instructions one by one and refuses those without a price. Source:
 * https://webassembly.github.io/spec/core/binary/instructions.html.
 */
import { SojournError } from '../errors.ts';
import { type Opcode, opcodeKey, type OpcodeTable } from './opcodes.ts';
import type { CostTable } from './costs.ts';
import type { Reader } from './reader.ts';
import { readHeapType, readValueType } from './types.ts';

/** Where an instruction stands, for messages. */
export interface Place {
  readonly module: number;
  /** Index of the function, imported ones counted; null in an expression outside functions. */
  readonly function: number | null;
}

const PREFIXES: readonly number[] = [0xfb, 0xfc, 0xfd, 0xfe];

/** Reads an opcode and gives its key. */
export function readOpcode(reader: Reader, place: Place): number {
  const offset = reader.pos;
  const first = reader.byte('instruction');
  if (first < 0xfb || !PREFIXES.includes(first)) return first;
  const number = reader.u32('instruction');
  if (number > 0xff) throw unpriced(first, number, offset, place);
  return opcodeKey(first, number);
}

/** The opcode's entry. Errors: `component.opcode`. */
export function lookUp(table: OpcodeTable, costs: CostTable, key: number, offset: number, place: Place): Opcode {
  const opcode = table.get(key);
  if (opcode === undefined || costs.classes[opcode.cost] === undefined)
    throw unpriced(key >> 8, key & 0xff, offset, place);
  return opcode;
}

function unpriced(prefix: number, number: number, offset: number, place: Place): SojournError {
  const opcode = (prefix === 0 ? [number] : [prefix, number])
    .map((part) => `0x${part.toString(16).padStart(2, '0')}`)
    .join(' ');
  const where = place.function === null ? '' : `, function ${place.function}`;
  return new SojournError(
    'component.opcode',
    `core module ${place.module}${where}, offset ${offset}: expected an instruction that has a price, found ${opcode}`,
    { details: { module: place.module, function: place.function, offset, opcode } },
  );
}

/** Skips what follows an opcode, where no more of it is needed than its length. */
export function skipImmediates(reader: Reader, opcode: Opcode, most: number): void {
  switch (opcode.shape) {
    case 'none':
      return;
    case 'index':
    case 'label':
    case 'global':
    case 'function':
      reader.u32('index');
      return;
    case 'index2':
      reader.u32('index');
      reader.u32('index');
      return;
    case 'memarg':
      return skipMemarg(reader);
    case 'memargLane':
      skipMemarg(reader);
      return reader.skip(1, 'lane');
    case 's32':
      return reader.skipSigned(32, 'i32 constant');
    case 's64':
      return reader.skipSigned(64, 'i64 constant');
    case 'bytes4':
      return reader.skip(4, 'f32 constant');
    case 'bytes8':
      return reader.skip(8, 'f64 constant');
    case 'bytes16':
      return reader.skip(16, 'v128 constant');
    case 'lane':
      return reader.skip(1, 'lane');
    case 'heapType':
      return readHeapType(reader);
    case 'types': {
      const count = reader.count('select types', most);
      for (let index = 0; index < count; index++) readValueType(reader);
      return;
    }
    default:
      throw new SojournError('internal', `shape ${opcode.shape}: expected the scanner to read it`);
  }
}

/** Alignment (bit 6: a memory index follows) and offset, which has 64 bits where the memory has. */
function skipMemarg(reader: Reader): void {
  if ((reader.u32('alignment') & 0x40) !== 0) reader.u32('memory');
  reader.skipUnsigned64('memory offset');
}
