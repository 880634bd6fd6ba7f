/**
 * Second pass over a function body: writes it again with the meter's instructions at the places that the scan marked. Results,
 * traps and locals of the original stay as they are; new locals stand behind the old ones.
 */
import { SojournError } from '../errors.ts';
import { CounterCode, type MeterIndices, OP } from './counter-code.ts';
import { kindOfType } from './float-flow.ts';
import { UNCOUNTED_WEIGHT, weighFrame } from './frames.ts';
import {
  type GrowthInput,
  writeFixedAllocation,
  writeMemoryGrow,
  writeSizedCharge,
  writeTableGrow,
} from './growth-code.ts';
import { writeCanonical } from './float-code.ts';
import { LANDING } from './control.ts';
import { MARK, type Scan, type ScanInput } from './marks.ts';
import { tooMany } from './context.ts';
import type { Table } from './module-info.ts';
import type { Reader } from './reader.ts';
import { scanBody } from './scan.ts';
import { EMPTY, I32, I64, readValueType } from './types.ts';
import { Writer } from './writer.ts';

export interface RewriteInput extends Omit<ScanInput, 'locals' | 'floatLocals'> {
  readonly indices: MeterIndices;
  /** Gives the index of a function type without parameters and with these results. */
  readonly resultType: (resultBytes: Uint8Array) => number;
}

/** Code that costs more than this is checked where it is charged; a function that can cost more, at its entry. */
const CHECKED_BLOCK = 256;
const CHECKED_FUNCTION = 64;

/**
 * Writes the body in `reader` (locals and instructions, without its length) anew to `out`, which is empty. Gives the offsets of
 * branches that are hardly ever taken.
 */
export function rewriteBody(reader: Reader, input: RewriteInput, out: Writer): readonly number[] {
  const groups = reader.count('local groups', input.context.limits.localsPerFunction, 2);
  const groupsStart = reader.pos;
  const declared = readLocals(reader, groups, input.context.limits.localsPerFunction);
  const groupsEnd = reader.pos;
  const own = input.type.params + declared.count;
  const scan = scanBody(reader, { ...input, locals: own, floatLocals: declared.floats });
  const locals = new Locals(own);
  const code = new Writer(2 * (reader.end - groupsEnd) + 64);
  const simd = declared.v128 || scan.simd || input.type.v128;
  // Making a NaN canonical takes a local, and one more place on the operand stack.
  const operands = scan.operands + (scan.canonical.size > 0 ? 1 : 0);
  const frame = { params: input.type.params, locals: declared.count + scan.canonical.size, operands, simd };
  const unlikely = new BodyWriter(input, scan, locals, code, weighFrame(frame)).write(reader, groupsEnd);
  out.u32(groups + locals.types.length).copy(reader.bytes, groupsStart, groupsEnd);
  for (const type of locals.types) out.byte(1).bytes(type);
  const start = out.length;
  out.bytes(code.view());
  return unlikely.map((offset) => start + offset);
}

interface DeclaredLocals {
  readonly count: number;
  readonly v128: boolean;
  /** Kind by local; empty where none holds a float. */
  readonly floats: Uint8Array;
}

function readLocals(reader: Reader, groups: number, most: number): DeclaredLocals {
  let count = 0;
  let v128 = false;
  const runs: { readonly from: number; readonly to: number; readonly kind: number }[] = [];
  for (let index = 0; index < groups; index++) {
    const from = count;
    count += reader.u32('locals');
    if (count > most) throw tooMany(`locals at offset ${reader.pos}`, most, count);
    const kind = kindOfType(reader.bytes[reader.pos] ?? 0);
    if (readValueType(reader) === 16) v128 = true;
    if (kind !== 0) runs.push({ from, to: count, kind });
  }
  const floats = new Uint8Array(runs.length > 0 ? count : 0);
  for (const { from, to, kind } of runs) floats.fill(kind, from, to);
  return { count, v128, floats };
}

/** New locals, made when first asked for. */
class Locals {
  readonly types: ArrayLike<number>[] = [];
  readonly #first: number;
  readonly #named = new Map<string, number>();

  constructor(first: number) {
    this.#first = first;
  }

  get(name: string, type: ArrayLike<number>): number {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const index = this.#first + this.types.length;
    this.types.push(type);
    this.#named.set(name, index);
    return index;
  }
}

class BodyWriter {
  readonly #input: RewriteInput;
  readonly #scan: Scan;
  readonly #locals: Locals;
  readonly #out: Writer;
  /** Call depth that this function takes, 0 where it goes uncounted. */
  readonly #weight: number;
  readonly #code: CounterCode;
  readonly #growth: GrowthInput;
  readonly #wrapped: boolean;

