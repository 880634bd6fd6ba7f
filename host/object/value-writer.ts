/**
 * Writes values in their canonical form, in one pass: the counterpart of value-reader.ts. What has no such form is refused with its path.
 */
import { SojournError } from '../errors.ts';
import type { Value } from '../value.ts';
import { BYTES, LIST, MAP, TEXT } from './head.ts';

const UNSIGNED = 0;
const NEGATIVE = 1;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const FLOAT64 = 0xfb;
/** Texts up to here are tried as ASCII, one character after the other. */
const SHORT = 256;
const FIRST_BYTES = 256;
const utf8 = new TextEncoder();

/** One value's bytes. `write` once, then `bytes`. */
export class ValueWriter {
  #buffer = new Uint8Array(FIRST_BYTES);
  #view: DataView | null = null;
  #at = 0;

  get length(): number {
    return this.#at;
  }

  /** A copy of its own size. */
  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#at);
  }

  /** Errors: `object.canonical`, `object.limit` for more levels than `depth`. */
  write(value: Value, depth: number, path: Path | null): void {
    if (value === null) return this.#byte(NULL);
    switch (typeof value) {
      case 'boolean':
        return this.#byte(value ? TRUE : FALSE);
      case 'number':
        return this.#number(value, path);
      case 'string':
        return this.#text(value, path);
      case 'object':
        if (value instanceof Uint8Array) return this.#bytes(value);
        if (depth === 0)
          throw new SojournError('object.limit', `${placeOf(path)}: expected fewer levels, found a deeper one`);
        return Array.isArray(value) ? this.#list(value, depth, path) : this.#map(value, depth, path);
      default:
        throw noForm(path, typeof value);
    }
  }

  #list(list: readonly Value[], depth: number, path: Path | null): void {
    this.#head(LIST, list.length);
    // by index, for a hole has no form
    for (let index = 0; index < list.length; index++)
      this.write(list[index] as Value, depth - 1, { within: path, step: index });
  }

  #map(map: object, depth: number, path: Path | null): void {
    const prototype: unknown = Object.getPrototypeOf(map);
    if (prototype !== null && prototype !== Object.prototype) throw noForm(path, 'an instance of a class');
    const keys = Object.keys(map);
    if (keys.length > 1) keys.sort(compareKeys);
    this.#head(MAP, keys.length);
    for (const key of keys) {
      // a byte order mark is lost by some readers: the key would be another one without it
      if (key.startsWith('\ufeff')) throw noForm(path, 'a key that begins with U+FEFF');
      this.#text(key, path);
      // a plain object's members are values by its type
      this.write((map as { readonly [key: string]: Value })[key] as Value, depth - 1, { within: path, step: key });
    }
  }

  #number(value: number, path: Path | null): void {
    if (Number.isSafeInteger(value)) {
      if (value > 0 || Object.is(value, 0)) return this.#head(UNSIGNED, value);
      if (value < 0) return this.#head(NEGATIVE, -1 - value);
    }
    if (!Number.isFinite(value) || value === 0) throw noForm(path, value === 0 ? '-0' : String(value));
    this.#reserve(9);
    this.#buffer[this.#at] = FLOAT64;
    this.#viewed().setFloat64(this.#at + 1, value);
    this.#at += 9;
  }

  #text(text: string, path: Path | null): void {
    if (text.length <= SHORT && this.#ascii(text)) return;
    if (!text.isWellFormed()) throw noForm(path, 'a text with a lone surrogate');
    const bytes = utf8.encode(text);
    this.#head(TEXT, bytes.length);
    this.#put(bytes);
  }

  /** False, and nothing written, where the text has other characters. */
  #ascii(text: string): boolean {
    const start = this.#at;
    this.#head(TEXT, text.length);
    this.#reserve(text.length);
    const buffer = this.#buffer;
    let at = this.#at;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.#at = start;
        return false;
      }
      buffer[at++] = code;
    }
    this.#at = at;
    return true;
  }

  #bytes(bytes: Uint8Array): void {
    this.#head(BYTES, bytes.length);
    this.#put(bytes);
  }

  /** The shortest head. `argument` is a whole number up to 2^53 - 1. */
  #head(major: number, argument: number): void {
    this.#reserve(9);
    const buffer = this.#buffer;
    const first = major << 5;
    if (argument < 24) {
      buffer[this.#at++] = first | argument;
    } else if (argument < 0x100) {
      buffer[this.#at++] = first | 24;
      buffer[this.#at++] = argument;
    } else if (argument < 0x1_0000) {
      buffer[this.#at++] = first | 25;
      buffer[this.#at++] = argument >>> 8;
      buffer[this.#at++] = argument;
    } else if (argument < 0x1_0000_0000) {
      buffer[this.#at++] = first | 26;
      this.#viewed().setUint32(this.#at, argument);
      this.#at += 4;
    } else {
      buffer[this.#at++] = first | 27;
      const view = this.#viewed();
      view.setUint32(this.#at, Math.floor(argument / 0x1_0000_0000));
      view.setUint32(this.#at + 4, argument % 0x1_0000_0000);
      this.#at += 8;
    }
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = byte;
  }

  #put(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(length: number): void {
    const least = this.#at + length;
    if (least <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(least, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#at));
    [this.#buffer, this.#view] = [larger, null];
  }

  #viewed(): DataView {
    return (this.#view ??= new DataView(this.#buffer.buffer));
  }
}

/** Where a value stands in another; made into words only when something is wrong with it. */
export interface Path {
  readonly within: Path | null;
  readonly step: string | number;
}

/** Shorter heads are smaller, so length decides first: bytewise order of the encoded keys. */
function compareKeys(a: string, b: string): number {
  if (ASCII.test(a) && ASCII.test(b)) return a.length - b.length || (a < b ? -1 : 1);
  const [left, right] = [utf8.encode(a), utf8.encode(b)];
  return left.length - right.length || compareBytes(left, right);
}

// oxlint-disable-next-line no-control-regex -- all of ASCII
const ASCII = /^[\x00-\x7f]*$/;

/** Bytewise order: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function noForm(path: Path | null, found: string): SojournError {
  return new SojournError(
    'object.canonical',
    `${placeOf(path)}: expected a value with a canonical form, found ${found}`,
    { details: { path: textOf(path) } },
  );
}

function placeOf(path: Path | null): string {
  return path === null ? 'value' : textOf(path);
}

function textOf(path: Path | null): string {
  const steps: (string | number)[] = [];
  for (let at = path; at !== null; at = at.within) steps.unshift(at.step);
  return steps.join('.');
}
