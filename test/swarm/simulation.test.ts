/** Seeded histories of a swarm; the slow suite runs a thousand. A history that fails is named by its seed. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createStage } from './stage.ts';
import type { Stage } from './stage.ts';

const HISTORIES = 3;
const first = Number(inject('seed'));
let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.close());

test.each(Array.from({ length: HISTORIES }, (_, i) => first + i))(
  'a swarm reaches its goal, loses nothing and does nothing twice (seed %i)',
  async (seed) => {
    await stage.play(seed);
  },
  120_000,
);

test('the same seed gives the same history', { timeout: 120_000 }, async () => {
  const [one, two] = [await stage.play(first), await stage.play(first)];
  expect(two.digest).toBe(one.digest);
});
