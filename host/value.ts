/**
 * The data model of everything that is stored: JSON plus byte strings. Whole numbers lie within ±(2^53 - 1); NaN, infinities
 * and negative zero do not exist. Maps are objects without a prototype or plain objects; their order carries no meaning.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };

export type ValueMap = { readonly [key: string]: Value };

export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** A whole number of at least 0. */
export function isCount(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
