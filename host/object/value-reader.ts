/**
 * Reads a value in its one canonical form straight from its bytes, in one pass: what is not that form is not read at all. Says where it
 * stopped, not why: that is told apart only where it matters (codec.ts). Counts are held against the bytes that are left before anything is
 * built of them.
 */
import { BYTES, FLOAT64, LIST, MAP, NEGATIVE, TEXT, UNSIGNED } from './head.ts';
import type { Value } from '../value.ts';

const SIMPLE_FALSE = 0xf4;
const SIMPLE_TRUE = 0xf5;
const SIMPLE_NULL = 0xf6;
const SIMPLE_FLOAT64 = 0xe0 + FLOAT64;
/** Texts up to here are put together character by character: a decoder costs more than it saves. */
const SHORT_TEXT = 24;
// Keeps nothing between two texts.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class ValueReader {
  readonly #bytes: Uint8Array;
  /** Levels of lists and maps that there may be. */
  readonly #depth: number;
  #view: DataView | null = null;
  at = 0;

  constructor(bytes: Uint8Array, depth: number) {
    this.#bytes = bytes;
    this.#depth = depth;
  }

  /** The value at `at`; undefined where there is none in canonical form, and `at` is near where that shows. */
  read(level = 0): Value | undefined {
    const initial = this.#bytes[this.at];
    if (initial === undefined) return undefined;
    if (initial >= 0xe0) return this.#readSimple(initial);
    const argument = this.#readArgument(initial);
    switch (initial >> 5) {
      case UNSIGNED:
        return argument < 0 ? undefined : argument;
      case NEGATIVE:
        return argument < 0 || argument === Number.MAX_SAFE_INTEGER ? undefined : -1 - argument;
      case BYTES:
        return this.#readBytes(argument);
      case TEXT:
        return this.#readText(argument);
      case LIST:
        return level < this.#depth ? this.#readList(argument, level) : undefined;
      case MAP:
        return level < this.#depth ? this.#readMap(argument, level) : undefined;
      default:
        return undefined;
    }
  }

  /** Argument of the head at `at`, which is passed; -1 where it is not the shortest, or beyond what a number can be. */
  #readArgument(initial: number): number {
    const bytes = this.#bytes;
    const info = initial & 31;
    const at = this.at + 1;
    if (info < 24) {
      this.at = at;
      return info;
    }
    if (info > 27) return -1;
    const end = at + (1 << (info - 24));
    if (end > bytes.length) return -1;
    let value = 0;
    for (let i = at; i < end; i++) value = value * 256 + (bytes[i] as number); // within the bytes, as checked
    const least = info === 24 ? 24 : info === 25 ? 0x100 : info === 26 ? 0x10000 : 0x100000000;
    if (value < least || value > Number.MAX_SAFE_INTEGER) return -1;
    this.at = end;
    return value;
  }

  #readSimple(initial: number): Value | undefined {
    if (initial === SIMPLE_FLOAT64) return this.#readFloat();
    if (initial < SIMPLE_FALSE || initial > SIMPLE_NULL) return undefined;
    this.at++;
    return initial === SIMPLE_NULL ? null : initial === SIMPLE_TRUE;
  }

  /** No float is what an integer can be: not -0, and no whole number within ±(2^53 - 1). */
  #readFloat(): Value | undefined {
    const bytes = this.#bytes;
    if (this.at + 9 > bytes.length) return undefined;
    this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const value = this.#view.getFloat64(this.at + 1);
    if (!Number.isFinite(value) || Number.isSafeInteger(value)) return undefined;
    this.at += 9;
    return value;
  }

  #readBytes(length: number): Value | undefined {
    const start = this.at;
    if (length < 0 || start + length > this.#bytes.length) return undefined;
    this.at = start + length;
    const copy = new Uint8Array(length);
    if (length > 64) copy.set(this.#bytes.subarray(start, this.at));
    else for (let i = 0; i < length; i++) copy[i] = this.#bytes[start + i] as number; // within the bytes, as checked
    return copy;
  }

  #readText(length: number): string | undefined {
    const start = this.at;
    const end = start + length;
    if (length < 0 || end > this.#bytes.length) return undefined;
    const short = length <= SHORT_TEXT ? this.#readAscii(start, end) : null;
    const text = short ?? decodeUtf8(this.#bytes.subarray(start, end));
    if (text !== undefined) this.at = end;
    return text;
  }

  /** Null where it is not all ASCII. */
  #readAscii(start: number, end: number): string | null {
    let text = '';
    for (let i = start; i < end; i++) {
      const code = this.#bytes[i] as number; // within the bytes, as checked
      if (code > 0x7f) return null;
      text += String.fromCharCode(code);
    }
    return text;
  }

  #readList(length: number, level: number): Value | undefined {
    if (length < 0 || length > this.#bytes.length - this.at) return undefined;
    const list: Value[] = [];
    for (let i = 0; i < length; i++) {
      const member = this.read(level + 1);
      if (member === undefined) return undefined;
      list.push(member);
    }
    return list;
  }

  #readMap(length: number, level: number): Value | undefined {
    if (length < 0 || length * 2 > this.#bytes.length - this.at) return undefined;
    // Without a prototype `__proto__` and `constructor` are keys like any other.
    const map = Object.create(null) as { [key: string]: Value };
    let [before, beforeEnd] = [-1, -1];
    for (let i = 0; i < length; i++) {
      const start = this.at;
      const key = this.#readKey();
      if (key === undefined || (before >= 0 && !this.#isBefore(before, beforeEnd, start))) {
        this.at = start;
        return undefined;
      }
      [before, beforeEnd] = [start, this.at];
      const member = this.read(level + 1);
      if (member === undefined) return undefined;
      map[key] = member;
    }
    return map;
  }

  #readKey(): string | undefined {
    const initial = this.#bytes[this.at];
    if (initial === undefined || initial >> 5 !== TEXT) return undefined;
    const key = this.#readText(this.#readArgument(initial));
    return key?.startsWith('\ufeff') === true ? undefined : key;
  }

  /** Whether an encoded key comes before the one from `start` to `at`, bytewise. */
  #isBefore(before: number, beforeEnd: number, start: number): boolean {
    const bytes = this.#bytes;
    const shared = Math.min(beforeEnd - before, this.at - start);
    for (let i = 0; i < shared; i++) {
      const difference = (bytes[before + i] as number) - (bytes[start + i] as number); // both are within the bytes
      if (difference !== 0) return difference < 0;
    }
    return beforeEnd - before < this.at - start;
  }
}

/** Undefined where it is not well-formed. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
