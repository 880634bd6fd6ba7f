/**
 * The one canonical form of a value: CBOR (RFC 8949) with the core deterministic encoding of section 4.2.1, text keys only,
 * whole numbers within ±(2^53 - 1) as integers and every other number as float64. cbor-x with every extension off writes it; a reader of
 * our own takes it back, and nothing else.
 */
// The build without `eval` and without the native addon: the same pure code everywhere.
import { Encoder, FLOAT32_OPTIONS } from 'cbor-x/index-no-eval';
import { HeadReader } from './head.ts';
import { scanItem } from './scan.ts';
import { ValueReader } from './value-reader.ts';
import { SojournError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { ScanLimits } from './scan.ts';
import type { Value } from '../value.ts';

const PLAIN = {
  useRecords: false,
  mapsAsObjects: false,
  structuredClone: false,
  tagUint8Array: false,
  variableMapSize: true,
  useFloat32: FLOAT32_OPTIONS.NEVER,
} as const;
// Keeps nothing of a value between two calls.
const encoder = new Encoder(PLAIN);
const utf8 = new TextEncoder();

/** What the encoder is given: maps are Map objects in canonical order, integers beyond 32 bits are bigint. */
type Ordered = null | boolean | number | bigint | string | Uint8Array | Ordered[] | Map<string, Ordered>;

/**
 * The canonical bytes of `value`, which stays the caller's. Errors: `object.canonical` for what has no canonical form (NaN,
 * infinities, -0, undefined, lone surrogates, instances of classes) with its path, `object.limit` for what is too deep or too long.
 */
export function encode(value: Value, limits: ScanLimits = DEFAULT_LIMITS.object): Uint8Array {
  const bytes = encoder.encode(order(value, limits.depth, ''));
  if (bytes.length <= limits.itemBytes) return new Uint8Array(bytes);
  throw new SojournError('object.limit', `value: expected at most ${limits.itemBytes} bytes, found ${bytes.length}`);
}

/**
 * The value of exactly one item. Maps come without a prototype, byte strings as copies. `base` is added to the offsets in
 * errors. Errors: `object.truncated`, `object.malformed`, `object.canonical`, `object.limit`.
 */
export function decode(bytes: Uint8Array, limits: ScanLimits, base = 0): Value {
  const reader = new ValueReader(bytes, limits.depth);
  const value = bytes.length <= limits.itemBytes ? reader.read() : undefined;
  if (value !== undefined && reader.at === bytes.length) return value;
  throw explain(bytes, limits, base, reader.at);
}

/** Why these bytes are no item in canonical form; `at` is where that showed. */
function explain(bytes: Uint8Array, limits: ScanLimits, base: number, at: number): SojournError {
  const scan = scanItem(bytes, 0, limits, base);
  const reader = new HeadReader(bytes, 0, base);
  if (scan.kind === 'incomplete')
    return reader.refuse(
      'object.truncated',
      bytes.length,
      `an item of at least ${scan.least} bytes`,
      `${bytes.length}`,
    );
  if (scan.end !== bytes.length)
    return reader.refuse('object.malformed', scan.end, 'the end of the item', 'more bytes');
  return reader.refuse('object.canonical', at, 'the canonical form of the value', 'another one');
}

function order(value: Value, depth: number, path: string): Ordered {
  if (value === null) return null;
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return orderNumber(value, path);
    case 'string':
      return wellFormed(value, path);
    case 'object':
      if (value instanceof Uint8Array) return value;
      if (depth === 0) throw new SojournError('object.limit', `${at(path)}: expected fewer levels, found a deeper one`);
      return Array.isArray(value) ? orderList(value, depth, path) : orderMap(value, depth, path);
    default:
      throw noForm(path, typeof value);
  }
}

function orderNumber(value: number, path: string): number | bigint {
  if (Object.is(value, -0) || !Number.isFinite(value)) throw noForm(path, Object.is(value, -0) ? '-0' : String(value));
  // cbor-x would write these as floats
  const long = Number.isSafeInteger(value) && (value > 0xffff_ffff || value < -0x1_0000_0000);
  return long ? BigInt(value) : value;
}

function orderList(list: readonly Value[], depth: number, path: string): Ordered[] {
  // by index, for a hole has no form
  return Array.from({ length: list.length }, (_, index) => order(list[index] as Value, depth - 1, `${path}.${index}`));
}

function orderMap(map: object, depth: number, path: string): Map<string, Ordered> {
  const prototype: unknown = Object.getPrototypeOf(map);
  if (prototype !== null && prototype !== Object.prototype) throw noForm(path, 'an instance of a class');
  // a plain object's members are values by its type
  const entries = Object.entries(map) as [string, Value][];
  const sorted = entries.length < 2 ? entries : entries.toSorted(([a], [b]) => compareKeys(a, b));
  return new Map(sorted.map(([key, value]) => [orderKey(key, path), order(value, depth - 1, `${path}.${key}`)]));
}

/** A key may not begin with a byte order mark: cbor-x would take it for the same key without. */
function orderKey(key: string, path: string): string {
  if (key.startsWith('\ufeff')) throw noForm(path, 'a key that begins with U+FEFF');
  return wellFormed(key, path);
}

/** Shorter heads are smaller, so length decides first: bytewise order of the encoded keys. */
function compareKeys(a: string, b: string): number {
  const [left, right] = [utf8.encode(a), utf8.encode(b)];
  return left.length - right.length || compareBytes(left, right);
}

function wellFormed(text: string, path: string): string {
  if (!text.isWellFormed()) throw noForm(path, 'a text with a lone surrogate');
  return text;
}

function noForm(path: string, found: string): SojournError {
  return new SojournError('object.canonical', `${at(path)}: expected a value with a canonical form, found ${found}`, {
    details: { path: path.slice(1) },
  });
}

function at(path: string): string {
  return path === '' ? 'value' : path.slice(1);
}

/** Bytewise order: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}
