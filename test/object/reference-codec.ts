/**
 * The codec as it was first written, to compare with: cbor-x decodes what the scan has bounded, and only what encodes to the same bytes
 * again is accepted. Slower, and obviously right.
 */
import { Decoder, FLOAT32_OPTIONS } from 'cbor-x/index-no-eval';
import { encode } from '../../host/object/codec.ts';
import { scanItem } from '../../host/object/scan.ts';
import type { ScanLimits } from '../../host/object/scan.ts';
import type { Value } from '../../host/value.ts';

const decoder = new Decoder({
  useRecords: false,
  mapsAsObjects: false,
  structuredClone: false,
  tagUint8Array: false,
  variableMapSize: true,
  useFloat32: FLOAT32_OPTIONS.NEVER,
} as const);

/** The value, or the code of the error. cbor-x loses byte order marks in front of longer texts: such bytes are not for it. */
export function decodeByReference(
  bytes: Uint8Array,
  limits: ScanLimits,
): { readonly value: Value } | { readonly code: string } {
  try {
    const scan = scanItem(bytes, 0, limits);
    if (scan.kind === 'incomplete') return { code: 'object.truncated' };
    if (scan.end !== bytes.length) return { code: 'object.malformed' };
  } catch (error) {
    return { code: (error as { readonly code: string }).code };
  }
  try {
    const value = toValue(decoder.decode(bytes.subarray()));
    return Buffer.compare(encode(value, limits), bytes) === 0 ? { value } : { code: 'object.canonical' };
  } catch {
    return { code: 'object.canonical' };
  }
}

function toValue(decoded: unknown): Value {
  if (typeof decoded === 'bigint') return Number(decoded);
  if (decoded instanceof Uint8Array) return new Uint8Array(decoded);
  if (Array.isArray(decoded)) return decoded.map(toValue);
  if (!(decoded instanceof Map)) return decoded as Value;
  const map = Object.create(null) as { [key: string]: Value };
  for (const [key, item] of decoded as ReadonlyMap<unknown, unknown>) {
    if (typeof key !== 'string') throw new Error('no text as key');
    map[key] = toValue(item);
  }
  return map;
}
