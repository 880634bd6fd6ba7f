/**
 * Whole numbers on their way out. The contract's types say bigint; StarlingMonkey takes a bigint or a number, QuickJS
 * traps on a bigint. So they leave as numbers, which lie within ±(2^53 - 1) everywhere in the contract.
 * A u32 leaves QuickJS as it is up to 2^31 - 1 only: what is larger is refused here, and not changed in silence.
 */

/** Throws a RangeError where the number is not whole, negative, or above 2^53 - 1. */
export function encodeU64(value: number, subject: string): bigint {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${subject}: expected a whole number of 0 to 2^53 - 1, found ${value}`);
  }
  // A number where the generated type says bigint: see above.
  return value as unknown as bigint;
}

/** Throws a RangeError where the number is not whole, negative, or above 2^31 - 1. */
export function encodeU32(value: number, subject: string): number {
  if (!Number.isInteger(value) || value < 0 || value > 0x7fff_ffff) {
    throw new RangeError(`${subject}: expected a whole number of 0 to 2^31 - 1, found ${value}`);
  }
  return value;
}
