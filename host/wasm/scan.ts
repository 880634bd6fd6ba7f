/**
 * First pass over a function body: finds metered blocks and every place where the second pass (rewrite.ts) has to put or
 * replace code, and estimates the frame. It follows control structure and stack heights, not types: the engine checks those.
 */
import { MeteredBlocks } from './blocks.ts';
import { lookUp, type Place, readOpcode, skipImmediates } from './instructions.ts';
import { type MeterContext, type ModuleInfo, tooMany } from './module-info.ts';
import type { Opcode } from './opcodes.ts';
import { Reader } from './reader.ts';
import { EMPTY, readHeapType, readValueType, type TypeEntry } from './types.ts';

/** What the second pass does at a place. */
export const MARK = {
  /** Charges metered block `value`. */
  block: 0,
  /** Charges metered block `value` and checks: the head of a loop. */
  loop: 1,
  /** Control may come here by an exception: the depth is set right. */
  landing: 2,
  /** Replaces a global's index by `value`. */
  global: 3,
  /** Replaces `return` by a branch out of `value` blocks. */
  return: 4,
  beforeCall: 5,
  afterCall: 6,
  beforeTailCall: 7,
  beforeThrow: 8,
  /** Replaces growth of memory or table `value`. */
  memoryGrow: 9,
  tableGrow: 10,
  /** Charges by the size operand: `value` is the position in `sized`. */
  sized: 11,
} as const;
type Mark = (typeof MARK)[keyof typeof MARK];

/** A charge by the number of items on top of the operand stack. */
export interface SizedCharge {
  readonly is64: boolean;
  /** The size is first divided by 2 to the power of this, then multiplied by `units`. */
  readonly shift: number;
  readonly units: number;
}

export interface Scan {
  readonly blocks: MeteredBlocks;
  /** Four numbers each: offset, end of what is replaced, kind, value. In order of offset. */
  readonly marks: readonly number[];
  readonly sized: readonly SizedCharge[];
  /** Calls of any kind, each with the number of loops that it lies in. */
  readonly callDepths: readonly number[];
  readonly loops: number;
  /** Has a handler for exceptions. */
  readonly handlers: boolean;
  /** Has a handler that jumps to the end of the function. */
  readonly landsAtEnd: boolean;
  /** `return`, or a branch to the end of the function. */
  readonly leavesEarly: boolean;
  /** Greatest height of the operand stack, in values. */
  readonly operands: number;
  readonly simd: boolean;
}

interface Frame {
  readonly kind: 'function' | 'block' | 'loop' | 'if' | 'try';
  /** The metered block that goes on behind the end, unless the frame may be left for one further out. */
  readonly block: number;
  readonly base: number;
  readonly params: number;
  readonly results: number;
  readonly deadBefore: boolean;
  readonly loopDepth: number;
  /** Position of the loop's mark; the arm of an `if` in its place. */
  readonly start: number;
  /** Outermost frame that is branched to from within. */
  outermost: number;
  landing: boolean;
}

export interface ScanInput {
  readonly context: MeterContext;
  readonly info: ModuleInfo;
  readonly place: Place;
  readonly type: TypeEntry & { readonly kind: 'func' };
  /** Maps indices of globals. */
  readonly mapGlobal: (index: number) => number;
}

/** Scans the instructions in `reader` up to its end. Errors: `component.malformed`, `component.opcode`, `component.limit`. */
export function scanBody(reader: Reader, input: ScanInput): Scan {
  return new Scanner(reader, input).run();
}

const NO_FRAME = 'a label of an enclosing block';

class Scanner {
  readonly #reader: Reader;
  readonly #input: ScanInput;
  readonly #blocks = new MeteredBlocks();
  readonly #marks: number[] = [];
  readonly #sized: SizedCharge[] = [];
  readonly #frames: Frame[] = [];
  readonly #callDepths: number[] = [];
  #block = 0;
  #dead = false;
  #height = 0;
  #operands = 0;
  #loops = 0;
  #loopDepth = 0;
  #handlers = false;
  #leavesEarly = false;
  #landsAtEnd = false;
  #simd = false;

