/**
 * Many evaluations on few workers. What waits for the host stays in its worker as long as there is room; what can't stay, because
 * the worker is busy with something else, has ended, or others need the room, is run again elsewhere over the replies that it
 * has had (task.ts). So one evaluation that spins costs the others a bounded delay, and none of them its life.
 */
import { createCrew } from './crew.ts';
import { createTask } from './task.ts';
import { SojournError } from '../errors.ts';
import type { Crew, RunMessage } from './crew.ts';
import type { FreshReason } from './instances.ts';
import type { GuestCalled, RunResult } from './messages.ts';
import type { Task, TaskInput } from './task.ts';
import type { Bound } from '../limits.ts';
import type { GuestReply } from '../ports.ts';

export interface PoolOptions {
  /** Workers that take new work. Beside them there are at most SPARE that are stuck, or that take the place of one. */
  readonly workers: number;
  /** Attempts in one worker at a time; beyond that the one that waits longest for the host gives its room up. */
  readonly evaluationsPerWorker: number;
  /** Bytes of linear memory of all attempts in one worker; beyond that, as above. */
  readonly instanceBytes: number;
  readonly heapMib: number;
  readonly idleBytes: number;
  /**
   * A worker that owes something and has been silent for so long is stuck, if it was at work meanwhile: one that the machine has no time
   * for would only cost more of it elsewhere. Beyond UNHEARD times as long it is stuck whatever it did.
   */
  readonly busyMs: number;
}

export interface PoolStats {
  readonly workers: number;
  /** Evaluations that are not in a worker: new ones, and those to be run again. */
  readonly queued: number;
  /** Evaluations that wait for the host without a worker. */
  readonly parked: number;
  /** Evaluations on an instance that was put back; and on fresh ones, by reason. */
  readonly restored: number;
  readonly fresh: Readonly<Partial<Record<FreshReason, number>>>;
  /** Attempts beyond the first. */
  readonly repeated: number;
}

export interface Pool {
  run(input: TaskInput): Promise<RunResult>;
  /** Starts the first worker, where none is there, so that it starts while something else is waited for. */
  prepare(): void;
  stats(): PoolStats;
  close(): Promise<void>;
}

const SPARE = 2;
/** Of the time for which a worker was silent, the part for which it was at work, at least; the first look comes late. */
const AT_WORK = 1 / 3;
const UNHEARD = 20;
/** Attempts that a worker may have before it, begun or not; more would only lie there while another worker is free. */
const AHEAD = 8;

export function createPool(options: PoolOptions): Pool {
  return new WorkerPool(options);
}

class WorkerPool implements Pool {
  readonly #options: PoolOptions;
  readonly #crews = new Set<Crew>();
  readonly #ending = new Set<Promise<unknown>>();
  readonly #tasks = new Set<Task>();
  /** To be run (again): those that were begun come first. */
  readonly #begun: Task[] = [];
  readonly #fresh: Task[] = [];
  readonly #seats = new Map<Task, { readonly crew: Crew; readonly attempt: number }>();
  readonly #deadlines = new Map<Task, NodeJS.Timeout>();
  readonly #counts = { restored: 0, fresh: new Map<FreshReason, number>(), repeated: 0 };
  #watch: NodeJS.Timeout | null = null;
  #attempts = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  run(input: TaskInput): Promise<RunResult> {
    if (this.#closed) throw new SojournError('usage', 'sandbox: expected an open one, found it closed');
    const task = createTask(input);
    this.#tasks.add(task);
    this.#fresh.push(task);
    this.#schedule();
    return task.outcome;
  }

