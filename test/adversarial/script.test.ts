/** Hostile JavaScript in an engine that is itself a guest. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createArena } from './arena.ts';
import type { Arena } from './arena.ts';
import { SCRIPTS } from './cases/scripts.ts';
import { buildScript } from '../sandbox/guest-builds.ts';
import type { Handler } from '../sandbox/guest-builds.ts';

let arena: Arena;
let script: Handler;

beforeAll(async () => {
  arena = await createArena();
  script = await buildScript(new URL('guests/hostile.js', import.meta.url));
});
afterAll(() => arena.close());

describe('a script', () => {
  it.each(SCRIPTS)('is stopped: $name', (attempt) =>
    arena.attack({ ...attempt, guest: () => Promise.resolve(script) }),
  );
});
