import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { checkCycleLimits } from '../../host/node/check-limits.ts';

test('the defaults can be enforced', () => {
  expect(() => checkCycleLimits(DEFAULT_LIMITS.cycle)).not.toThrow();
});

test.each([
  ['fuel', 2 ** 42 + 1],
  ['fuel', 0],
  ['fuel', 1.5],
  ['fuel', Number.NaN],
  ['callDepth', 2 ** 20],
  ['deadlineMs', -1],
  ['calls', Number.POSITIVE_INFINITY],
] as const)('a limit %s of %d is refused by name', (name, value) => {
  expect(() => checkCycleLimits({ ...DEFAULT_LIMITS.cycle, [name]: value })).toThrow(`limit ${name}: expected a whole`);
});