  stats(): PoolStats {
    const queued = this.#begun.length + this.#fresh.length;
    return {
      workers: this.#crews.size,
      queued,
      parked: this.#tasks.size - queued - this.#seats.size,
      restored: this.#counts.restored,
      fresh: Object.fromEntries(this.#counts.fresh),
      repeated: this.#counts.repeated,
    };
  }

  prepare(): void {
    if (!this.#closed && this.#crews.size === 0) this.#hire();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    const waiting = new Set(this.#fresh);
    for (const task of this.#tasks) {
      const error = waiting.has(task)
        ? new SojournError('usage', 'sandbox: closed while a run was waiting')
        : new SojournError('internal', 'sandbox: closed during a run');
      task.fail(error);
      this.#forget(task);
    }
    for (const crew of this.#crews) this.#end(crew);
    await Promise.all(this.#ending);
  }

  /** Gives out work in order, for as long as there is a worker for the first in line. */
  #schedule(): void {
    for (const queue of [this.#begun, this.#fresh]) {
      for (let task = queue[0]; task !== undefined; task = queue[0]) {
        const crew = this.#closed ? null : this.#crewFor(task);
        if (crew === null) return;
        queue.shift();
        this.#start(task, crew);
      }
    }
  }

  #crewFor(task: Task): Crew | null {
    const able = Array.from(this.#crews).filter((crew) => !crew.stuck && !crew.retiring);
    const open = able.filter((crew) => this.#takes(crew, task));
    const rank = (crew: Crew) => [crew.owed.size, crew.has(task.key) ? 0 : 1, crew.seats.size] as const;
    open.sort((left, right) => {
      const [a, b] = [rank(left), rank(right)];
      return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
    });
    const [best] = open;
    if (best !== undefined && best.owed.size === 0) return best;
    if (able.length < this.#options.workers && this.#makeRoom()) return this.#hire();
    return best ?? null;
  }

  /** One that is to go anyway goes now, so that a worker can take its place. */
  #makeRoom(): boolean {
    const full = () => this.#crews.size >= this.#options.workers + SPARE;
    for (const crew of this.#crews) if (full() && crew.retiring && !crew.stuck) this.#lose(crew);
    return !full();
  }

  #takes(crew: Crew, task: Task): boolean {
    if (task.alone) return crew.seats.size === 0;
    if (crew.owed.size >= AHEAD || crew.seats.values().some((seat) => seat.task.alone)) return false;
    const { evaluationsPerWorker, instanceBytes } = this.#options;
    if (crew.seats.size < evaluationsPerWorker && crew.bytes() < instanceBytes) return true;
    return crew.seats.values().some((seat) => seat.task.awaitsHost());
  }

  #start(task: Task, crew: Crew): void {
    const { evaluationsPerWorker, instanceBytes } = this.#options;
    const now = performance.now();
    // those that wait are kept in the order in which they came
    for (const { task: other } of crew.seats.values()) {
      if (crew.seats.size < evaluationsPerWorker && crew.bytes() < instanceBytes) break;
      if (other.awaitsHost()) this.#leave(other);
    }
    this.#attempts = (this.#attempts % 0x7fff_ffff) + 1;
    const attempt = this.#attempts;
    if (this.#deadlines.has(task)) this.#counts.repeated += 1;
    else this.#setDeadline(task);
    task.begin();
    this.#seats.set(task, { crew, attempt });
    crew.start(attempt, task, now);
    this.#watch ??= setInterval(() => this.#lookAround(), Math.max(1, this.#options.busyMs / 2)).unref();
  }

  #setDeadline(task: Task): void {
    const { deadlineMs } = task.run.limits;
    const expire = () => {
      const seat = this.#seats.get(task);
      const running = seat !== undefined && seat.crew.owed.has(seat.attempt) && seat.crew.current() === seat.attempt;
      this.#stop(task, 'deadlineMs', `deadlineMs: expected an end within ${deadlineMs} ms, found none`);
      if (running) this.#lose(seat.crew);
      this.#schedule();
    };
    this.#deadlines.set(task, setTimeout(expire, deadlineMs));
  }

  #hire(): Crew {
    const { heapMib, idleBytes } = this.#options;
    const crew = createCrew({
      heapMib,
      idleBytes,
      onAlive: (from) => {
        this.#retire(from);
        this.#schedule();
      },
      onMessage: (from, message, task) => this.#hear(from, message, task),
      onCrash: (from, error, started) => this.#crash(from, error, started),
    });
    this.#crews.add(crew);
    return crew;
  }

  #hear(crew: Crew, message: RunMessage, task: Task | null): void {
    if (task !== null) this.#act(task, crew, message);
    this.#retire(crew);
    this.#schedule();
  }

  #act(task: Task, crew: Crew, message: RunMessage): void {
    switch (message.type) {
      case 'call':
        return this.#call(task, crew, message);
      case 'done':
        if (message.fresh === null) this.#counts.restored += 1;
        else this.#counts.fresh.set(message.fresh, (this.#counts.fresh.get(message.fresh) ?? 0) + 1);
        task.settle(message.result);
        return this.#forget(task);
      case 'failed':
        return this.#fail(task, new SojournError('internal', message.message));
    }
  }

  #call(task: Task, crew: Crew, message: GuestCalled): void {
    try {
      const next = task.call(message);
      if (next.step === 'reply') crew.reply(message.attempt, next.reply, performance.now());
      else if (next.step === 'passed') this.#stop(task, next.passed.bound, next.passed.message);
      else if (next.perform !== null) void this.#perform(task, next.perform);
    } catch (error) {
      this.#fail(task, error);
    }
  }

