/**
 * TextEncoder of the Encoding standard (https://encoding.spec.whatwg.org/#interface-textencoder). A lone surrogate becomes U+FFFD.
 */

export class GuestTextEncoder {
  get encoding(): string {
    return 'utf-8';
  }

  encode(input: unknown = ''): Uint8Array {
    const text = String(input);
    // Three bytes for each UTF-16 unit is the most there can be: a pair of them takes four.
    const bytes = new Uint8Array(text.length * 3);
    const { written } = encodeText(text, bytes);
    return bytes.slice(0, written);
  }

  /** Writes whole characters as far as they fit. `read` counts UTF-16 units, `written` bytes. */
  encodeInto(input: unknown, target: Uint8Array): { read: number; written: number } {
    return encodeText(String(input), target);
  }
}

function encodeText(text: string, target: Uint8Array): { read: number; written: number } {
  let written = 0;
  let read = 0;
  while (read < text.length) {
    let point = text.codePointAt(read) ?? 0;
    const units = point > 0xffff ? 2 : 1;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (written + size > target.length) break;
    if (size === 1) {
      target[written] = point;
    } else {
      for (let tail = size - 1; tail > 0; tail -= 1) {
        target[written + tail] = 0x80 | (point & 0x3f);
        point >>= 6;
      }
      target[written] = ((0xf00 >> size) & 0xff) | point;
    }
    written += size;
    read += units;
  }
  return { read, written };
}