  constructor(input: RewriteInput, scan: Scan, locals: Locals, out: Writer, weight: number) {
    this.#input = input;
    this.#scan = scan;
    this.#locals = locals;
    this.#out = out;
    this.#weight = scan.callers.size > 0 || weight > UNCOUNTED_WEIGHT ? weight : 0;
    const cached = keepsCounterInLocal(scan);
    this.#wrapped = scan.leavesEarly && (cached || this.#weight > 0);
    const floor = cached && scan.quietLoops ? locals.get('floor', [I64]) : null;
    this.#code = new CounterCode(out, input.indices, locals.get('counter', [I64]), cached, floor);
    this.#growth = {
      out,
      code: this.#code,
      costs: input.context.costs,
      indices: input.indices,
      locals: {
        size: (is64) => locals.get(is64 ? 'size64' : 'size32', [is64 ? I64 : I32]),
        element: (table: Table) => locals.get(`element ${table.type.join()}`, table.type),
      },
      memoryPages: input.context.memoryPages,
      tableElements: input.context.tableElements,
    };
  }

  write(reader: Reader, start: number): readonly number[] {
    const { marks } = this.#scan;
    this.#enter();
    let from = start;
    for (let index = 4; index < marks.length; index += 4) {
      if (marks[index + 2] === MARK.none) continue;
      const at = marks[index] ?? 0;
      const to = marks[index + 1] ?? 0;
      this.#out.copy(reader.bytes, from, at);
      from = this.#apply(marks[index + 2] ?? 0, marks[index + 3] ?? 0, to === LANDING) ? Math.max(at, to) : at;
    }
    // The last byte is the function's `end`.
    this.#out.copy(reader.bytes, from, reader.end - 1);
    if (this.#wrapped) {
      this.#out.byte(OP.end);
      this.#code.join();
    }
    if (this.#scan.landsAtEnd) this.#code.restoreDepth(this.#depthLocal());
    this.#code.leave(this.#weight);
    this.#out.byte(OP.end);
    return this.#code.unlikely;
  }

  #enter(): void {
    const { blocks, callers, loops, handlers } = this.#scan;
    const total = blocks.cost.reduce((sum, units) => sum + units, 0);
    const check = callers.size > 0 || this.#weight > 0 || (loops === 0 && total > CHECKED_FUNCTION);
    this.#code.enter(blocks.costOf(0), this.#weight, check);
    if (handlers) this.#code.saveDepth(this.#depthLocal());
    if (this.#wrapped) this.#writeWrapper();
  }

  /** A block around the body, so that every branch to the function's end passes the code behind it. */
  #writeWrapper(): void {
    const { type } = this.#input;
    this.#out.byte(OP.block);
    if (type.results === 0) this.#out.byte(EMPTY);
    else if (type.results === 1) this.#out.bytes(type.resultBytes.subarray(1));
    else this.#out.s64(BigInt(this.#input.resultType(type.resultBytes)));
  }

  #writeCanonical(value: number): void {
    const kind = value % 8;
    const own = (value - kind) / 8;
    writeCanonical(this.#out, this.#code, kind, own > 0 ? own - 1 : null, (type) =>
      this.#locals.get(`float ${type}`, [type]),
    );
  }

  #depthLocal(): number {
    return this.#locals.get('depth', [I64]);
  }

  /** Writes what a mark stands for; false where it replaces nothing. */
  #apply(kind: number, value: number, landing: boolean): boolean {
    const code = this.#code;
    const { context, info } = this.#input;
    switch (kind) {
      case MARK.block: {
        const units = this.#scan.blocks.costOf(value);
        if (units > 0) code.charge(units, units >= CHECKED_BLOCK);
        return false;
      }
      case MARK.quietLoop:
        code.join();
        code.chargeTurn(this.#scan.blocks.costOf(value));
        return false;
      case MARK.loop:
        code.join();
        if (landing) code.restoreDepth(this.#depthLocal());
        code.charge(this.#scan.blocks.costOf(value), true);
        // What a loop used is known by its next turn, should the guest trap by itself.
        code.publish();
        return false;
      case MARK.landing:
        code.restoreDepth(this.#depthLocal());
        return false;
      case MARK.global:
        this.#out.u32(value);
        return true;
      case MARK.return:
        if (this.#wrapped) this.#out.byte(OP.br).u32(value);
        else this.#out.byte(OP.return);
        return true;
      case MARK.beforeCall:
      case MARK.beforeThrow:
        code.publish();
        return false;
      case MARK.afterCall:
        code.lose();
        return false;
      case MARK.settle:
        code.settle();
        return false;
      case MARK.join:
        code.join();
        return false;
      case MARK.beforeTailCall:
        code.leave(this.#weight);
        // V8's optimising compiler looks for a request to end at loops and calls, not at tail calls: an empty loop is such a place
        this.#out.byte(OP.loop).byte(EMPTY).byte(OP.end);
        return false;
      case MARK.memoryGrow: {
        const memory = info.memories[value];
        if (memory !== undefined) writeMemoryGrow(this.#growth, value, memory);
        return true;
      }
      case MARK.tableGrow: {
        const table = info.tables[value];
        if (table !== undefined) writeTableGrow(this.#growth, value, table);
        return true;
      }
      case MARK.sized: {
        const charge = this.#scan.sized[value];
        if (charge !== undefined) writeSizedCharge(this.#growth, charge);
        return false;
      }
      case MARK.allocation:
        writeFixedAllocation(this.#growth, value);
        return false;
      case MARK.canonical:
        this.#writeCanonical(value);
        return false;
      default:
        throw new SojournError(
          'internal',
          `mark of core module ${context.module}: expected a known kind, found ${kind}`,
        );
    }
  }
}

/**
 * A local copy makes a charge cheap, and each stretch with calls dearer: the counter has to be written back and read again. A
 * function that handles exceptions could find its copy out of date.
 */
function keepsCounterInLocal(scan: Scan): boolean {
  if (scan.handlers) return false;
  const { cost, loopDepth } = scan.blocks;
  const weigh = (block: number): number => 8 ** Math.min(loopDepth[block] ?? 0, 4);
  let charges = 0;
  for (const [block, units] of cost.entries()) if (units > 0) charges += weigh(block);
  let calls = 0;
  for (const block of scan.callers) calls += weigh(block);
  return calls < charges;
}
