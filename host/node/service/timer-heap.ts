/**
 * Slots in the order of when they are due: a binary heap in typed arrays. A slot is in it at most once, and can be moved or taken out.
 */
import { grown } from './columns.ts';

export class TimerHeap {
  #slots = new Int32Array(0);
  #count = 0;
  /** By slot: its place in the heap + 1, or 0; and when it is due. */
  #places = new Int32Array(0);
  #due = new Float64Array(0);

  get bytes(): number {
    return this.#slots.byteLength + this.#places.byteLength + this.#due.byteLength;
  }

  /** The one that is due first, or -1. */
  get first(): number {
    return this.#count === 0 ? -1 : (this.#slots[0] ?? -1);
  }

  /** When it is due; infinity for one that is not there. */
  dueOf(slot: number): number {
    return (this.#places[slot] ?? 0) === 0 ? Infinity : (this.#due[slot] ?? Infinity);
  }

  /** Infinity takes it out. Of two that are due at once the lower slot comes first. */
  set(slot: number, due: number): void {
    this.#places = grown(this.#places, slot + 1);
    this.#due = grown(this.#due, slot + 1);
    const place = (this.#places[slot] ?? 0) - 1;
    if (due === Infinity) {
      if (place >= 0) this.#take(place);
      return;
    }
    this.#due[slot] = due;
    if (place >= 0) {
      this.#rise(place);
      this.#sink((this.#places[slot] ?? 0) - 1);
      return;
    }
    this.#slots = grown(this.#slots, this.#count + 1);
    this.#put(this.#count++, slot);
    this.#rise(this.#count - 1);
  }

  /** How many are due at `time`. Costs as much as there are. */
  countDue(time: number): number {
    let found = 0;
    const walk = [0];
    for (let place = walk.pop(); place !== undefined; place = walk.pop()) {
      if (place >= this.#count || this.#dueAt(place) > time) continue;
      found += 1;
      walk.push(2 * place + 1, 2 * place + 2);
    }
    return found;
  }

  #take(place: number): void {
    const slot = this.#slots[place] ?? 0;
    const last = this.#slots[--this.#count] ?? 0;
    this.#places[slot] = 0;
    if (place === this.#count) return;
    this.#put(place, last);
    this.#rise(place);
    this.#sink((this.#places[last] ?? 0) - 1);
  }

  #rise(from: number): void {
    for (let place = from; place > 0;) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from: number): void {
    for (let place = from; ;) {
      const left = 2 * place + 1;
      if (left >= this.#count) return;
      const child = left + 1 < this.#count && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, place)) return;
      this.#swap(place, child);
      place = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#dueAt(a), this.#dueAt(b)];
    return one === other ? (this.#slots[a] ?? 0) < (this.#slots[b] ?? 0) : one < other;
  }

  #dueAt(place: number): number {
    return this.#due[this.#slots[place] ?? 0] ?? Infinity;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#slots[a] ?? 0, this.#slots[b] ?? 0];
    this.#put(a, other);
    this.#put(b, one);
  }

  #put(place: number, slot: number): void {
    this.#slots[place] = slot;
    this.#places[slot] = place + 1;
  }
}
