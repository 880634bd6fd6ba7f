/**
 * Turns: of each object one job at a time, of all objects so many at once, and no more waiting than was said. Who asks comes before what
 * is due, but never keeps it waiting for good.
 */
import { SojournError } from '../../errors.ts';
import { isRefusal } from '../open-session.ts';
import type { Held } from './held.ts';

export interface Job<T> {
  /** Between two cycles of a run that somebody else asked for, too: a delivery, not a run. */
  readonly brief: boolean;
  run(held: Held): Promise<T>;
}

interface Waiting {
  readonly brief: boolean;
  readonly run: (held: Held) => Promise<void>;
  readonly refuse: (error: unknown) => void;
}

export interface TurnOptions {
  readonly concurrency: number;
  readonly waiting: number;
  /** A slot that is due and is not worked on, or -1; it is not given again before its turn is over. */
  readonly nextDue: () => number;
  /** What a slot is worked on with. */
  readonly open: (slot: number) => Held;
  /** What is to be done with a slot that is due. Never rejects. */
  readonly runDue: (held: Held) => Promise<void>;
  /** Behind each turn. */
  readonly onEnd: (held: Held) => void;
}

/** Jobs of one object that are done in one turn, before others have theirs. */
const IN_A_ROW = 32;
/** Of the requests that may wait, those for one object at most: nobody fills the room with one that takes its time. */
const OF_ONE = 0.25;
const OF_ONE_LEAST = 256;
/** No slot. */
const NONE = -1;
/** Requests that go ahead of one that is due. */
const AHEAD = 3;

export class Turns {
  readonly #options: TurnOptions;
  readonly #jobs = new Map<number, Waiting[]>();
  /** Slots with jobs, in the order of their first. */
  #queue: number[] = [];
  readonly #running = new Map<number, Held>();
  #waiting = 0;
  /** Stands for no object. */
  #nobody = -2;
  #ahead = 0;
  #closed = false;
  #idle: (() => void) | null = null;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get running(): number {
    return this.#running.size;
  }

  isRunning(slot: number): boolean {
    return this.#running.has(slot);
  }

  /** Worked on, or asked for. */
  isBusy(slot: number): boolean {
    return this.#running.has(slot) || this.#jobs.has(slot);
  }

  /** Room for one more request. Errors: `node.busy`, `node.closing`. */
  expectRoom(): void {
    if (this.#closed)
      throw new SojournError('node.closing', 'node: expected it open, found it closing: ask another one');
    if (this.#waiting >= this.#options.waiting)
      throw new SojournError(
        'node.busy',
        `node: expected at most ${this.#options.waiting} requests waiting, found ${this.#waiting}: ask again later`,
        { details: { waiting: this.#waiting } },
      );
  }

  /** Errors: `node.busy`, `node.closing`, those of the job. */
  ask<T>(slot: number, job: Job<T>): Promise<T> {
    this.expectRoom();
    return new Promise<T>((resolve, reject) => {
      const run = (held: Held): Promise<void> =>
        job.run(held).then(resolve, async (error: unknown) => {
          await held.close(isRefusal(error));
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      const jobs = this.#jobs.get(slot) ?? [];
      if (jobs.length >= Math.max(OF_ONE_LEAST, this.#options.waiting * OF_ONE))
        throw new SojournError(
          'node.busy',
          `node: expected fewer requests waiting for one object, found ${jobs.length}: ask again later`,
          { details: { waiting: jobs.length } },
        );
      jobs.push({ brief: job.brief, run, refuse: reject });
      this.#jobs.set(slot, jobs);
      this.#waiting += 1;
      const held = this.#running.get(slot);
      if (held === undefined && jobs.length === 1) this.#queue.push(slot);
      if (job.brief) held?.interrupt();
      this.pump();
    });
  }

  /** A turn that is no object's. Errors: `node.busy`, `node.closing`, those of the job. */
  askAlone<T>(job: () => Promise<T>): Promise<T> {
    return this.ask(this.#nobody--, { brief: false, run: job });
  }

  /** Begins what can begin. */
  pump(): void {
    while (!this.#closed && this.#running.size < this.#options.concurrency) {
      const slot = this.#pick();
      if (slot === NONE) return;
      void this.#turn(slot);
    }
  }

  /** Deliveries that wait for the object of this turn: to be done between two of its cycles. */
  async serveBrief(held: Held): Promise<void> {
    for (let job = this.#nextBrief(held.slot); job !== null; job = this.#nextBrief(held.slot)) await job.run(held);
  }

  /** Refuses what waits. Resolves when nothing is worked on any more. */
  close(): Promise<void> {
    this.#closed = true;
    const error = new SojournError('node.closing', 'node: closed before the turn of the request came: ask another one');
    for (const jobs of this.#jobs.values()) for (const job of jobs) job.refuse(error);
    this.#jobs.clear();
    this.#queue = [];
    this.#waiting = 0;
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#idle = resolve));
  }

  #pick(): number {
    const due = this.#queue.length === 0 || this.#ahead >= AHEAD ? this.#options.nextDue() : NONE;
    this.#ahead = due >= 0 || this.#queue.length === 0 ? 0 : this.#ahead + 1;
    if (due >= 0) return due;
    let slot = this.#queue.shift();
    // what had its jobs done in a turn that was due has none left
    while (slot !== undefined && (this.#running.has(slot) || !this.#jobs.has(slot))) slot = this.#queue.shift();
    return slot ?? NONE;
  }

  async #turn(slot: number): Promise<void> {
    const held = this.#options.open(slot);
    this.#running.set(slot, held);
    try {
      if (!this.#jobs.has(slot)) await this.#options.runDue(held);
      for (let done = 0; done < IN_A_ROW; done++) {
        const job = this.#next(slot);
        if (job === null) break;
        await job.run(held);
      }
    } finally {
      await held.close(true);
      this.#running.delete(slot);
      if (this.#jobs.has(slot)) this.#queue.push(slot);
      this.#options.onEnd(held);
      if (this.#running.size === 0) this.#idle?.();
      this.pump();
    }
  }

  #next(slot: number): Waiting | null {
    const jobs = this.#jobs.get(slot) ?? [];
    const job = jobs.shift() ?? null;
    if (jobs.length === 0) this.#jobs.delete(slot);
    if (job !== null) this.#waiting -= 1;
    return job;
  }

  #nextBrief(slot: number): Waiting | null {
    return this.#jobs.get(slot)?.[0]?.brief === true ? this.#next(slot) : null;
  }
}
