/** `clock`: the time at which the cycle opened. It stands still, so that a replay sees the same. */
import type { Provider } from '../kernel/ports.ts';
import { createLocal } from './local.ts';

export function createClock(): Provider {
  return createLocal({ 'clock.now': (_request, cycle) => ({ ok: true, value: cycle.now }) });
}
