/**
 * Reads the Wasm binary format and trusts nothing: every read is checked against the end, integers have the lengths that the
 * spec allows (https://webassembly.github.io/spec/core/binary/values.html), counts are bounded before anything is allocated.
 * Whatever is wrong is a SojournError `component.malformed` that gives the offset within the whole input.
 */
import { SojournError } from '../errors.ts';

export class Reader {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  pos: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.start = start;
    this.pos = start;
    this.end = end;
  }

  get done(): boolean {
    return this.pos >= this.end;
  }

  fail(subject: string, expected: string, found: string | number, offset = this.pos): SojournError {
    return new SojournError(
      'component.malformed',
      `${subject} at offset ${offset}: expected ${expected}, found ${found}`,
      {
        details: { offset, expected, found: String(found) },
      },
    );
  }

  byte(subject: string): number {
    const value = this.pos < this.end ? this.bytes[this.pos] : undefined;
    if (value === undefined) throw this.fail(subject, 'one more byte', 'the end');
    this.pos++;
    return value;
  }

  skip(length: number, subject: string): void {
    if (length > this.end - this.pos) throw this.fail(subject, `${length} bytes`, `${this.end - this.pos} bytes`);
    this.pos += length;
  }

  u32(subject: string): number {
    const start = this.pos;
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const next = this.byte(subject);
      if (shift === 28 && next > 0x0f) throw this.fail(subject, 'an unsigned 32-bit number', 'a larger one', start);
      result += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return result;
    }
    throw this.fail(subject, 'an unsigned 32-bit number', 'a longer one', start);
  }

  /** At most 10 bytes. Values above 2^53 lose low digits only in `number`, hence bigint. */
  u64(subject: string): bigint {
    const start = this.pos;
    let result = 0n;
    for (let shift = 0; shift < 70; shift += 7) {
      const next = this.byte(subject);
      if (shift === 63 && next > 0x01) throw this.fail(subject, 'an unsigned 64-bit number', 'a larger one', start);
      result |= BigInt(next & 0x7f) << BigInt(shift);
      if (next < 0x80) return result;
    }
    throw this.fail(subject, 'an unsigned 64-bit number', 'a longer one', start);
  }

  /** Skips an unsigned number of up to 64 bits without making one of it. */
  skipUnsigned64(subject: string): void {
    const start = this.pos;
    for (let length = 1; length <= 10; length++) {
      const next = this.byte(subject);
      if (length === 10 && next > 0x01) break;
      if (next < 0x80) return;
    }
    throw this.fail(subject, 'an unsigned 64-bit number', 'a larger one', start);
  }

  s32(subject: string): number {
    return Number(this.#signed(32, subject));
  }

  /** The 33-bit form that block types and heap types use: negative numbers stand for value types. */
  s33(subject: string): number {
    return Number(this.#signed(33, subject));
  }

  s64(subject: string): bigint {
    return this.#signed(64, subject);
  }

  /** Skips a signed number of up to `bits` bits without making one of it. */
  skipSigned(bits: 32 | 33 | 64, subject: string): void {
    const most = bits === 64 ? 10 : 5;
    if (this.pos + most > this.end) {
      this.#signed(bits, subject);
      return;
    }
    for (let length = 1; length < most; length++)
      if ((this.bytes[this.pos + length - 1] ?? 0) < 0x80) return void (this.pos += length);
    this.#signed(bits, subject);
  }

  /** A count of items of at least `itemBytes` each: refused where the rest of the input can't hold them. */
  count(subject: string, most: number, itemBytes = 1): number {
    const start = this.pos;
    const value = this.u32(subject);
    if (value > most) {
      throw new SojournError(
        'component.limit',
        `${subject} at offset ${start}: expected at most ${most}, found ${value}`,
        {
          details: { offset: start, limit: most, found: value },
        },
      );
    }
    if (value * itemBytes > this.end - this.pos)
      throw this.fail(subject, 'a count that the input can hold', value, start);
    return value;
  }

  /** UTF-8, strictly. */
  name(subject: string): string {
    const length = this.u32(subject);
    const start = this.pos;
    this.skip(length, subject);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes.subarray(start, this.pos));
    } catch {
      throw this.fail(subject, 'UTF-8', 'other bytes', start);
    }
  }

  /** A reader over the next `length` bytes, which this one skips. */
  part(length: number, subject: string): Reader {
    const start = this.pos;
    this.skip(length, subject);
    return new Reader(this.bytes, start, this.pos);
  }

  expectEnd(subject: string): void {
    if (!this.done) throw this.fail(subject, 'its end', `${this.end - this.pos} more bytes`);
  }

  #signed(bits: number, subject: string): bigint {
    const start = this.pos;
    const most = Math.ceil(bits / 7);
    let result = 0n;
    for (let index = 0; index < most; index++) {
      const next = this.byte(subject);
      result |= BigInt(next & 0x7f) << BigInt(7 * index);
      if (next >= 0x80) continue;
      const value = BigInt.asIntN(7 * (index + 1), result);
      if (BigInt.asIntN(bits, value) !== value)
        throw this.fail(subject, `a signed ${bits}-bit number`, value.toString(), start);
      return value;
    }
    throw this.fail(subject, `a signed ${bits}-bit number`, 'a longer one', start);
  }
}
