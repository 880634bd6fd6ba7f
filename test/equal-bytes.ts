/**
 * Compares bytes as bytes. Element by element, as Vitest does it, two objects with their handlers inside take ten seconds.
 */
import { expect } from 'vitest';

expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.constructor !== b.constructor) return undefined;
    return Buffer.compare(a, b) === 0;
  },
]);
