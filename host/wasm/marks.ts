/**
 * What the first pass over a function body (scan.ts) hands to the second (rewrite.ts): places, and what to do there.
 */
import type { MeteredBlocks } from './blocks.ts';
import type { FloatKind } from './float-opcodes.ts';
import type { Place } from './instructions.ts';
import type { IndexMap, MeterContext } from './context.ts';
import type { ModuleInfo } from './module-info.ts';
import type { TypeEntry } from './types.ts';

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
  /** Control is about to go where other ways lead too. */
  settle: 12,
  /** Other ways lead here too. */
  join: 13,
  /** A place reserved for MARK.canonical, and not needed. */
  none: 14,
  /** Makes a NaN on top of the operand stack canonical: `value` is a FloatKind, and 8 times what is 1 above the local it came from. */
  canonical: 15,
  /** Takes the memory of an object of `value` bytes. */
  allocation: 16,
  /** Charges metered block `value` and checks: the head of a loop in which nothing is called. */
  quietLoop: 17,
} as const;
export type Mark = (typeof MARK)[keyof typeof MARK];

/** A charge by the number of items on top of the operand stack. */
export interface SizedCharge {
  readonly is64: boolean;
  /** Bytes of each item of a garbage-collected object that is made; 0 for other instructions. */
  readonly itemBytes: number;
  /** The size is first divided by 2 to the power of this, then multiplied by `units`. */
  readonly shift: number;
  readonly units: number;
}

export interface Scan {
  readonly blocks: MeteredBlocks;
  /** Four numbers each: offset, end of what is replaced, kind, value. In order of offset. */
  readonly marks: readonly number[];
  readonly sized: readonly SizedCharge[];
  /** The metered blocks that call, in whichever way. */
  readonly callers: ReadonlySet<number>;
  readonly loops: number;
  /** Has a loop in which nothing is called. */
  readonly quietLoops: boolean;
  /** Has a handler for exceptions. */
  readonly handlers: boolean;
  /** Has a handler that jumps to the end of the function. */
  readonly landsAtEnd: boolean;
  /** `return`, or a branch to the end of the function. */
  readonly leavesEarly: boolean;
  /** Greatest height of the operand stack, in values. */
  readonly operands: number;
  readonly simd: boolean;
  /** Kinds of floats that need a local to be made canonical in. */
  readonly canonical: ReadonlySet<FloatKind>;
}

export interface ScanInput {
  readonly context: MeterContext;
  readonly info: ModuleInfo;
  readonly place: Place;
  readonly type: TypeEntry & { readonly kind: 'func' };
  readonly indexMap: IndexMap;
  /** Parameters and locals of the function. */
  readonly locals: number;
  /** What declared locals hold (float-flow.ts); empty where none holds a float. */
  readonly floatLocals: Uint8Array;
}
