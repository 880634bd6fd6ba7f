/**
 * Limits as an operator sets them: a number that could not be enforced is refused when the host is made, not when it is reached.
 */
import { SojournError } from '../errors.ts';
import type { CycleLimits } from '../limits.ts';
import { METER_MAXIMA } from '../wasm/meter-module.ts';

/** Errors: `usage`, naming the limit. */
export function checkCycleLimits(limits: CycleLimits): void {
  const maxima: { readonly [name: string]: number } = METER_MAXIMA;
  for (const [name, value] of Object.entries(limits)) {
    const max = maxima[name] ?? Number.MAX_SAFE_INTEGER;
    if (Number.isSafeInteger(value) && value >= 1 && value <= max) continue;
    throw new SojournError('usage', `limit ${name}: expected a whole number from 1 to ${max}, found ${value}`);
  }
}
