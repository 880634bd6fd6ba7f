/** The capabilities that need nothing of the world: they read the cycle and write to it. */
import type { Provider } from '../kernel/ports.ts';
import { createChildren } from './children.ts';
import { createClock } from './clock.ts';
import { createFiles } from './files.ts';
import { createKv } from './kv.ts';
import { createLog } from './log.ts';
import { createMemory } from './memory.ts';
import { createRandom } from './random.ts';
import { createSignals } from './signals.ts';

export function createLocalProviders(): readonly Provider[] {
  return [
    createChildren(),
    createClock(),
    createFiles(),
    createKv(),
    createLog(),
    createMemory(),
    createRandom(),
    createSignals(),
  ];
}

/** Providers by the operations that they serve. */
export function byOperation(providers: readonly Provider[]): ReadonlyMap<string, Provider> {
  return new Map(providers.flatMap((provider) => provider.operations.map((operation) => [operation, provider])));
}
