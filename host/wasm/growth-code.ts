/**
 * The instructions around growth and bulk operations: charge by size before anything happens, hold growth within the bounds,
 * and stop the guest where the engine refuses growth that is within them, since that would depend on the machine.
 */
import type { CostTable } from './costs.ts';
import { type CounterCode, type MeterIndices, OP } from './counter-code.ts';
import type { SizedCharge } from './marks.ts';
import { BOUND_HOST, BOUND_MEMORY, BOUND_TABLE, PAGE_BITS } from './meter-module.ts';
import type { Memory, Table } from './module-info.ts';
import { I32, I64, OBJECT_BYTES } from './types.ts';
import type { Writer } from './writer.ts';

/** Locals that growth code asks for. */
export interface GrowthLocals {
  /** A local for a size of the given width. */
  size(is64: boolean): number;
  /** A local that holds an element of the table's type. */
  element(table: Table): number;
}

export interface GrowthInput {
  readonly out: Writer;
  readonly code: CounterCode;
  readonly costs: CostTable;
  readonly indices: MeterIndices;
  readonly locals: GrowthLocals;
  readonly memoryPages: number;
  readonly tableElements: number;
}

/** No size above counts as more: it is beyond every limit. */
const MOST_ITEMS = 1n << 32n;
const MOST_PAGES = 1n << 20n;

/** Charges by the size on top of the operand stack, and leaves it there. */
export function writeSizedCharge(input: GrowthInput, charge: SizedCharge): void {
  const local = input.locals.size(charge.is64);
  input.out.byte(OP.localTee).u32(local);
  input.code.chargeAmount(() => {
    writeSize(input.out, local, charge.is64, charge.is64 ? MOST_ITEMS : null);
    if (charge.shift > 0) input.out.byte(OP.i64Const).s64(BigInt(charge.shift)).byte(OP.i64ShrU);
    writeTimes(input.out, charge.units);
  });
  if (charge.itemBytes === 0) return;
  writeAllocation(input, () => {
    writeSize(input.out, local, charge.is64, null);
    writeTimes(input.out, charge.itemBytes);
    input.out.byte(OP.i64Const).s64(BigInt(OBJECT_BYTES)).byte(OP.i64Add);
  });
}

/** Takes the bytes of one object, which `amount` leaves on the operand stack as an i64 below 2^40. */
export function writeAllocation(input: GrowthInput, amount: () => void): void {
  const { out, code, indices } = input;
  out.byte(OP.globalGet).u32(indices.memory);
  amount();
  out.byte(OP.i64Sub).byte(OP.globalSet).u32(indices.memory);
  out.byte(OP.globalGet).u32(indices.memory).byte(OP.i64Const).byte(0).byte(OP.i64LtS);
  code.trapWithBoundIf(BOUND_MEMORY);
}

/** An object whose size is known. */
export function writeFixedAllocation(input: GrowthInput, bytes: number): void {
  writeAllocation(input, () => void input.out.byte(OP.i64Const).s64(BigInt(bytes)));
}

/** Replaces `memory.grow`: number of pages in, former size or -1 out. */
export function writeMemoryGrow(input: GrowthInput, index: number, memory: Memory): void {
  const { out, code, costs, indices } = input;
  const { is64 } = memory.bounds;
  const size = input.locals.size(is64);
  out.byte(OP.localSet).u32(size);
  code.chargeAmount(() => {
    writeSize(out, size, is64, MOST_PAGES);
    writeTimes(out, costs.page);
  });
  const writePresent = (): void => void out.byte(OP.memorySize).u32(index);
  const growth = { is64, size, writePresent };
  writeOwnMaximum(input, growth, memory.bounds.maximum, BigInt(input.memoryPages), () => {
    writeSize(out, size, is64, null);
    out.byte(OP.globalGet).u32(indices.memory).byte(OP.i64Const).s64(PAGE_BITS).byte(OP.i64ShrS).byte(OP.i64GtU);
    code.trapWithBoundIf(BOUND_MEMORY);
    out.byte(OP.globalGet).u32(indices.memory);
    writeSize(out, size, is64, null);
    out.byte(OP.i64Const).s64(PAGE_BITS).byte(OP.i64Shl).byte(OP.i64Sub).byte(OP.globalSet).u32(indices.memory);
    out.byte(OP.localGet).u32(size).byte(OP.memoryGrow).u32(index);
    writeRefusalTrap(input, is64, size);
  });
}

