/**
 * The instructions that charge and check. The counter is a global that all modules share (meter-module.ts). A function either
 * works on the global, or on a local copy that it writes back wherever other code could see it: calls, exits and throws.
 */
import { DEPTH_BITS, DEPTH_MASK, DEPTH_SIGN } from './meter-module.ts';
import { EMPTY } from './types.ts';
import type { Writer } from './writer.ts';

export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  return: 0x0f,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eq: 0x46,
  i32LtS: 0x48,
  i32GtU: 0x4b,
  i64Eq: 0x51,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64GtS: 0x55,
  i64GtU: 0x56,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64And: 0x83,
  i64Or: 0x84,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
} as const;

/** Indices of the meter's globals within one module. */
export interface MeterIndices {
  readonly counter: number;
  /** Of bytes. */
  readonly memory: number;
  readonly bound: number;
}

/** Fuel that a loop takes in advance, to be known as used should the guest trap by itself. */
const ADVANCE = 4096n;

const EITHER_SIGN = BigInt.asIntN(64, (1n << 63n) | DEPTH_SIGN);

export class CounterCode {
  /** Where each `if` stands whose code is hardly ever run. */
  readonly unlikely: number[] = [];
  readonly #out: Writer;
  readonly #indices: MeterIndices;
  /** A local for the counter, or for passing values where the global is worked on. */
  readonly #local: number;
  /** True where the function keeps the counter in the local. */
  readonly cached: boolean;
  /** A local for what the counter may fall to before more is taken in advance; null where no loop does so. */
  readonly #floor: number | null;
  /** Of a cached counter: `ahead` of the global, the `same`, or `stale` since other code ran. */
  #state: 'ahead' | 'same' | 'stale' = 'ahead';

  constructor(out: Writer, indices: MeterIndices, local: number, cached: boolean, floor: number | null = null) {
    this.#out = out;
    this.#indices = indices;
    this.#local = local;
    this.cached = cached;
    this.#floor = floor;
  }

