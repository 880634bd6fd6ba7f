/**
 * First pass over a function body: finds metered blocks and every place where the second pass (rewrite.ts) has to put or
 * replace code, and estimates the frame. It follows control structure and stack heights, not types: the engine checks those.
 */
import { ControlStack } from './control.ts';
import { FloatFlow, isNumber } from './float-flow.ts';
import { lookUp, readOpcode, skipImmediates } from './instructions.ts';
import { MARK, type Scan, type ScanInput } from './marks.ts';
import { noteInstruction } from './kept-state.ts';
import type { Opcode } from './opcodes.ts';
import type { Reader } from './reader.ts';
import { SizedInstructions } from './sized.ts';
import { EMPTY, readHeapType, readValueType, type TypeEntry } from './types.ts';

/** Scans the instructions in `reader` up to its end. Errors: `component.malformed`, `component.opcode`, `component.limit`. */
export function scanBody(reader: Reader, input: ScanInput): Scan {
  return new Scanner(reader, input).run();
}

/** Parameters and results that the price of a call includes; each further one costs a unit. */
const CALL_VALUES = 8;

type FunctionType = TypeEntry & { readonly kind: 'func' };

class Scanner {
  readonly #reader: Reader;
  readonly #input: ScanInput;
  readonly #control: ControlStack;
  readonly #sized: SizedInstructions;
  readonly #floats: FloatFlow;
  readonly #callers = new Set<number>();
  #handlers = false;
  #simd = false;

  constructor(reader: Reader, input: ScanInput) {
    this.#reader = reader;
    this.#input = input;
    const marks: number[] = [];
    this.#floats = new FloatFlow(marks, input.floatLocals, input.type.params);
    this.#control = new ControlStack(reader, input.context.limits.blockDepth, marks, this.#floats);
    this.#sized = new SizedInstructions(reader, this.#control, input);
  }

  run(): Scan {
    const { context, place, type } = this.#input;
    const reader = this.#reader;
    const control = this.#control;
    control.enterFunction(type.results);
    while (control.depth > 0) {
      const offset = reader.pos;
      const key = readOpcode(reader, place);
      const opcode = lookUp(context.opcodes, context.costs, key, offset, place);
      noteInstruction(key, context);
      control.charge(context.costs.classes[opcode.cost] ?? 0);
      this.#instruction(key, opcode, offset);
    }
    reader.expectEnd('function body');
    control.blocks.moveAhead(context.costs);
    const { blocks, marks, loops, quietLoops, landsAtEnd, leavesEarly, operands } = control;
    const found = { blocks, marks, loops, quietLoops, landsAtEnd, leavesEarly, operands };
    return {
      ...found,
      sized: this.#sized.charges,
      callers: this.#callers,
      handlers: this.#handlers,
      simd: this.#simd,
      canonical: this.#floats.finish(),
    };
  }

  #instruction(key: number, opcode: Opcode, offset: number): void {
    if (key < 0x10 || key === 0x18 || key === 0x19 || key === 0x1f) return this.#controlInstruction(key, offset);
    if (key < 0x18) return this.#call(key, offset);
    if (opcode.shape === 'label' || opcode.shape === 'cast') return this.#branchOnReference(opcode, offset);
    if (opcode.shape === 'global') return this.#global(opcode);
    if (opcode.shape === 'local') return this.#local(key, opcode, offset);
    if (opcode.shape === 'function') return this.#reference(opcode);
    if (opcode.cost === 'grow') return this.#sized.grow(key, offset, opcode);
    if (opcode.cost === 'bulk') return this.#sized.bulk(key, offset, opcode);
    if (opcode.cost === 'allocation') return this.#sized.allocate(key, offset, opcode);
    if (key >= 0xfd00) this.#simd = true;
    if (!this.#control.dead && this.#followFloats(key, opcode)) return;
    skipImmediates(this.#reader, opcode, this.#input.context.limits.sectionItems);
    this.#control.change(opcode.delta);
  }

  /** Instructions through which floats are followed; false for all others, which see the bits of what they take. */
  #followFloats(key: number, opcode: Opcode): boolean {
    const reader = this.#reader;
    const control = this.#control;
    const { height } = control;
    if (opcode.float !== undefined) {
      skipImmediates(reader, opcode, this.#input.context.limits.sectionItems);
      this.#floats.apply(opcode.float, height + opcode.delta - 1, reader.pos, control.loopDepth);
    } else if (key === 0x43 || key === 0x44 || key === 0xfd0c) {
      const start = reader.pos;
      skipImmediates(reader, opcode, this.#input.context.limits.sectionItems);
      if (isNumber(reader.bytes.subarray(start, reader.pos))) this.#floats.pushNumber(height);
    } else if (key === 0x1a) this.#floats.forget(height - 1);
    else return false;
    control.shift(opcode.delta);
    return true;
  }

  #controlInstruction(key: number, offset: number): void {
    const reader = this.#reader;
    const control = this.#control;
    this.#floats.consume(0);
    if (key !== 0x01 && key !== 0x02) control.settle(offset);
    switch (key) {
      case 0x00: // unreachable
        return control.die();
      case 0x01: // nop
        return;
      case 0x02:
      case 0x03:
      case 0x04:
      case 0x06:
        return this.#enter(key);
      case 0x05:
        return control.enterElse(offset);
      case 0x07: // catch
        return control.enterCatch(this.#tagParams(reader.u32('tag')), offset);
      case 0x19: // catch_all
        return control.enterCatch(0, offset);
      case 0x08: // throw
        reader.u32('tag');
        return this.#throw(offset);
      case 0x09: // rethrow
        if (reader.u32('label') >= control.depth) throw reader.fail('label', 'an enclosing block', 'none', offset);
        return this.#throw(offset);
      case 0x0a: // throw_ref
        return this.#throw(offset);
      case 0x0b:
        return control.end();
      case 0x18:
        return control.delegate(reader.u32('label'), offset);
      case 0x1f:
        return this.#tryTable();
      default:
        return this.#branch(key, offset);
    }
  }

  #branch(key: number, offset: number): void {
    const reader = this.#reader;
    const control = this.#control;
    if (key === 0x0d) {
      // br_if
      control.change(-1);
      control.branch(reader.u32('label'), offset);
      return control.open(control.block);
    }
    if (key === 0x0f) {
      control.mark(offset, reader.pos, MARK.return, control.depth - 1);
      control.leaveTo(0);
    } else if (key === 0x0e) {
      const others = reader.count('branch targets', this.#input.context.limits.functionBytes);
      for (let index = 0; index <= others; index++) control.branch(reader.u32('label'), offset);
    } else control.branch(reader.u32('label'), offset);
    control.die();
  }

  /** Branches that depend on a reference: what is left of the operand stack when they aren't taken is in the table. */
  #branchOnReference(opcode: Opcode, offset: number): void {
    const reader = this.#reader;
    this.#floats.consume(0);
    this.#control.settle(offset);
    if (opcode.shape === 'cast') {
      const flags = reader.byte('cast flags');
      if (flags > 3) throw reader.fail('cast flags', '0 to 3', flags, offset);
    }
    this.#control.branch(reader.u32('label'), offset);
    if (opcode.shape === 'cast') {
      readHeapType(reader);
      readHeapType(reader);
    }
    this.#control.change(opcode.delta);
    this.#control.open(this.#control.block);
  }

  #throw(offset: number): void {
    this.#control.mark(offset, offset, MARK.beforeThrow, 0);
    this.#control.die();
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
    return this.#functionType(reader.s33('block type'), offset);
  }