  constructor(reader: Reader, input: ScanInput) {
    this.#reader = reader;
    this.#input = input;
  }

  run(): Scan {
    const { context, place, type } = this.#input;
    const reader = this.#reader;
    this.#block = this.#blocks.open(-1, 0);
    this.#mark(reader.pos, reader.pos, MARK.block, this.#block);
    this.#push('function', this.#block, 0, type.results, -1);
    while (this.#frames.length > 0) {
      const offset = reader.pos;
      const key = readOpcode(reader, place);
      const opcode = lookUp(context.opcodes, context.costs, key, offset, place);
      if (!this.#dead) this.#blocks.add(this.#block, context.costs.classes[opcode.cost] ?? 0);
      if (key < 0x20) this.#control(key, opcode, offset);
      else if (key >= 0xd5 && key <= 0xd6) this.#branchOnNull(opcode);
      else if (opcode.shape === 'cast') this.#branchOnCast();
      else if (opcode.shape === 'global') this.#global(opcode);
      else if (opcode.cost === 'grow') this.#grow(key, offset, opcode);
      else if (opcode.cost === 'bulk') this.#bulk(key, offset, opcode);
      else if (opcode.cost === 'allocation') this.#allocate(key, offset, opcode);
      else {
        skipImmediates(reader, opcode, context.limits.sectionItems);
        this.#change(opcode.delta);
        if (key >= 0xfd00) this.#simd = true;
      }
    }
    reader.expectEnd('function body');
    this.#blocks.moveAhead(context.costs);
    return {
      blocks: this.#blocks,
      marks: this.#marks,
      sized: this.#sized,
      callDepths: this.#callDepths,
      loops: this.#loops,
      handlers: this.#handlers,
      landsAtEnd: this.#landsAtEnd,
      leavesEarly: this.#leavesEarly,
      operands: this.#operands,
      simd: this.#simd,
    };
  }

  #mark(from: number, to: number, kind: Mark, value: number): number {
    this.#marks.push(from, to, kind, value);
    return this.#marks.length - 4;
  }

  #change(delta: number): void {
    this.#height += delta;
    const base = this.#frames.at(-1)?.base ?? 0;
    if (this.#height < base) this.#height = base;
    if (this.#height > this.#operands) this.#operands = this.#height;
  }

  #push(kind: Frame['kind'], block: number, params: number, results: number, start: number): void {
    const most = this.#input.context.limits.blockDepth;
    if (this.#frames.length > most) throw tooMany(`blocks open at offset ${this.#reader.pos}`, most, this.#frames.length);
    if (kind === 'loop') this.#loopDepth++;
    const frame: Frame = {
      ...{ kind, block, params, results, start },
      base: Math.max(0, this.#height - params),
      deadBefore: this.#dead,
      loopDepth: this.#loopDepth,
      outermost: this.#frames.length,
      landing: false,
    };
    this.#frames.push(frame);
  }

  /** Opens a metered block at the present offset. */
  #open(ahead: number): void {
    this.#block = this.#blocks.open(ahead, this.#loopDepth);
    this.#mark(this.#reader.pos, this.#reader.pos, MARK.block, this.#block);
  }

  #die(): void {
    this.#dead = true;
    this.#height = this.#frames.at(-1)?.base ?? 0;
  }

