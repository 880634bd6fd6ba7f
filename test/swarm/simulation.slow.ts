/** A thousand seeded histories of a swarm. SOJOURN_SEED=<the seed that is printed> repeats one of them as the first. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createStage } from './stage.ts';
import type { Stage } from './stage.ts';

const HISTORIES = 1_000;
const first = Number(inject('seed'));
let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.close());

test('a swarm reaches its goal in each of a thousand histories', { timeout: 3_000_000 }, async () => {
  const failed: string[] = [];
  const started = performance.now();
  for (let i = 0; i < HISTORIES; i++) {
    const seed = first + i;
    await stage.play(seed).catch((error: unknown) => failed.push(`seed ${seed}: ${String(error)}`));
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`simulation: ${HISTORIES} histories, ${(HISTORIES / seconds).toFixed(1)} a second\n`);
  expect(failed).toEqual([]);
});
