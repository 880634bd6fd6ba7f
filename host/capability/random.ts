/** `random`: bytes of the cycle's recorded seed (docs/format.md). Unpredictable beforehand, public afterwards. */
import type { Provider } from '../kernel/ports.ts';
import { createLocal, tooLong } from './local.ts';

export function createRandom(): Provider {
  return createLocal({
    'random.bytes': ({ len }, cycle, maxBytes) =>
      Number(len) > maxBytes ? tooLong(maxBytes) : { ok: true, value: cycle.random(Number(len)) },
  });
}
