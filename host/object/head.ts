/**
 * Reads the heads of CBOR items (RFC 8949 section 3) and refuses every head that the canonical form does not have: longer than
 * need be, indefinite, tagged, half or single floats, simple values other than false, true and null. Strings and
 * containers are the caller's: a head says only how long they are.
 */
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** CBOR major types. */
export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const LIST = 4;
export const MAP = 5;
export const SIMPLE = 7;

/** `argument` of a major type 7 head: a float64, whose eight bytes follow the head. */
export const FLOAT64 = 27;
/** The whole item null. */
export const SIMPLE_NULL = 0xf6;
/** The others that there are: false, true and null are 20, 21 and 22. */
const FIRST_SIMPLE = 20;
const LAST_SIMPLE = 22;

/** Walks over the heads in `bytes`. Offsets in errors are counted from `base`. */
export class HeadReader {
  readonly bytes: Uint8Array;
  readonly base: number;
  at: number;
  major = 0;
  argument = 0;

  constructor(bytes: Uint8Array, at: number, base: number) {
    this.bytes = bytes;
    this.at = at;
    this.base = base;
  }

  /** Reads one head into `major` and `argument`. False where the bytes end within it; `at` then stays. */
  next(): boolean {
    const { bytes, at } = this;
    const initial = bytes[at];
    if (initial === undefined) return false;
    this.major = initial >> 5;
    const info = initial & 31;
    if (info < 24) {
      this.argument = info;
      if (this.major >= 6) this.#refuseUnlessKnown(info);
      this.at = at + 1;
      return true;
    }
    return this.#readLong(info);
  }

  /** Reads one head; false where the bytes end within it or it is of another major type. */
  nextIs(major: number): boolean {
    return this.next() && this.major === major;
  }

  /** A SojournError about the byte at `at`. */
  refuse(code: ErrorCode, at: number, expected: string, found: string): SojournError {
    const offset = this.base + at;
    return new SojournError(code, `byte ${offset}: expected ${expected}, found ${found}`, {
      details: { offset, expected, found },
    });
  }

  #readLong(info: number): boolean {
    const { bytes, at } = this;
    if (this.major === 6) throw this.refuse('object.canonical', at, 'no tag', 'a tag');
    if (info > 27) throw this.#refuseInfo(info);
    if (this.major === SIMPLE && info !== FLOAT64) {
      throw this.refuse(
        'object.canonical',
        at,
        'float64, false, true or null',
        info === 24 ? 'a simple value' : 'a shorter float',
      );
    }
    const end = at + 1 + (1 << (info - 24));
    if (end > bytes.length) return false;
    if (this.major === SIMPLE) {
      this.argument = FLOAT64;
      this.at = at + 1;
      return true;
    }
    let value = 0;
    for (let i = at + 1; i < end; i++) value = value * 256 + (bytes[i] ?? 0);
    const least = info === 24 ? 24 : info === 25 ? 0x100 : info === 26 ? 0x10000 : 0x100000000;
    if (value < least) throw this.refuse('object.canonical', at, 'the shortest head', `a longer one for ${value}`);
    if (value > Number.MAX_SAFE_INTEGER - (this.major === NEGATIVE ? 1 : 0)) {
      throw this.refuse('object.canonical', at, 'a whole number within ±(2^53 - 1)', 'a larger one');
    }
    this.argument = value;
    this.at = end;
    return true;
  }

  #refuseUnlessKnown(info: number): void {
    if (this.major === 6) throw this.refuse('object.canonical', this.at, 'no tag', 'a tag');
    if (info < FIRST_SIMPLE || info > LAST_SIMPLE) {
      throw this.refuse('object.canonical', this.at, 'false, true or null', `simple value ${info}`);
    }
  }

  #refuseInfo(info: number): SojournError {
    const indefinite = info === 31 && this.major >= BYTES && this.major <= MAP;
    if (indefinite) return this.refuse('object.canonical', this.at, 'a definite length', 'an indefinite one');
    return this.refuse('object.malformed', this.at, 'a CBOR head', `additional information ${info}`);
  }
}