  async #perform(task: Task, perform: () => Promise<GuestReply>): Promise<void> {
    try {
      const reply = await perform();
      if (task.settled()) return;
      const passed = task.replied(reply);
      if (passed !== null) this.#stop(task, passed.bound, passed.message);
      else this.#resume(task, reply);
    } catch (error) {
      this.#fail(task, error);
    }
    this.#schedule();
  }

  /** Hands the reply on, or has the evaluation run again where it has no worker that could go on at once. */
  #resume(task: Task, reply: GuestReply): void {
    const seat = this.#seats.get(task);
    if (seat === undefined) {
      if (!this.#begun.includes(task)) this.#begun.push(task);
    } else if (seat.crew.stuck) {
      this.#leave(task);
    } else if (task.caughtUp()) seat.crew.reply(seat.attempt, reply, performance.now());
  }

  /** Takes an evaluation out of its worker; it is run again, at once or when the host has answered. */
  #leave(task: Task): void {
    const seat = this.#seats.get(task);
    if (seat === undefined) return;
    this.#seats.delete(task);
    seat.crew.abandon(seat.attempt);
    if (!task.awaitsHost()) this.#begun.push(task);
  }

  #stop(task: Task, bound: Bound, message: string): void {
    task.settle({ kind: 'bound', bound, message, fuel: task.fuel() });
    this.#forget(task);
  }

  #fail(task: Task, error: unknown): void {
    task.fail(error);
    this.#forget(task);
  }

  #forget(task: Task): void {
    clearTimeout(this.#deadlines.get(task));
    this.#deadlines.delete(task);
    this.#tasks.delete(task);
    const seat = this.#seats.get(task);
    this.#seats.delete(task);
    seat?.crew.abandon(seat.attempt);
    for (const queue of [this.#begun, this.#fresh]) {
      const index = queue.indexOf(task);
      if (index >= 0) queue.splice(index, 1);
    }
  }

  /** Finds workers that are busy beyond the bound. Messages that have come are heard first. */
  #lookAround(): void {
    const silent = Array.from(this.#crews).filter((crew) => !crew.stuck && this.#isSilent(crew));
    for (const crew of this.#crews) if (crew.owed.size > 0) crew.look();
    if (silent.length > 0) {
      setImmediate(() => {
        for (const crew of silent) if (this.#isSilent(crew)) this.#giveUpOn(crew);
        this.#schedule();
      });
    }
    if (this.#tasks.size > 0 || this.#watch === null) return;
    clearInterval(this.#watch);
    this.#watch = null;
  }

  #isSilent(crew: Crew): boolean {
    const { busyMs } = this.#options;
    const silentMs = this.#crews.has(crew) ? crew.silentMs(performance.now()) : 0;
    return silentMs > busyMs && (crew.workedMs() >= busyMs * AT_WORK || silentMs > busyMs * UNHEARD);
  }

  /** What has its turn goes on; what is before it in the same worker goes elsewhere, what waits for the host when it is answered. */
  #giveUpOn(crew: Crew): void {
    crew.declareStuck();
    const current = crew.current();
    for (const [attempt, { task }] of crew.seats) if (attempt !== current && crew.owed.has(attempt)) this.#leave(task);
    if (crew.seats.size === 0) this.#end(crew);
  }

  /** Ends a worker on purpose: none of its evaluations is at fault. */
  #lose(crew: Crew): void {
    for (const { task } of crew.seats.values()) this.#leave(task);
    this.#end(crew);
  }

  /** A worker that ended by itself: its one evaluation did it, or any of several; those are run again, at last alone. */
  #crash(crew: Crew, error: Error, started: boolean): void {
    const current = crew.current();
    const seats = [...crew.seats];
    this.#crews.delete(crew);
    for (const [attempt, { task }] of seats) {
      if (!started) this.#fail(task, new SojournError('internal', 'worker: expected to start', { cause: error }));
      else if (seats.length === 1) this.#stop(task, 'host', `worker: expected to last, found ${error.message}`);
      else {
        task.crashes += 1;
        task.alone = attempt === current || task.crashes > 1;
        this.#leave(task);
      }
    }
    this.#schedule();
  }

  /** Workers beyond their number, and those that are to go, go when nothing is in them. */
  #retire(crew: Crew): void {
    const able = Array.from(this.#crews).filter((one) => !one.stuck && !one.retiring).length;
    if (able > this.#options.workers) crew.retiring = true;
    if (crew.retiring && crew.seats.size === 0) this.#end(crew);
  }

  #end(crew: Crew): void {
    this.#crews.delete(crew);
    const ended = crew.end().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
