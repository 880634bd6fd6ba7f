/** Components that no node admits. Nothing of them runs. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createArena } from './arena.ts';
import type { Arena } from './arena.ts';
import { REFUSED } from './cases/refused.ts';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
});
afterAll(() => arena.close());

describe('admission', () => {
  it.each(REFUSED)('refuses: $name', (attempt) => arena.attack(attempt));
});
