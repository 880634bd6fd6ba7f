/** What a node counted since it began. */
import type { OutcomeClass } from '../../object/model.ts';

export class Tally {
  created = 0;
  signals = 0;
  runs = 0;
  storeErrors = 0;
  readonly #outcomes = new Map<OutcomeClass, number>();

  outcome(found: OutcomeClass): void {
    this.#outcomes.set(found, (this.#outcomes.get(found) ?? 0) + 1);
  }

  /** By class; a class that did not come about is not there. */
  get outcomes(): { readonly [found in OutcomeClass]?: number } {
    return Object.fromEntries(this.#outcomes);
  }
}
