/**
 * The one canonical form of a value: CBOR (RFC 8949) with the core deterministic encoding of section 4.2.1, text keys only,
 * whole numbers within ±(2^53 - 1) as integers and every other number as float64. `decode` accepts that form alone, so
 * decode → encode gives the same bytes. Written by hand, since a general decoder loses what must be compared (docs/format.md).
 */
import { BYTES, FALSE, FLOAT64, HeadReader, LIST, MAP, NEGATIVE, NULL, SIMPLE, TEXT, TRUE, UNSIGNED } from './head.ts';
import { scanItem } from './scan.ts';
import { ByteWriter } from './writer.ts';
import { SojournError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { ScanLimits } from './scan.ts';
import type { Value } from '../value.ts';

const utf8 = new TextEncoder();
// A byte order mark is a character like any other; without `ignoreBOM` it would be lost.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The canonical bytes of `value`, which stays the caller's. Errors: `object.canonical` for what has no canonical form (NaN,
 * infinities, -0, undefined, lone surrogates, instances of classes) with its path, `object.limit` for what is too deep or too long.
 */
export function encode(value: Value, limits: ScanLimits = DEFAULT_LIMITS.object): Uint8Array {
  const writer = new ByteWriter();
  writeValue(writer, value, limits.depth, '');
  if (writer.length <= limits.itemBytes) return writer.take();
  throw new SojournError('object.limit', `value: expected at most ${limits.itemBytes} bytes, found ${writer.length}`);
}

/**
 * The value of exactly one item. Maps come without a prototype, byte strings as copies. `base` is added to the offsets in
 * errors. Errors: `object.truncated`, `object.malformed`, `object.canonical`, `object.limit`.
 */
export function decode(bytes: Uint8Array, limits: ScanLimits, base = 0): Value {
  const scan = scanItem(bytes, 0, limits, base);
  const reader = new HeadReader(bytes, 0, base);
  if (scan.kind === 'incomplete') {
    throw reader.refuse('object.truncated', bytes.length, `an item of at least ${scan.least} bytes`, `${bytes.length}`);
  }
  if (scan.end !== bytes.length) throw reader.refuse('object.malformed', scan.end, 'the end of the item', 'more bytes');
  return readValue(reader);
}

function writeValue(writer: ByteWriter, value: Value, depth: number, path: string): void {
  if (value === null) return writer.byte((SIMPLE << 5) | NULL);
  switch (typeof value) {
    case 'boolean':
      return writer.byte((SIMPLE << 5) | (value ? TRUE : FALSE));
    case 'number':
      return writeNumber(writer, value, path);
    case 'string':
      return writer.string(TEXT, encodeText(value, path));
    case 'object':
      if (value instanceof Uint8Array) return writer.string(BYTES, value);
      if (depth === 0) throw new SojournError('object.limit', `${at(path)}: expected fewer levels, found a deeper one`);
      return Array.isArray(value) ? writeList(writer, value, depth, path) : writeMap(writer, value, depth, path);
    default:
      throw noForm(path, typeof value);
  }
}

function writeNumber(writer: ByteWriter, value: number, path: string): void {
  if (Object.is(value, -0) || !Number.isFinite(value)) throw noForm(path, Object.is(value, -0) ? '-0' : String(value));
  if (!Number.isSafeInteger(value)) return writer.float64((SIMPLE << 5) | FLOAT64, value);
  if (value >= 0) writer.head(UNSIGNED, value);
  else writer.head(NEGATIVE, -1 - value);
}

function writeList(writer: ByteWriter, list: readonly Value[], depth: number, path: string): void {
  writer.head(LIST, list.length);
  for (let i = 0; i < list.length; i++) writeValue(writer, list[i] as Value, depth - 1, `${path}.${i}`); // a hole is refused there
}

function writeMap(writer: ByteWriter, map: object, depth: number, path: string): void {
  const prototype: unknown = Object.getPrototypeOf(map);
  if (prototype !== null && prototype !== Object.prototype) throw noForm(path, 'an instance of a class');
  const entries = Object.entries(map).map(([key, value]) => ({
    key,
    bytes: encodeText(key, path),
    value: value as Value,
  }));
  // Shorter heads are smaller, so length decides first: bytewise order of the encoded keys.
  entries.sort((a, b) => a.bytes.length - b.bytes.length || compareBytes(a.bytes, b.bytes));
  writer.head(MAP, entries.length);
  for (const { key, bytes, value } of entries) {
    writer.string(TEXT, bytes);
    writeValue(writer, value, depth - 1, `${path}.${key}`);
  }
}

function encodeText(text: string, path: string): Uint8Array {
  if (!text.isWellFormed()) throw noForm(path, 'a text with a lone surrogate');
  return utf8.encode(text);
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

// Recursion is safe here: the scan has bounded the nesting and seen the end.
function readValue(reader: HeadReader): Value {
  const start = reader.at;
  reader.next();
  const { major, argument } = reader;
  switch (major) {
    case UNSIGNED:
      return argument;
    case NEGATIVE:
      return -1 - argument;
    case BYTES:
      return reader.bytes.slice(reader.at, (reader.at += argument));
    case TEXT:
      return readText(reader, argument);
    case LIST: {
      const list: Value[] = [];
      for (let i = 0; i < argument; i++) list.push(readValue(reader));
      return list;
    }
    case MAP:
      return readMap(reader, argument);
    default:
      return argument === FLOAT64 ? readFloat(reader, start) : argument === NULL ? null : argument === TRUE;
  }
}

function readText(reader: HeadReader, length: number): string {
  const { bytes, at: start } = reader;
  const end = start + length;
  reader.at = end;
  if (length <= 24) {
    let text = '';
    let i = start;
    for (; i < end; i++) {
      const unit = bytes[i] ?? 0;
      if (unit > 127) break;
      text += String.fromCharCode(unit);
    }
    if (i === end) return text;
  }
  try {
    return strictUtf8.decode(bytes.subarray(start, end));
  } catch {
    throw reader.refuse('object.malformed', start, 'UTF-8', 'other bytes');
  }
}

function readFloat(reader: HeadReader, start: number): number {
  const { bytes } = reader;
  const value = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(reader.at);
  reader.at += 8;
  if (!Number.isFinite(value) || Number.isSafeInteger(value)) {
    const found = Object.is(value, -0) ? '-0' : String(value);
    throw reader.refuse('object.canonical', start, 'a finite float that is no whole number within ±(2^53 - 1)', found);
  }
  return value;
}

function readMap(reader: HeadReader, size: number): { readonly [key: string]: Value } {
  // Without a prototype `__proto__` and `constructor` are keys like any other.
  const map: { [key: string]: Value } = Object.create(null);
  let before: Uint8Array | null = null;
  for (let i = 0; i < size; i++) {
    const start = reader.at;
    reader.next();
    if (reader.major !== TEXT)
      throw reader.refuse('object.canonical', start, 'a text as key', `major type ${reader.major}`);
    const key = readText(reader, reader.argument);
    const encoded = reader.bytes.subarray(start, reader.at);
    if (before !== null && compareBytes(before, encoded) >= 0) {
      throw reader.refuse('object.canonical', start, 'keys in bytewise order, each once', JSON.stringify(key));
    }
    before = encoded;
    map[key] = readValue(reader);
  }
  return map;
}
