/**
 * The one canonical form of a value: CBOR (RFC 8949) with the core deterministic encoding of section 4.2.1, text keys only,
 * whole numbers within ±(2^53 - 1) as integers and every other number as float64. A writer and a reader of our own make it
 * and take it back, and nothing else.
 */
import { HeadReader } from './head.ts';
import { scanItem } from './scan.ts';
import { ValueReader } from './value-reader.ts';
import { compareBytes, ValueWriter } from './value-writer.ts';
import { SojournError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { ScanLimits } from './scan.ts';
import type { Value } from '../value.ts';

/**
 * The canonical bytes of `value`, which stays the caller's. Errors: `object.canonical` for what has no canonical form (NaN,
 * infinities, -0, undefined, lone surrogates, instances of classes) with its path, `object.limit` for what is too deep or too long.
 */
export function encode(value: Value, limits: ScanLimits = DEFAULT_LIMITS.object): Uint8Array {
  const writer = new ValueWriter();
  writer.write(value, limits.depth, null);
  if (writer.length <= limits.itemBytes) return writer.bytes();
  throw new SojournError('object.limit', `value: expected at most ${limits.itemBytes} bytes, found ${writer.length}`);
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

export { compareBytes };

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}
