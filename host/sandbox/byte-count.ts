/**
 * What a piece of data costs against the byte limits: texts in UTF-8 and byte strings by their length, and 8 for every value,
 * which is about what the canonical ABI lays out for it. Field names cost nothing.
 */
import { isList, isMap } from '../value.ts';
import type { Value } from '../value.ts';

export const VALUE_BYTES = 8;

/** Bytes of `value`. Recursion is as deep as the contract's types, which do not nest freely. */
export function countBytes(value: Value): number {
  if (typeof value === 'string') return VALUE_BYTES + Buffer.byteLength(value);
  if (value instanceof Uint8Array) return VALUE_BYTES + value.length;
  if (isList(value)) return value.reduce<number>((sum, item) => sum + countBytes(item), VALUE_BYTES);
  if (isMap(value)) return Object.values(value).reduce<number>((sum, item) => sum + countBytes(item), 0);
  return VALUE_BYTES;
}
