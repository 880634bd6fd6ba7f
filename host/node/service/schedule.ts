/**
 * When each object is to be looked at: one timer for all of them, never one an object. The clock may jump either way: it is read again
 * at least every second, and nothing goes by how much time has passed.
 */
import { SojournError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import type { Held } from './held.ts';
import { FLAGS } from './note.ts';
import type { News } from './relations.ts';
import type { WakeIndex } from './wake-index.ts';

/** Calls once, after so many milliseconds; gives what takes it back. */
export type Timer = (ms: number, fire: () => void) => () => void;

export interface ScheduleInputs {
  readonly index: WakeIndex;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly isBusy: (slot: number) => boolean;
  /** How many other nodes of the same store come before this one for an object. */
  readonly rank: (slot: number) => number;
  /** Begins what can begin. */
  readonly pump: () => void;
}

/** How long at most until the clock is read again. */
const TICK_MS = 1_000;
/** What is due and did not get on: the wait before it is looked at again, from and to. */
const STUCK_MS = [10_000, 3_600_000] as const;
const FAILED_MS = [1_000, 60_000] as const;
/** The same of what another node has: soon enough to take it over when that one is gone. */
const BUSY_MS = [500, 5_000] as const;
/** How long what another node changed is left to it. Whether it still has it, the store says. */
const FOREIGN_MS = 500;
/** What a node waits for each of those that come before it. */
const RANK_MS = 250;

export class Schedule {
  readonly #inputs: ScheduleInputs;
  readonly #news = new Map<number, Set<number>>();
  /** How often in a row a slot did not get on. */
  readonly #tries = new Map<number, number>();
  /** Slots that there is more to do with than the index knows: a cycle was left open, or the node is not as it was. */
  readonly #unfinished = new Set<number>();
  /** Slots that others have changed: to be looked at for what they should be told. */
  readonly #foreign = new Set<number>();
  /** Slots that were left to nodes that come before this one. */
  readonly #waited = new Set<number>();
  #armed: { readonly at: number; readonly cancel: () => void } | null = null;
  #open = false;

  constructor(inputs: ScheduleInputs) {
    this.#inputs = inputs;
  }

  /** From here on what is due is given out. */
  start(): void {
    this.#open = true;
    this.#inputs.pump();
  }

  stop(): void {
    this.#open = false;
    this.#armed?.cancel();
    this.#armed = null;
  }

  /** To be looked at from `at` on, or earlier where it was to be already. */
  poke(slot: number, at: number): void {
    const { due } = this.#inputs.index;
    if (at < due.dueOf(slot)) due.set(slot, at);
    // one that arrived is due by the index alone: nobody has looked yet
    if (due.dueOf(slot) <= this.#inputs.clock.now()) this.#inputs.pump();
    else this.#arm();
  }

  /** To be looked at, whatever the index knows of it. */
  addUnfinished(slot: number): void {
    this.#unfinished.add(slot);
  }

  /** Another node has changed it: what it does with it, or should, is left to it for a while. */
  setForeign(slot: number): void {
    const now = this.#inputs.clock.now();
    const at = this.dueOf(slot);
    this.#waited.delete(slot);
    this.#foreign.add(slot);
    this.#set(slot, Math.min(at <= now ? Infinity : at, now + FOREIGN_MS));
  }

  /** True once, of a slot that others have changed. */
  takeForeign(slot: number): boolean {
    return this.#foreign.delete(slot);
  }

  /** To be told soon. */
  addNews(news: readonly News[]): void {
    for (const { to, of } of news) {
      const known = this.#news.get(to) ?? new Set();
      this.#news.set(to, known.add(of));
      // one that is worked on is looked at behind its turn
      if (!this.#inputs.isBusy(to)) this.poke(to, this.#inputs.clock.now());
    }
  }

  takeNews(slot: number): readonly number[] {
    const news = this.#news.get(slot);
    this.#news.delete(slot);
    return news === undefined ? [] : [...news];
  }

  /** The slot that is due first and not worked on, or -1. It has no due time then, until `settle` or `poke`. */
  next(): number {
    const { index, clock, isBusy } = this.#inputs;
    if (!this.#open) return -1;
    for (let slot = index.due.first; slot >= 0; slot = index.due.first) {
      if (index.due.dueOf(slot) > clock.now()) break;
      index.due.set(slot, Infinity);
      if (isBusy(slot)) continue;
      const wait = this.#waitFor(slot);
      if (wait === 0) return slot;
      index.due.set(slot, clock.now() + wait);
    }
    this.#arm();
    return -1;
  }

  /** Behind a turn. */
  settle(held: Held): void {
    const { slot } = held;
    const now = this.#inputs.clock.now();
    if (held.failure === null) this.#unfinished.delete(slot);
    const at = this.dueOf(slot);
    const isStuck = held.ranTo?.status === 'dormant' && at <= now;
    if (held.failure === null && !isStuck) this.#tries.delete(slot);
    this.#waited.delete(slot);
    const isBusy = held.failure instanceof SojournError && held.failure.code === 'store.busy';
    if (isBusy) this.#set(slot, now + this.#delay(slot, BUSY_MS) + RANK_MS * this.#inputs.rank(slot));
    else if (held.failure !== null) this.#set(slot, now + this.#delay(slot, FAILED_MS));
    else if (this.#news.has(slot)) this.#set(slot, now);
    else this.#set(slot, isStuck ? now + this.#delay(slot, STUCK_MS) : at);
  }

  /** When an object is to be looked at, as the index has it. */
  dueOf(slot: number): number {
    const { index, clock } = this.#inputs;
    const flags = index.flagsOf(slot);
    const status = index.statusOf(slot);
    if (this.#unfinished.has(slot) && (status === 'active' || status === 'dormant')) return clock.now();
    const rests = (flags & (FLAGS.held | FLAGS.resting)) !== 0 || index.reasonOf(slot) !== null;
    if (status === 'active') return rests ? Infinity : clock.now();
    if (status !== 'dormant') return Infinity;
    const wakesAt = index.wakesAtOf(slot);
    if ((flags & FLAGS.ready) !== 0) return clock.now();
    return Number.isNaN(wakesAt) ? Infinity : wakesAt;
  }

  /** What time wakes is left first to the nodes that come before this one; once. */
  #waitFor(slot: number): number {
    const { index, rank } = this.#inputs;
    const byTime = index.statusOf(slot) === 'dormant' && (index.flagsOf(slot) & FLAGS.ready) === 0;
    if (!byTime || this.#news.has(slot) || this.#unfinished.has(slot) || this.#waited.has(slot)) return 0;
    const wait = rank(slot) * RANK_MS;
    if (wait > 0) this.#waited.add(slot);
    return wait;
  }

  #set(slot: number, at: number): void {
    this.#inputs.index.due.set(slot, at);
    if (at < Infinity) this.#arm();
  }

  #delay(slot: number, [least, most]: readonly [number, number]): number {
    const tries = this.#tries.get(slot) ?? 0;
    this.#tries.set(slot, Math.min(tries + 1, 30));
    return Math.min(most, least * 2 ** tries);
  }

  #arm(): void {
    const { index, clock, timer, pump } = this.#inputs;
    if (!this.#open || index.due.first < 0) return;
    const now = clock.now();
    const first = index.due.dueOf(index.due.first);
    // all places are taken: the end of a turn makes room
    if (first <= now) return;
    const at = Math.min(now + TICK_MS, first);
    // a clock that went back must not leave it waiting for a time that is far off now
    if (this.#armed !== null && this.#armed.at <= at && this.#armed.at >= now) return;
    this.#armed?.cancel();
    const cancel = timer(at - now, () => {
      this.#armed = null;
      pump();
      this.#arm();
    });
    this.#armed = { at, cancel };
  }
}
