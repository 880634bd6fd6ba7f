/**
 * Value types and the type section, as far as the meter needs them: how many values a block, call or allocation takes and
 * gives, and how large a garbage-collected object is. Whether types are used rightly is for the engine to check.
 * Source: https://webassembly.github.io/spec/core/binary/types.html.
 */
import { SojournError } from '../errors.ts';
import type { Reader } from './reader.ts';

/** Names for the bytes of value types that the meter itself writes. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
const REF_NULL = 0x63;
const REF = 0x64;
/** Block type without values. */
export const EMPTY = 0x40;

const NUMERIC: readonly number[] = [0x7f, 0x7e, 0x7d, 0x7c, V128];
/** Abstract heap types; each is also the short form of its nullable reference type. */
const ABSTRACT: readonly number[] = [0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74];

/** What an engine adds to each garbage-collected object, in bytes. */
export const OBJECT_BYTES = 16;

export type TypeEntry =
  | {
      readonly kind: 'func';
      readonly params: number;
      readonly results: number;
      /** Its value types, after their count. */
      readonly paramBytes: Uint8Array;
      readonly resultBytes: Uint8Array;
      readonly v128: boolean;
    }
  | { readonly kind: 'struct'; readonly fields: number; readonly bytes: number }
  | { readonly kind: 'array'; readonly bytes: number };

/** What the type section and the imports say of a memory or table. */
export interface Bounds {
  readonly is64: boolean;
  readonly minimum: bigint;
  readonly maximum: bigint | null;
}

/** A heap type: an index, or an abstract one. */
export function readHeapType(reader: Reader): void {
  const offset = reader.pos;
  const value = reader.s33('heap type');
  if (value < 0 && !ABSTRACT.includes(value + 0x80)) throw reader.fail('heap type', 'a known one', value, offset);
}

export function readReferenceType(reader: Reader): void {
  const offset = reader.pos;
  const first = reader.byte('reference type');
  if (first === REF || first === REF_NULL) return readHeapType(reader);
  if (!ABSTRACT.includes(first)) throw reader.fail('reference type', 'a known one', `0x${first.toString(16)}`, offset);
}

/** True for the bytes of a reference type whose values are functions or null, in a module without structs and arrays. */
export function holdsFunctions(type: Uint8Array): boolean {
  const [first = 0, heap = 0] = type;
  const typed = first === 0x63 || first === 0x64;
  const code = typed ? heap : first;
  if (code === 0x70 || code === 0x73) return true;
  // a type index is not negative: bit 6, the sign, is clear in its last byte; all other heap types are negative
  return typed && ((type.at(-1) ?? 0x40) & 0x40) === 0;
}

/** Skips a value type and gives its size in bytes as the engine holds it. */
export function readValueType(reader: Reader): number {
  const first = reader.bytes[reader.pos];
  if (first !== undefined && reader.pos < reader.end && NUMERIC.includes(first)) {
    reader.pos++;
    if (first === V128) return 16;
    return first === 0x7f || first === 0x7d ? 4 : 8;
  }
  readReferenceType(reader);
  return 8;
}

export function readBounds(reader: Reader, subject: string): Bounds {
  const offset = reader.pos;
  const flags = reader.byte(subject);
  if ((flags & ~0x07) !== 0) throw reader.fail(subject, 'limits with flags 0 to 7', `0x${flags.toString(16)}`, offset);
  if ((flags & 2) !== 0) {
    throw new SojournError(
      'component.opcode',
      `${subject} at offset ${offset}: expected no threads, found shared limits`,
      {
        details: { offset },
      },
    );
  }
  const is64 = (flags & 4) !== 0;
  const read = (): bigint => (is64 ? reader.u64(subject) : BigInt(reader.u32(subject)));
  const minimum = read();
  return { is64, minimum, maximum: (flags & 1) !== 0 ? read() : null };
}

/** Pages that the standard lets a memory grow to. The meter cuts maxima, so it has to refuse those that make a module invalid. */
const MOST_PAGES = 2n ** 16n;
const MOST_PAGES_64 = 2n ** 48n;

export function readMemoryBounds(reader: Reader, subject: string): Bounds {
  const offset = reader.pos;
  const bounds = readBounds(reader, subject);
  const most = bounds.is64 ? MOST_PAGES_64 : MOST_PAGES;
  const greatest = bounds.maximum ?? bounds.minimum;
  if (greatest > most) throw reader.fail(`${subject}, pages`, `at most ${most}`, `${greatest}`, offset);
  return bounds;
}

function readStorageType(reader: Reader): number {
  const first = reader.pos < reader.end ? reader.bytes[reader.pos] : undefined;
  if (first === 0x78 || first === 0x77) {
    reader.pos++;
    return first === 0x78 ? 1 : 2;
  }
  return readValueType(reader);
}

function readField(reader: Reader): number {
  const bytes = readStorageType(reader);
  const offset = reader.pos;
  const mutable = reader.byte('field');
  if (mutable > 1) throw reader.fail('field mutability', '0 or 1', mutable, offset);
  return bytes;
}

function readValueTypes(reader: Reader, most: number): { readonly count: number; readonly v128: boolean } {
  const count = reader.count('value types', most);
  let v128 = false;
  for (let index = 0; index < count; index++) if (readValueType(reader) === 16) v128 = true;
  return { count, v128 };
}

function readComposite(reader: Reader, most: number): TypeEntry {
  const offset = reader.pos;
  const form = reader.byte('type');
  if (form === 0x60) {
    const paramsAt = reader.pos;
    const params = readValueTypes(reader, most);
    const paramBytes = reader.bytes.subarray(paramsAt, reader.pos);
    const start = reader.pos;
    const results = readValueTypes(reader, most);
    const resultBytes = reader.bytes.subarray(start, reader.pos);
    return {
      kind: 'func',
      params: params.count,
      results: results.count,
      paramBytes,
      resultBytes,
      v128: params.v128 || results.v128,
    };
  }
  if (form === 0x5f) {
    const fields = reader.count('struct fields', most, 2);
    let bytes = 0;
    for (let index = 0; index < fields; index++) bytes += readField(reader);
    return { kind: 'struct', fields, bytes };
  }
  if (form === 0x5e) return { kind: 'array', bytes: readField(reader) };
  throw reader.fail('type', 'a function, struct or array type', `0x${form.toString(16)}`, offset);
}

function readSubtype(reader: Reader, most: number): TypeEntry {
  const first = reader.pos < reader.end ? reader.bytes[reader.pos] : undefined;
  if (first === 0x50 || first === 0x4f) {
    reader.pos++;
    const supertypes = reader.count('supertypes', most);
    for (let index = 0; index < supertypes; index++) reader.u32('supertype');
  }
  return readComposite(reader, most);
}

/** The types of a type section, in order. `entries` is the section's own count: a recursive group counts as one there. */
export function readTypes(
  reader: Reader,
  most: number,
): { readonly entries: number; readonly types: readonly TypeEntry[] } {
  const types: TypeEntry[] = [];
  const entries = reader.count('types', most);
  for (let index = 0; index < entries; index++) {
    const first = reader.pos < reader.end ? reader.bytes[reader.pos] : undefined;
    let members = 1;
    if (first === 0x4e) {
      reader.pos++;
      members = reader.count('recursive types', most - types.length);
    }
    for (let member = 0; member < members; member++) types.push(readSubtype(reader, most));
  }
  return { entries, types };
}
