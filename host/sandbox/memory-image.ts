/**
 * What a linear memory held after instantiation: stretches with content, and the empty ones between them. An image belongs to a
 * program and serves all its instances, since instantiation is the same each time; whether it is, is compared.
 */

export interface MemoryImage {
  readonly byteLength: number;
  readonly filled: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  readonly empty: readonly { readonly from: number; readonly to: number }[];
}

/** Content is told from emptiness in blocks of this size. */
const BLOCK_BYTES = 4_096;

export function takeImage(memory: WebAssembly.Memory): MemoryImage {
  const bytes = new Uint8Array(memory.buffer);
  const filled: { at: number; bytes: Uint8Array }[] = [];
  const empty: { from: number; to: number }[] = [];
  const zero = new Uint8Array(BLOCK_BYTES);
  for (let from = 0; from < bytes.length;) {
    const isEmpty = emptyAt(bytes, from, zero);
    let to = from + BLOCK_BYTES;
    while (to < bytes.length && emptyAt(bytes, to, zero) === isEmpty) to += BLOCK_BYTES;
    if (isEmpty) empty.push({ from, to });
    else filled.push({ at: from, bytes: bytes.slice(from, to) });
    from = to;
  }
  return { byteLength: bytes.length, filled, empty };
}

/** Writes the image into a memory of its size. */
export function writeImage(image: MemoryImage, target: Uint8Array): void {
  for (const { from, to } of image.empty) target.fill(0, from, to);
  for (const { at, bytes } of image.filled) target.set(bytes, at);
}

export function sameImage(left: MemoryImage, right: MemoryImage): boolean {
  return (
    left.byteLength === right.byteLength &&
    left.filled.length === right.filled.length &&
    left.filled.every(({ at, bytes }, index) => {
      const other = right.filled[index];
      return other !== undefined && other.at === at && Buffer.compare(other.bytes, bytes) === 0;
    })
  );
}

/** Memories are whole pages, so blocks do not run over their end. */
function emptyAt(bytes: Uint8Array, from: number, zero: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(from, from + BLOCK_BYTES), zero) === 0;
}
