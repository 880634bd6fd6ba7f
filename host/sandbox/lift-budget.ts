/**
 * Bounds what the glue lifts out of linear memory before our own code sees it: a list of a million strings may point at one
 * long text a million times over. Every text and every copied list is counted as in byte-count.ts before it is made. Lists
 * without texts in them grow no faster than linear memory itself, which is bounded by its own limit and by the worker's heap.
 */
import { VALUE_BYTES } from './byte-count.ts';

export interface LiftBudget {
  /** Begins a new count. `limit` gives what may be lifted at this moment; `passed` is called before the lift throws. */
  start(limit: () => number, passed: () => void): void;
  /** Counts a text or list of so many bytes. Throws where that passes the limit. */
  take(bytes: number): void;
}

export function createLiftBudget(): LiftBudget {
  let used = 0;
  let limitNow = () => Number.POSITIVE_INFINITY;
  let onPassed = () => {};
  return {
    start(limit, passed) {
      used = 0;
      limitNow = limit;
      onPassed = passed;
    },
    take(bytes) {
      used += bytes + VALUE_BYTES;
      if (used <= limitNow()) return;
      onPassed();
      throw new RangeError('lift: limit passed');
    },
  };
}

/**
 * A TextDecoder that counts, refuses malformed text (the canonical ABI traps; the platform's default would replace) and keeps
 * a byte order mark.
 */
export function createTextDecoder(
  budget: LiftBudget,
): new (encoding?: string) => { decode(input: Uint8Array<ArrayBuffer>): string } {
  return class CountingTextDecoder {
    readonly #decoder: TextDecoder;

    constructor(encoding = 'utf-8') {
      this.#decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    }

    decode(input: Uint8Array<ArrayBuffer>): string {
      budget.take(input.byteLength);
      return this.#decoder.decode(input);
    }
  };
}
