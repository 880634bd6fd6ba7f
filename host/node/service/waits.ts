/**
 * What sleepers wait for beside time: a list for each of them, in one pool, and for each object a list of those that watch it. Both
 * lists are cut at any place without a search.
 */
import { grown } from './columns.ts';

/** Numbers of one wait, in a row. */
const WIDTH = 6;
/** Name of the signal as -1 - number, or slot of the object. */
const REF = 0;
/** The next wait of the same sleeper, + 1; of a free place, the next free one. */
const NEXT = 1;
const SLEEPER = 2;
/** Neighbours in the list of those that watch the same object, + 1. */
const AFTER = 3;
const BEFORE = 4;
/** The entry that the object has to reach; 0: its end. */
const UNTIL = 5;

/** One side of a wait for an object: the other one's slot, and the entry that has to be reached; 0: the end. */
export interface Watch {
  readonly slot: number;
  readonly until: number;
}

export class Waits {
  #pool = new Int32Array(0);
  #used = 0;
  #free = 0;
  /** By slot: first of its waits + 1, first of those that watch it + 1. */
  #own = new Int32Array(0);
  #watched = new Int32Array(0);

  get bytes(): number {
    return this.#pool.byteLength + this.#own.byteLength + this.#watched.byteLength;
  }

  /** Adds a wait for the signal with this name. */
  addSignal(sleeper: number, name: number): void {
    this.#add(sleeper, -1 - name);
  }

  /** Adds a wait for another object: for its entry `until`, or for its end with 0. */
  addObject(sleeper: number, object: number, until: number): void {
    const wait = this.#add(sleeper, object);
    this.#set(wait, UNTIL, until);
    this.#watched = grown(this.#watched, object + 1);
    const first = this.#watched[object] ?? 0;
    this.#set(wait, AFTER, first);
    this.#set(wait, BEFORE, 0);
    if (first > 0) this.#set(first - 1, BEFORE, wait + 1);
    this.#watched[object] = wait + 1;
  }

  /** Numbers of signals and objects that it waits for, the last added first. */
  of(sleeper: number): { readonly signals: readonly number[]; readonly objects: readonly Watch[] } {
    const signals: number[] = [];
    const objects: Watch[] = [];
    for (let wait = this.#own[sleeper] ?? 0; wait > 0; wait = this.#get(wait - 1, NEXT)) {
      const ref = this.#get(wait - 1, REF);
      if (ref < 0) signals.push(-1 - ref);
      else objects.push({ slot: ref, until: this.#get(wait - 1, UNTIL) });
    }
    return { signals, objects };
  }

  /** Those that wait for an object. */
  watchersOf(object: number): readonly Watch[] {
    const found: Watch[] = [];
    for (let wait = this.#watched[object] ?? 0; wait > 0; wait = this.#get(wait - 1, AFTER))
      found.push({ slot: this.#get(wait - 1, SLEEPER), until: this.#get(wait - 1, UNTIL) });
    return found;
  }

  /** Takes out all that it waits for. */
  clear(sleeper: number): void {
    for (let wait = this.#own[sleeper] ?? 0; wait > 0;) {
      const next = this.#get(wait - 1, NEXT);
      this.#unwatch(wait - 1);
      this.#set(wait - 1, NEXT, this.#free);
      this.#free = wait;
      wait = next;
    }
    if (sleeper < this.#own.length) this.#own[sleeper] = 0;
  }

  #add(sleeper: number, ref: number): number {
    const wait = this.#free > 0 ? this.#free - 1 : this.#used++;
    if (this.#free > 0) this.#free = this.#get(wait, NEXT);
    this.#pool = grown(this.#pool, wait + 1, WIDTH);
    this.#own = grown(this.#own, sleeper + 1);
    this.#set(wait, REF, ref);
    this.#set(wait, SLEEPER, sleeper);
    this.#set(wait, NEXT, this.#own[sleeper] ?? 0);
    this.#own[sleeper] = wait + 1;
    return wait;
  }

  #unwatch(wait: number): void {
    const object = this.#get(wait, REF);
    if (object < 0) return;
    const [after, before] = [this.#get(wait, AFTER), this.#get(wait, BEFORE)];
    if (after > 0) this.#set(after - 1, BEFORE, before);
    if (before > 0) this.#set(before - 1, AFTER, after);
    else this.#watched[object] = after;
  }

  #get(wait: number, field: number): number {
    return this.#pool[wait * WIDTH + field] ?? 0;
  }

  #set(wait: number, field: number, value: number): void {
    this.#pool[wait * WIDTH + field] = value;
  }
}
