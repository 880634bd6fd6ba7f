/**
 * Bytes that grow: heads in their shortest form (RFC 8949 section 4.2.1), strings, floats. One writer for one item.
 */
const FIRST_CAPACITY = 256;

export class ByteWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  head(major: number, argument: number): void {
    const initial = major << 5;
    if (argument < 24) return this.byte(initial | argument);
    const size = argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8;
    this.#reserve(1 + size);
    this.#bytes[this.#length++] = initial | (size === 1 ? 24 : size === 2 ? 25 : size === 4 ? 26 : 27);
    let rest = argument;
    for (let i = this.#length + size - 1; i >= this.#length; i--) {
      this.#bytes[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#length += size;
  }

  /** A byte or text string with its head. */
  string(major: number, content: Uint8Array): void {
    this.head(major, content.length);
    this.#reserve(content.length);
    this.#bytes.set(content, this.#length);
    this.#length += content.length;
  }

  float64(initial: number, value: number): void {
    this.byte(initial);
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value);
    this.#length += 8;
  }

  /** What was written, as a copy of just that size. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
