/**
 * A ciphertext that two keys open, each to a text of its own: Poly1305 is no commitment to its key. Two blocks are solved for so that one tag
 * fits under both keys (Len, Grubbs, Ristenpart: Partitioning Oracle Attacks, 2021).
 */
import { chacha20 } from '@noble/ciphers/chacha.js';

const P = (1n << 130n) - 5n;
const BLOCK = 1n << 128n;
const R_MASK = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/** With its tag: 48 bytes. */
export function ambiguous(keys: readonly [Uint8Array, Uint8Array], nonce: Uint8Array, aad: Uint8Array): Uint8Array {
  const [one, two] = keys.map((key) => oneTimeKey(key, nonce)) as [OneTime, OneTime];
  const lengths = BLOCK + (32n << 64n) + BigInt(aad.length);
  const known = ({ r }: OneTime): bigint => {
    const blocks = Array.from({ length: Math.ceil(aad.length / 16) }, (_, i) => aad.subarray(16 * i, 16 * i + 16));
    const sum = blocks.reduce((acc, block) => mod((acc + BLOCK + number(block)) * r), 0n);
    return mod(sum * r * r * r + lengths * r);
  };
  const det = mod(one.r ** 3n * two.r ** 2n - two.r ** 3n * one.r ** 2n);
  const inverse = power(det, P - 2n);
  for (let tag = 1n; tag < 10_000n; tag++) {
    const [a, b] = [one, two].map((key) => mod(mod(tag - key.s, BLOCK) - known(key))) as [bigint, bigint];
    const x = mod((a * two.r ** 2n - b * one.r ** 2n) * inverse);
    const y = mod((b * one.r ** 3n - a * two.r ** 3n) * inverse);
    if ([x, y].every((block) => block >= BLOCK && block < 2n * BLOCK))
      return Uint8Array.from([...bytes(x - BLOCK), ...bytes(y - BLOCK), ...bytes(tag)]);
  }
  throw new Error('expected two blocks that fit, found none');
}

interface OneTime {
  readonly r: bigint;
  readonly s: bigint;
}

function oneTimeKey(key: Uint8Array, nonce: Uint8Array): OneTime {
  const stream = chacha20(key, nonce, new Uint8Array(32));
  return { r: number(stream.subarray(0, 16)) & R_MASK, s: number(stream.subarray(16)) };
}

function mod(value: bigint, by = P): bigint {
  return ((value % by) + by) % by;
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

/** Little-endian. */
function number(block: Uint8Array): bigint {
  return block.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
}

function bytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
