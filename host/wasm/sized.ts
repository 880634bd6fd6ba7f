/**
 * Instructions whose work depends on an operand: growth, bulk operations, allocation. Their charge is worked out when they run,
 * from the size on top of the operand stack, before anything happens.
 */
import type { ControlStack } from './control.ts';
import { MARK, type ScanInput, type SizedCharge } from './marks.ts';
import type { Opcode } from './opcodes.ts';
import type { Reader } from './reader.ts';
import { OBJECT_BYTES } from './types.ts';

const MEMORY_GROW = 0x40;
const MEMORY_INIT = 0xfc08;
const MEMORY_COPY = 0xfc0a;
const MEMORY_FILL = 0xfc0b;
const TABLE_INIT = 0xfc0c;
const TABLE_COPY = 0xfc0e;
const TABLE_FILL = 0xfc11;
const STRUCT_NEW = 0xfb00;
const STRUCT_NEW_DEFAULT = 0xfb01;
const ARRAY_NEW_FIXED = 0xfb08;

export class SizedInstructions {
  readonly charges: SizedCharge[] = [];
  readonly #reader: Reader;
  readonly #control: ControlStack;
  readonly #input: ScanInput;

  constructor(reader: Reader, control: ControlStack, input: ScanInput) {
    this.#reader = reader;
    this.#control = control;
    this.#input = input;
  }

  grow(key: number, offset: number, opcode: Opcode): void {
    const index = this.#reader.u32('index');
    const memory = key === MEMORY_GROW;
    if (memory) this.#memory(index);
    else this.#table(index);
    this.#control.mark(offset, this.#reader.pos, memory ? MARK.memoryGrow : MARK.tableGrow, index);
    this.#control.change(opcode.delta);
  }

  bulk(key: number, offset: number, opcode: Opcode): void {
    const { costs } = this.#input.context;
    const first = this.#reader.u32('index');
    const second = opcode.shape === 'index2' ? this.#reader.u32('index') : 0;
    const bytes = { shift: costs.bytesPerUnitLog2, units: 1 };
    const elements = { shift: 0, units: costs.element };
    this.#charge(offset, {
      is64: this.#has64BitSize(key, first, second),
      ...(this.#isMemory(key) ? bytes : elements),
      itemBytes: 0,
    });
    this.#control.change(opcode.delta);
  }

  allocate(key: number, offset: number, opcode: Opcode): void {
    const { costs, limits } = this.#input.context;
    const index = this.#reader.u32('type');
    const type = this.#input.info.types[index];
    const expected = key === STRUCT_NEW || key === STRUCT_NEW_DEFAULT ? 'struct' : 'array';
    if (type === undefined || type.kind === 'func' || type.kind !== expected) {
      throw this.#reader.fail('type', `the index of a type of kind ${expected}`, index, offset);
    }
    const units = type.bytes * costs.heapByte;
    this.#control.charge(OBJECT_BYTES * costs.heapByte);
    if (type.kind === 'struct') {
      this.#control.charge(units);
      this.#allocate(offset, type.bytes);
      this.#control.change(1 - (key === STRUCT_NEW ? type.fields : 0));
    } else if (key === ARRAY_NEW_FIXED) {
      const length = this.#reader.count('array elements', limits.functionBytes, 0);
      this.#control.charge(length * units);
      this.#allocate(offset, length * type.bytes);
      this.#control.change(1 - length);
    } else {
      if (opcode.shape === 'index2') this.#reader.u32('segment');
      this.#charge(offset, { is64: false, shift: 0, units, itemBytes: type.bytes });
      this.#control.change(opcode.delta);
    }
  }

  #charge(offset: number, charge: SizedCharge): void {
    this.#control.mark(offset, offset, MARK.sized, this.charges.length);
    this.charges.push(charge);
  }

  #allocate(offset: number, bytes: number): void {
    this.#control.mark(offset, offset, MARK.allocation, OBJECT_BYTES + bytes);
  }

  #isMemory(key: number): boolean {
    return key === MEMORY_INIT || key === MEMORY_COPY || key === MEMORY_FILL;
  }

  /** A copy between different widths takes the narrower one; what comes from a segment always has 32 bits. */
  #has64BitSize(key: number, first: number, second: number): boolean {
    if (key === MEMORY_COPY) return this.#memory(first) && this.#memory(second);
    if (key === TABLE_COPY) return this.#table(first) && this.#table(second);
    if (key === MEMORY_FILL) return this.#memory(first);
    if (key === TABLE_FILL) return this.#table(first);
    if (key === MEMORY_INIT) this.#memory(second);
    if (key === TABLE_INIT) this.#table(second);
    return false;
  }

  #memory(index: number): boolean {
    const memory = this.#input.info.memories[index];
    if (memory === undefined)
      throw this.#reader.fail('memory', `an index below ${this.#input.info.memories.length}`, index);
    return memory.bounds.is64;
  }

  #table(index: number): boolean {
    const table = this.#input.info.tables[index];
    if (table === undefined)
      throw this.#reader.fail('table', `an index below ${this.#input.info.tables.length}`, index);
    return table.bounds.is64;
  }
}