  /** Takes `units` of fuel and `weight` of depth at the function's entry. */
  enter(units: number, weight: number, check: boolean): void {
    const { counter } = this.#indices;
    const out = this.#out;
    if (units > 0 || weight > 0 || this.cached) {
      out.byte(OP.globalGet).u32(counter);
      if (units > 0 || weight > 0) this.#constant((BigInt(units) << DEPTH_BITS) + BigInt(weight)).#out.byte(OP.i64Sub);
      this.#store(check);
      this.#lift();
    }
    if (!check) return;
    if (weight > 0) {
      out.byte(OP.localGet).u32(this.#local);
      this.#constant(EITHER_SIGN).#out.byte(OP.i64And).byte(OP.i64Const).byte(0).byte(OP.i64Ne);
      this.#trapIf();
    } else this.#checkFuel();
  }

  /** Takes `units` of fuel. */
  charge(units: number, check: boolean): void {
    if (units > 0) {
      this.#load();
      this.#constant(BigInt(units) << DEPTH_BITS).#out.byte(OP.i64Sub);
      this.#store(check);
    } else if (check && !this.cached) this.#copyToLocal();
    if (check) {
      this.settle();
      this.#checkFuel();
    }
  }

  /**
   * Takes `units` of fuel and checks, at the head of a loop in which nothing is called. To the global this loop's fuel is written
   * ADVANCE by ADVANCE, ahead of its use: a store less in each turn, and a guest that traps by itself has paid for what it ran.
   */
  chargeTurn(units: number): void {
    const out = this.#out;
    const floor = this.#floor;
    if (floor === null || units === 0) {
      this.charge(units, true);
      return this.publish();
    }
    this.#load();
    this.#constant(BigInt(units) << DEPTH_BITS)
      .#out.byte(OP.i64Sub)
      .byte(OP.localTee)
      .u32(this.#local);
    out.byte(OP.localGet).u32(floor).byte(OP.i64LtS);
    this.unlikelyIf();
    this.#checkFuel();
    out.byte(OP.localGet).u32(this.#local);
    this.#constant(ADVANCE << DEPTH_BITS)
      .#out.byte(OP.i64Sub)
      .byte(OP.localTee)
      .u32(floor);
    out
      .byte(OP.i64Const)
      .byte(0)
      .byte(OP.localGet)
      .u32(floor)
      .byte(OP.i64Const)
      .byte(0)
      .byte(OP.i64GtS)
      .byte(OP.select);
    out.byte(OP.localTee).u32(floor).byte(OP.globalSet).u32(this.#indices.counter).byte(OP.end);
    this.#state = 'ahead';
  }

  /** Takes the amount of fuel that `amount` leaves on the operand stack as an i64 below 2^42, and checks. */
  chargeAmount(amount: () => void): void {
    this.#load();
    amount();
    this.#constant(DEPTH_BITS).#out.byte(OP.i64Shl).byte(OP.i64Sub);
    this.#store(true);
    this.#checkFuel();
  }

  /** Gives depth back before control leaves, and makes the counter visible. */
  leave(weight: number): void {
    if (weight === 0 && (!this.cached || this.#state !== 'ahead')) return;
    this.#load();
    if (weight > 0) this.#constant(BigInt(weight)).#out.byte(OP.i64Add);
    this.#out.byte(OP.globalSet).u32(this.#indices.counter);
  }

  /** Makes the counter visible to other code. */
  publish(): void {
    if (!this.cached || this.#state !== 'ahead') return;
    this.#writeBack();
    this.#lift();
    this.#state = 'same';
  }

  /** Other code ran and may have changed the counter. */
  lose(): void {
    this.#state = 'stale';
  }

  /** Makes sure that the local is up to date. */
  settle(): void {
    if (!this.cached || this.#state !== 'stale') return;
    this.#copyToLocal();
    this.#lift();
    this.#state = 'same';
  }

  /** Control comes here by several ways, on each of which the local is up to date; the global may not be. */
  join(): void {
    this.#state = 'ahead';
  }

  /** Notes the depth of this frame in a local, so that a handler can set it right. */
  saveDepth(local: number): void {
    this.#load();
    this.#constant(DEPTH_MASK).#out.byte(OP.i64And).byte(OP.localSet).u32(local);
  }

  /** Sets the depth to what it was in this frame. For functions that work on the global. */
  restoreDepth(local: number): void {
    const { counter } = this.#indices;
    this.#out.byte(OP.globalGet).u32(counter);
    this.#constant(-1n - DEPTH_MASK)
      .#out.byte(OP.i64And)
      .byte(OP.localGet)
      .u32(local)
      .byte(OP.i64Or)
      .byte(OP.globalSet)
      .u32(counter);
  }

  /** Traps where the i32 on the operand stack isn't 0, and names the bound. */
  trapWithBoundIf(code: number): void {
    const { bound } = this.#indices;
    this.unlikelyIf();
    if (this.cached && this.#state === 'ahead') this.#writeBack();
    this.#out.byte(OP.i32Const).s32(code).byte(OP.globalSet).u32(bound).byte(OP.unreachable).byte(OP.end);
  }

  /** Begins code that is hardly ever run. */
  unlikelyIf(): void {
    this.unlikely.push(this.#out.length);
    this.#out.byte(OP.if).byte(EMPTY);
  }

  #trapIf(): void {
    this.unlikelyIf();
    if (this.cached && this.#state === 'ahead') this.#writeBack();
    this.#out.byte(OP.unreachable).byte(OP.end);
  }

  #checkFuel(): void {
    this.#out.byte(OP.localGet).u32(this.#local).byte(OP.i64Const).byte(0).byte(OP.i64LtS);
    this.#trapIf();
  }

  /** The counter changed by other ways than a loop's: nothing is taken in advance. */
  #lift(): void {
    if (this.#floor !== null) this.#out.byte(OP.localGet).u32(this.#local).byte(OP.localSet).u32(this.#floor);
  }

  #writeBack(): void {
    this.#out.byte(OP.localGet).u32(this.#local).byte(OP.globalSet).u32(this.#indices.counter);
  }

  #copyToLocal(): void {
    this.#out.byte(OP.globalGet).u32(this.#indices.counter).byte(OP.localSet).u32(this.#local);
  }

  #load(): void {
    this.settle();
    if (this.cached) this.#out.byte(OP.localGet).u32(this.#local);
    else this.#out.byte(OP.globalGet).u32(this.#indices.counter);
  }

  #store(keep: boolean): void {
    this.#state = 'ahead';
    if (this.cached) this.#out.byte(OP.localSet).u32(this.#local);
    else if (keep) this.#out.byte(OP.localTee).u32(this.#local).byte(OP.globalSet).u32(this.#indices.counter);
    else this.#out.byte(OP.globalSet).u32(this.#indices.counter);
  }

  #constant(value: bigint): this {
    this.#out.byte(OP.i64Const).s64(value);
    return this;
  }
}
