import { describe, expect, it } from 'vitest';
import { crashUnderLoad } from './crash-load.ts';

/** Ten stores, each killed ten times. */
const SEEDS = Array.from({ length: 100 }, (_, index) => 1_000 + index * 7);

describe('a node that is killed under load', () => {
  for (let first = 0; first < SEEDS.length; first += 10) {
    const seeds = SEEDS.slice(first, first + 10);
    it(`loses nothing that it acknowledged and repeats no effect: seeds ${seeds[0]} to ${seeds.at(-1)}`, async () => {
      const { broken, acknowledged } = await crashUnderLoad(seeds, 400);
      expect(broken).toEqual([]);
      expect(acknowledged).toBeGreaterThan(0);
    });
  }
});
