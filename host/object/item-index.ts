/**
 * Where items stand, in a bounded amount of memory: the place of every nth item, n growing with the object. Whoever looks for an item
 * reads on from the nearest one before it.
 */

export interface ItemPlace {
  readonly seq: number;
  /** Byte offset. */
  readonly offset: number;
  /** Nothing that follows it in the file follows it in the history. */
  readonly alone: boolean;
}

const PLACES_MOST = 4096;

export class ItemIndex {
  #places: ItemPlace[] = [];
  #stride = 1;
  #added = 0;
  /** Items apart from the others: what a carried object keeps. */
  readonly #single = new Map<number, number>();

  /** Adds the next item; they come in order and without a gap. */
  add(seq: number, offset: number): void {
    if (this.#added++ % this.#stride > 0) return;
    this.#places.push({ seq, offset, alone: false });
    if (this.#places.length < PLACES_MOST) return;
    this.#places = this.#places.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  /** Adds an item that others may be missing behind. */
  addSingle(seq: number, offset: number): void {
    this.#single.set(seq, offset);
  }

  /** Moves what was added so far apart: items are missing behind it. */
  separate(): void {
    for (const { seq, offset } of this.#places) this.#single.set(seq, offset);
    [this.#places, this.#added] = [[], 0];
  }

  /** Forgets the items behind `last`: they were cut off. */
  cut(last: number): void {
    const [first] = this.#places;
    if (first === undefined) return;
    this.#added = Math.max(0, Math.min(this.#added, last - first.seq + 1));
    this.#places = this.#places.filter(({ seq }) => seq <= last);
  }

  /** Places that are kept. */
  get places(): number {
    return this.#places.length + this.#single.size;
  }

  /** The nearest place at or before the item; null where it can't be reached by reading on. */
  find(seq: number): ItemPlace | null {
    const [first] = this.#places;
    if (first !== undefined && seq >= first.seq)
      return this.#places[Math.min(this.#places.length - 1, Math.floor((seq - first.seq) / this.#stride))] ?? null;
    const offset = this.#single.get(seq);
    return offset === undefined ? null : { seq, offset, alone: true };
  }
}
