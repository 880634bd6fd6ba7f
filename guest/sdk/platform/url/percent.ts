/**
 * Percent-encoding of the URL standard (https://url.spec.whatwg.org/#percent-encoded-bytes). A set names the printable ASCII
 * characters that are encoded besides controls and everything above ASCII.
 */
import { GuestTextDecoder } from '../text-decoder.ts';
import { GuestTextEncoder } from '../text-encoder.ts';

export const C0_SET = '';
export const FRAGMENT_SET = ' "<>`';
export const QUERY_SET = ' "#<>';
export const SPECIAL_QUERY_SET = `${QUERY_SET}'`;
export const PATH_SET = `${QUERY_SET}?^\`{}`;
export const USERINFO_SET = `${PATH_SET}/:;=@[\\]|`;

/** `text` in UTF-8, with the bytes of the set as `%XX`. */
export function percentEncode(text: string, set: string): string {
  let encoded = '';
  for (const byte of new GuestTextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    encoded += byte < 0x20 || byte > 0x7e || set.includes(character) ? percentByte(byte) : character;
  }
  return encoded;
}

export function percentByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The bytes of `text` in UTF-8, with `%XX` read as one byte. */
export function percentDecode(text: string): Uint8Array {
  const bytes = new GuestTextEncoder().encode(text);
  const decoded = new Uint8Array(bytes.length);
  let length = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const high = hexValue(bytes[index + 1]);
    const low = hexValue(bytes[index + 2]);
    const isEscape = bytes[index] === 0x25 && high >= 0 && low >= 0;
    decoded[length] = isEscape ? high * 16 + low : (bytes[index] ?? 0);
    length += 1;
    if (isEscape) index += 2;
  }
  return decoded.subarray(0, length);
}

/** Bytes that should be UTF-8, as text; what is not becomes U+FFFD. A byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new GuestTextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