  #control(key: number, opcode: Opcode, offset: number): void {
    const reader = this.#reader;
    switch (key) {
      case 0x00: // unreachable
        return this.#die();
      case 0x01:
        return;
      case 0x02:
      case 0x03:
      case 0x04:
      case 0x06:
        return this.#enter(key, opcode);
      case 0x05:
        return this.#else(offset);
      case 0x07: // catch
      case 0x19: // catch_all
        return this.#catch(key === 0x07 ? this.#tagParams(reader.u32('tag')) : 0, offset);
      case 0x08: // throw
        reader.u32('tag');
        this.#mark(offset, offset, MARK.beforeThrow, 0);
        return this.#die();
      case 0x09: // rethrow
        this.#frame(reader.u32('label'), offset);
        this.#mark(offset, offset, MARK.beforeThrow, 0);
        return this.#die();
      case 0x0a: // throw_ref
        this.#mark(offset, offset, MARK.beforeThrow, 0);
        return this.#die();
      case 0x0b:
        return this.#end();
      case 0x0c: // br
        this.#branch(reader.u32('label'), offset);
        return this.#die();
      case 0x0d: // br_if
        this.#change(-1);
        this.#branch(reader.u32('label'), offset);
        return this.#open(this.#block);
      case 0x0e:
        return this.#branchTable(offset);
      case 0x0f: // return
        this.#mark(offset, reader.pos, MARK.return, this.#frames.length - 1);
        this.#leave(0);
        return this.#die();
      case 0x18:
        return this.#delegate(offset);
      case 0x1f:
        return this.#tryTable();
      case 0x1a:
      case 0x1b:
      case 0x1c:
        skipImmediates(reader, opcode, this.#input.context.limits.sectionItems);
        return this.#change(opcode.delta);
      default:
        return this.#call(key, offset);
    }
  }