/** Replaces `table.grow`: element and count in, former size or -1 out. */
export function writeTableGrow(input: GrowthInput, index: number, table: Table): void {
  const { out, code, costs } = input;
  const { is64 } = table.bounds;
  const size = input.locals.size(is64);
  const element = input.locals.element(table);
  const growth = { is64, size, writePresent: (): void => void out.bytes([0xfc, 0x10]).u32(index) };
  out.byte(OP.localSet).u32(size).byte(OP.localSet).u32(element);
  code.chargeAmount(() => {
    writeSize(out, size, is64, is64 ? MOST_ITEMS : null);
    writeTimes(out, costs.tableGrowth);
  });
  writeOwnMaximum(input, growth, table.bounds.maximum, BigInt(input.tableElements), () => {
    writeExceeds(out, growth, BigInt(input.tableElements));
    code.trapWithBoundIf(BOUND_TABLE);
    out.byte(OP.localGet).u32(element).byte(OP.localGet).u32(size).bytes([0xfc, 0x0f]).u32(index);
    writeRefusalTrap(input, is64, size);
  });
}

/** The size in a local as an i64, at most `most`. */
function writeSize(out: Writer, local: number, is64: boolean, most: bigint | null): void {
  const write = (): void => {
    out.byte(OP.localGet).u32(local);
    if (!is64) out.byte(OP.i64ExtendI32U);
  };
  write();
  if (most === null) return;
  out.byte(OP.i64Const).s64(most);
  write();
  out.byte(OP.i64Const).s64(most).byte(OP.i64LtU).byte(OP.select);
}

function writeTimes(out: Writer, units: number): void {
  if (units !== 1) out.byte(OP.i64Const).s64(BigInt(units)).byte(OP.i64Mul);
}

/** One growth: its operand lies in the local `size`. */
interface Growth {
  readonly is64: boolean;
  readonly size: number;
  /** Leaves the present size on the operand stack. */
  readonly writePresent: () => void;
}

/** Leaves whether present size and growth together exceed `most`; `most` is never below the present size. */
function writeExceeds(out: Writer, growth: Growth, most: bigint): void {
  writeSize(out, growth.size, growth.is64, null);
  out.byte(OP.i64Const).s64(most);
  growth.writePresent();
  if (!growth.is64) out.byte(OP.i64ExtendI32U);
  out.byte(OP.i64Sub).byte(OP.i64GtU);
}

/** Growth beyond a maximum that the module itself declared gives -1, as the standard says. */
function writeOwnMaximum(
  input: GrowthInput,
  growth: Growth,
  declared: bigint | null,
  most: bigint,
  writeGrowth: () => void,
): void {
  const { out } = input;
  if (declared === null || declared > most) return writeGrowth();
  const { is64 } = growth;
  writeExceeds(out, growth, declared);
  out
    .byte(OP.if)
    .byte(is64 ? I64 : I32)
    .byte(is64 ? OP.i64Const : OP.i32Const)
    .s32(-1)
    .byte(OP.else);
  writeGrowth();
  out.byte(OP.end);
}

/** Traps where the former size on the operand stack is -1: within the bounds, only the engine itself can have refused. */
function writeRefusalTrap(input: GrowthInput, is64: boolean, local: number): void {
  input.out.byte(OP.localTee).u32(local).byte(OP.localGet).u32(local);
  input.out
    .byte(is64 ? OP.i64Const : OP.i32Const)
    .s32(-1)
    .byte(is64 ? OP.i64Eq : OP.i32Eq);
  input.code.trapWithBoundIf(BOUND_HOST);
}
