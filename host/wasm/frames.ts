/**
 * What a call weighs. The weight stands for native stack: one unit for each 64 bytes that the frame of the slowest tier of a
 * compiler may take. It is worked out from the code alone, so that the depth at which a guest is stopped is the same everywhere.
 */

/** Bytes of stack for one unit of call depth. */
const UNIT_BYTES = 64;
/** Return address, frame pointer, instance and what else a frame has without values. */
const FRAME_BYTES = 96;
const VALUE_BYTES = 8;

/** A function that calls nothing and weighs no more goes uncounted: there is never more than one such frame. */
export const UNCOUNTED_WEIGHT = 16;

export interface FrameSize {
  /** Parameters and locals. */
  readonly locals: number;
  readonly operands: number;
  /** Whether the function works with 128-bit values. */
  readonly simd: boolean;
}

/** Units of call depth, at least 1. */
export function weighFrame(size: FrameSize): number {
  const values = (size.locals + size.operands) * (size.simd ? 2 : 1);
  return Math.ceil((FRAME_BYTES + values * VALUE_BYTES) / UNIT_BYTES);
}