  #blockType(): { readonly params: number; readonly results: number } {
    const reader = this.#reader;
    const first = reader.pos < reader.end ? (reader.bytes[reader.pos] ?? 0) : 0;
    if (first === EMPTY) {
      reader.pos++;
      return { params: 0, results: 0 };
    }
    if (first > EMPTY && first < 0x80) {
      readValueType(reader);
      return { params: 0, results: 1 };
    }
    const offset = reader.pos;
    const index = reader.s33('block type');
    return this.#functionType(index, offset);
  }

  #functionType(index: number, offset: number): TypeEntry & { readonly kind: 'func' } {
    const type = this.#input.info.types[index];
    if (type?.kind !== 'func') throw this.#reader.fail('type', 'the index of a function type', index, offset);
    return type;
  }

  #tagParams(tag: number): number {
    const { tags } = this.#input.info;
    const type = tags[tag];
    if (type === undefined) throw this.#reader.fail('tag', `an index below ${tags.length}`, tag);
    return this.#functionType(type, this.#reader.pos).params;
  }

  #enter(key: number, opcode: Opcode): void {
    const { params, results } = this.#blockType();
    if (key === 0x02) return this.#push('block', this.#block, params, results, -1);
    if (key === 0x06) {
      this.#handlers = true;
      return this.#push('try', this.#block, params, results, -1);
    }
    const before = this.#block;
    if (key === 0x03) {
      const at = this.#mark(this.#reader.pos, this.#reader.pos, MARK.loop, this.#blocks.cost.length);
      this.#push('loop', before, params, results, at);
      this.#loops++;
      this.#block = this.#blocks.open(-1, this.#loopDepth);
      return;
    }
    this.#change(opcode.delta);
    this.#push('if', before, params, results, this.#blocks.cost.length);
    this.#open(before);
  }

  #else(offset: number): void {
    const frame = this.#frames.at(-1);
    if (frame?.kind !== 'if' || frame.start < 0) throw this.#reader.fail('else', 'an open if', 'none', offset);
    this.#frames[this.#frames.length - 1] = { ...frame, start: -1 };
    this.#block = this.#blocks.openElse(frame.start, frame.block, this.#loopDepth);
    this.#mark(this.#reader.pos, this.#reader.pos, MARK.block, this.#block);
    this.#dead = frame.deadBefore;
    this.#height = frame.base + frame.params;
  }

  #catch(values: number, offset: number): void {
    const frame = this.#frames.at(-1);
    if (frame?.kind !== 'try') throw this.#reader.fail('catch', 'an open try', 'none', offset);
    this.#mark(this.#reader.pos, this.#reader.pos, MARK.landing, 0);
    this.#dead = frame.deadBefore;
    this.#open(frame.block);
    this.#height = frame.base;
    this.#change(values);
  }

  #delegate(offset: number): void {
    const frame = this.#frames.at(-1);
    if (frame?.kind !== 'try') throw this.#reader.fail('delegate', 'an open try', 'none', offset);
    // The label counts from outside the try; one past the outermost frame stands for the caller.
    const label = this.#reader.u32('label');
    if (label > this.#frames.length - 2) throw this.#reader.fail('label', NO_FRAME, label, offset);
    this.#end();
  }

  #tryTable(): void {
    const reader = this.#reader;
    const { params, results } = this.#blockType();
    const count = reader.count('catch clauses', this.#input.context.limits.sectionItems, 2);
    this.#handlers = true;
    let outermost = this.#frames.length;
    for (let index = 0; index < count; index++) {
      const offset = reader.pos;
      const kind = reader.byte('catch clause');
      if (kind > 3) throw reader.fail('catch clause', '0 to 3', kind, offset);
      if (kind < 2) reader.u32('tag');
      const label = reader.u32('label');
      const frame = this.#frame(label, offset);
      frame.landing = true;
      if (frame.kind === 'loop') this.#marks[frame.start + 1] = -1;
      outermost = Math.min(outermost, this.#frames.length - 1 - label);
      if (outermost === 0) this.#leavesEarly = true;
    }
    this.#push('block', this.#block, params, results, -1);
    this.#leave(outermost);
  }

  #end(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    const depth = this.#frames.length;
    this.#dead = frame.deadBefore;
    if (frame.kind === 'loop') this.#loopDepth--;
    if (depth === 0) {
      this.#landsAtEnd = frame.landing;
      return;
    }
    this.#height = frame.base;
    this.#change(frame.results);
    if (frame.landing && frame.kind !== 'loop') this.#mark(this.#reader.pos, this.#reader.pos, MARK.landing, 0);
    this.#block = frame.block;
    if (frame.outermost < depth) {
      this.#leave(frame.outermost);
      this.#open(frame.block);
    }
  }

  #frame(label: number, offset: number): Frame {
    const frame = this.#frames[this.#frames.length - 1 - label];
    if (frame === undefined) throw this.#reader.fail('label', NO_FRAME, label, offset);
    return frame;
  }

  #branch(label: number, offset: number): void {
    this.#frame(label, offset);
    this.#leave(this.#frames.length - 1 - label);
  }

  /** Notes that control may leave everything within the frame numbered `target`. */
  #leave(target: number): void {
    if (target === 0) this.#leavesEarly = true;
    const top = this.#frames.at(-1);
    if (top !== undefined && target < top.outermost) top.outermost = target;
  }

  #branchTable(offset: number): void {
    const reader = this.#reader;
    const count = reader.count('branch targets', this.#input.context.limits.functionBytes);
    for (let index = 0; index <= count; index++) this.#branch(reader.u32('label'), offset);
    this.#die();
  }

  #branchOnNull(opcode: Opcode): void {
    this.#branch(this.#reader.u32('label'), this.#reader.pos);
    this.#change(opcode.delta);
    this.#open(this.#block);
  }

  #branchOnCast(): void {
    const reader = this.#reader;
    const offset = reader.pos;
    const flags = reader.byte('cast flags');
    if (flags > 3) throw reader.fail('cast flags', '0 to 3', flags, offset);
    this.#branch(reader.u32('label'), offset);
    readHeapType(reader);
    readHeapType(reader);
    this.#open(this.#block);
  }

  #call(key: number, offset: number): void {
    const reader = this.#reader;
    const { info } = this.#input;
    let index = reader.u32('index');
    if (key === 0x11 || key === 0x13) {
      const table = reader.u32('table');
      if (info.tables[table] === undefined) throw reader.fail('table', `an index below ${info.tables.length}`, table, offset);
      this.#change(-1);
    } else if (key === 0x14 || key === 0x15) this.#change(-1);
    else {
      const type = info.functions[index];
      if (type === undefined) throw reader.fail('function', `an index below ${info.functions.length}`, index, offset);
      index = type;
    }
    const type = this.#functionType(index, offset);
    this.#callDepths.push(this.#loopDepth);
    if (key === 0x12 || key === 0x13 || key === 0x15) {
      this.#mark(offset, offset, MARK.beforeTailCall, 0);
      return this.#die();
    }
    this.#mark(offset, offset, MARK.beforeCall, 0);
    this.#mark(reader.pos, reader.pos, MARK.afterCall, 0);
    this.#change(-type.params);
    this.#change(type.results);
  }

  #global(opcode: Opcode): void {
    const start = this.#reader.pos;
    const index = this.#reader.u32('global');
    this.#mark(start, this.#reader.pos, MARK.global, this.#input.mapGlobal(index));
    this.#change(opcode.delta);
  }

  #grow(key: number, offset: number, opcode: Opcode): void {
    const index = this.#reader.u32('index');
    const memory = key === 0x40;
    if (memory) this.#memory(index);
    else this.#table(index);
    this.#mark(offset, this.#reader.pos, memory ? MARK.memoryGrow : MARK.tableGrow, index);
    this.#change(opcode.delta);
  }

  #memory(index: number): boolean {
    const memory = this.#input.info.memories[index];
    if (memory === undefined) throw this.#reader.fail('memory', 'the index of a memory', index);
    return memory.bounds.is64;
  }

  #table(index: number): boolean {
    const table = this.#input.info.tables[index];
    if (table === undefined) throw this.#reader.fail('table', 'the index of a table', index);
    return table.bounds.is64;
  }

  #bulk(key: number, offset: number, opcode: Opcode): void {
    const reader = this.#reader;
    const { costs } = this.#input.context;
    const first = reader.u32('index');
    const second = opcode.shape === 'index2' ? reader.u32('index') : 0;
    const bytes = { shift: costs.bytesPerUnitLog2, units: 1 };
    const elements = { shift: 0, units: costs.element };
    if (key === 0xfc08) this.#memory(second);
    if (key === 0xfc0c) this.#table(second);
    if (key === 0xfc08) this.#chargeBySize(offset, { is64: false, ...bytes });
    else if (key === 0xfc0a) this.#chargeBySize(offset, { is64: this.#memory(first) && this.#memory(second), ...bytes });
    else if (key === 0xfc0b) this.#chargeBySize(offset, { is64: this.#memory(first), ...bytes });
    else if (key === 0xfc0e) this.#chargeBySize(offset, { is64: this.#table(first) && this.#table(second), ...elements });
    else if (key === 0xfc11) this.#chargeBySize(offset, { is64: this.#table(first), ...elements });
    else this.#chargeBySize(offset, { is64: false, ...elements });
    this.#change(opcode.delta);
  }

  #chargeBySize(offset: number, charge: SizedCharge): void {
    this.#mark(offset, offset, MARK.sized, this.#sized.length);
    this.#sized.push(charge);
  }

  #allocate(key: number, offset: number, opcode: Opcode): void {
    const reader = this.#reader;
    const { costs, limits } = this.#input.context;
    const index = reader.u32('type');
    const type = this.#input.info.types[index];
    const isStruct = key <= 0xfb01;
    if (type === undefined || type.kind !== (isStruct ? 'struct' : 'array')) {
      throw reader.fail('type', `the index of ${isStruct ? 'a struct' : 'an array'} type`, index, offset);
    }
    const unit = type.bytes * costs.heapByte;
    let units = 16 * costs.heapByte;
    if (type.kind === 'struct') {
      units += unit;
      this.#change(1 - (key === 0xfb00 ? type.fields : 0));
    } else if (key === 0xfb08) {
      const length = reader.count('array elements', limits.functionBytes, 0);
      units += length * unit;
      this.#change(1 - length);
    } else {
      if (opcode.shape === 'index2') reader.u32('segment');
      this.#chargeBySize(offset, { is64: false, shift: 0, units: unit });
      this.#change(opcode.delta);
    }
    if (!this.#dead) this.#blocks.add(this.#block, units);
  }
}
