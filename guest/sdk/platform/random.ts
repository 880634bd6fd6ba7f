/**
 * Math.random from 16 recorded bytes: xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c). Not for
 * secrets. The seed is drawn with the first number, so a handler that asks for none makes no call.
 */

/** A function that gives numbers in [0, 1) with 53 random bits. `drawSeed` is called once, and may throw. */
export function createRandom(drawSeed: () => Uint8Array): () => number {
  let state: Uint32Array | null = null;
  return () => {
    state ??= readSeed(drawSeed());
    const high = nextWord(state) >>> 5;
    const low = nextWord(state) >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  };
}

function readSeed(seed: Uint8Array): Uint32Array {
  const view = new DataView(seed.buffer, seed.byteOffset, seed.byteLength);
  const words = Uint32Array.of(0, 4, 8, 12).map((offset) => view.getUint32(offset, true));
  // The all-zero state gives zeros for ever.
  if (words.every((word) => word === 0)) words[0] = 1;
  return words;
}

function nextWord(s: Uint32Array): number {
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = s;
  const word = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
  const mixed2 = s2 ^ s0;
  const mixed3 = s3 ^ s1;
  s[0] = s0 ^ mixed3;
  s[1] = s1 ^ mixed2;
  s[2] = mixed2 ^ (s1 << 9);
  s[3] = rotateLeft(mixed3, 11);
  return word;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
