/** Seeded dice (xorshift128+ would be more than is needed: this is mulberry32): the same seed throws the same, on every machine. */

export interface Dice {
  /** A whole number from 0 to `sides` - 1. */
  below(sides: number): number;
  /** True once in `times`. */
  once(times: number): boolean;
  pick<T>(items: readonly T[]): T;
  bytes(length: number): Uint8Array;
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  const below = (sides: number): number => Math.floor((next() / 2 ** 32) * sides);
  return {
    below,
    once: (times) => below(times) === 0,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('expected something to pick from');
      return item;
    },
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
  };
}
