/**
 * What a call weighs. The weight stands for native stack: one unit for each 32 bytes that the frame may take in the compiler
 * tier that is most generous with it. It is worked out from the code alone, so that a guest is stopped at the same depth
 * everywhere. It is an estimate: an engine that keeps more values alive than the code names may run out of stack before.
 */

/** Bytes of stack for one unit of call depth. */
const UNIT_BYTES = 32;
/** Return address, frame pointer, instance, the meter's own locals, and what else a frame has without values. */
const FRAME_BYTES = 80;
const VALUE_BYTES = 8;

/** A function that calls nothing and weighs no more goes uncounted: there is never more than one such frame. */
export const UNCOUNTED_WEIGHT = 32;

export interface FrameSize {
  readonly params: number;
  readonly locals: number;
  /** Greatest height of the operand stack. */
  readonly operands: number;
  /** Whether the function works with 128-bit values. */
  readonly simd: boolean;
}

/** Units of call depth, at least 1. A parameter may stand on the stack twice: as it was passed, and as a local. */
export function weighFrame(size: FrameSize): number {
  const values = (2 * size.params + size.locals + size.operands) * (size.simd ? 2 : 1);
  return Math.ceil((FRAME_BYTES + values * VALUE_BYTES) / UNIT_BYTES);
}