  #functionType(index: number, offset: number): FunctionType {
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

  #enter(key: number): void {
    const { params, results } = this.#blockType();
    if (key === 0x03) return this.#control.enterLoop(params, results);
    if (key === 0x04) {
      this.#control.change(-1);
      return this.#control.enterIf(params, results);
    }
    if (key === 0x06) this.#handlers = true;
    this.#control.enterBlock(key === 0x06 ? 'try' : 'block', params, results);
  }

  /** Labels of its clauses count from outside the block. */
  #tryTable(): void {
    const reader = this.#reader;
    const { params, results } = this.#blockType();
    const count = reader.count('catch clauses', this.#input.context.limits.sectionItems, 2);
    this.#handlers = true;
    let outermost = this.#control.depth;
    for (let index = 0; index < count; index++) {
      const offset = reader.pos;
      const kind = reader.byte('catch clause');
      if (kind > 3) throw reader.fail('catch clause', '0 to 3', kind, offset);
      if (kind < 2) reader.u32('tag');
      outermost = Math.min(outermost, this.#control.land(reader.u32('label'), offset));
    }
    this.#control.enterBlock('block', params, results);
    this.#control.leaveTo(outermost);
  }

  #call(key: number, offset: number): void {
    const reader = this.#reader;
    this.#floats.consume(0);
    const { info } = this.#input;
    const control = this.#control;
    let index = reader.u32('index');
    if (key === 0x10 || key === 0x12) {
      const type = info.functions[index];
      if (type === undefined) throw reader.fail('function', `an index below ${info.functions.length}`, index, offset);
      index = type;
    } else {
      if (key === 0x11 || key === 0x13) reader.u32('table');
      control.change(-1);
    }
    const type = this.#functionType(index, offset);
    this.#callers.add(control.block);
    control.charge(Math.max(0, type.params + type.results - CALL_VALUES));
    if (key === 0x12 || key === 0x13 || key === 0x15) {
      control.mark(offset, offset, MARK.beforeTailCall, 0);
      return control.die();
    }
    control.call(offset);
    control.change(-type.params);
    control.change(type.results);
  }

  #reference(opcode: Opcode): void {
    this.#input.indexMap.function(this.#reader.u32('function'), this.#reader);
    this.#control.change(opcode.delta);
  }

  /** The meter's own locals stand behind the guest's: an index beyond the guest's would reach the counter. */
  #local(key: number, opcode: Opcode, offset: number): void {
    const index = this.#reader.u32('local');
    const { locals } = this.#input;
    if (index >= locals) throw this.#reader.fail('local', `an index below ${locals}`, index, offset);
    const { dead, height, loopDepth } = this.#control;
    if (dead) return this.#control.change(opcode.delta);
    if (key === 0x20) this.#floats.readLocal(index, height, this.#reader.pos, loopDepth);
    else this.#floats.writeLocal(index, height - 1);
    if (key === 0x21) this.#floats.forget(height - 1);
    this.#control.shift(opcode.delta);
  }

  #global(opcode: Opcode): void {
    const start = this.#reader.pos;
    const index = this.#reader.u32('global');
    this.#control.mark(start, this.#reader.pos, MARK.global, this.#input.indexMap.global(index));
    this.#control.change(opcode.delta);
  }
}
