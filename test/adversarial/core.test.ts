/** Hostile core modules: each ends as its case says, names the bound, and leaves the sandbox as it was. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createArena } from './arena.ts';
import type { Arena } from './arena.ts';
import { ALLOCATORS } from './cases/allocators.ts';
import { CALLS } from './cases/calls.ts';
import { GROWTH } from './cases/growth.ts';
import { LOOPS } from './cases/loops.ts';
import { RESULTS } from './cases/results.ts';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
});
afterAll(() => arena.close());

describe.each([
  ['that never ends', LOOPS],
  ['that takes memory', GROWTH],
  ['that misuses its calls', CALLS],
  ['that returns what is no proposal', RESULTS],
  ['whose allocator is hostile', ALLOCATORS],
])('a guest %s', (_, cases) => {
  it.each(cases)('is stopped: $name', (attempt) => arena.attack(attempt));
});
