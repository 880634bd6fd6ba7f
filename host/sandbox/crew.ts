/**
 * One worker, seen from the host: what is loaded in it, which attempts are in it, which of them it owes a message, and since when
 * it has been silent. It decides nothing; pool.ts does.
 */
import { createWorkTime } from './work-time.ts';
import type { WorkTime } from './work-time.ts';
import { startThread } from './worker-thread.ts';
import { SojournError } from '../errors.ts';
import type { FromWorker, RunInput, ToWorker, WorkerOptions } from './messages.ts';
import type { Task } from './task.ts';
import type { GuestReply } from '../ports.ts';

export type RunMessage = Exclude<FromWorker, { readonly type: 'ready' | 'alive' }>;

export interface CrewOptions {
  readonly heapMib: number;
  readonly idleBytes: number;
  /** `task` is null where the attempt was abandoned meanwhile. */
  readonly onMessage: (crew: Crew, message: RunMessage, task: Task | null) => void;
  /** It answers again. */
  readonly onAlive: (crew: Crew) => void;
  /** The worker ended by itself: not to be used again. */
  readonly onCrash: (crew: Crew, error: Error, started: boolean) => void;
}

/** An attempt that is in the worker. `bytes` as far as they are known. */
export interface Seat {
  readonly task: Task;
  readonly since: number;
  bytes: number;
}

export interface Crew extends WorkTime {
  readonly seats: ReadonlyMap<number, Seat>;
  /** Attempts that the worker has been told to go on with and that it has not been heard of since, abandoned ones too. */
  readonly owed: ReadonlySet<number>;
  /** Found busy beyond the bound; until it is heard of again. */
  stuck: boolean;
  /** Gets no more work, and is ended once nothing is in it. */
  retiring: boolean;
  has(key: string): boolean;
  /** Bytes of linear memory of all attempts in it. */
  bytes(): number;
  /** Milliseconds for which it has owed something without being heard. */
  silentMs(now: number): number;
  /** The attempt that has its turn, or had it last. */
  current(): number;
  start(attempt: number, task: Task, now: number): void;
  reply(attempt: number, reply: GuestReply, now: number): void;
  abandon(attempt: number): void;
  /** Found busy beyond the bound: asks to be told when it is no longer. */
  declareStuck(): void;
  /** Ends the thread. */
  end(): Promise<unknown>;
}

const PROGRAMS = 16;

export function createCrew({ heapMib, idleBytes, onMessage, onAlive, onCrash }: CrewOptions): Crew {
  const current = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const data: WorkerOptions = { idleBytes, current: current.buffer };
  const worker = startThread('worker', { heapMib, data });
  const loaded = new Set<string>();
  const seats = new Map<number, Seat>();
  const owed = new Set<number>();
  let started = false;
  let ended = false;
  let heard = Number.POSITIVE_INFINITY;
  let typical = 0;

  const post = (message: ToWorker) => worker.postMessage(message);
  const owe = (attempt: number, now: number) => {
    if (owed.size === 0 && started) heard = now;
    owed.add(attempt);
    worker.ref();
  };
  /** An idle worker does not keep the process alive; one that is being ended does until it is gone, or nobody would hear of it. */
  const relax = () => {
    if (!ended && seats.size === 0 && owed.size === 0) worker.unref();
  };
  const crashed = (error: Error) => {
    if (ended) return;
    ended = true;
    onCrash(crew, error, started);
  };
  worker.on('message', (message: FromWorker) => {
    heard = performance.now();
    crew.stuck = false;
    if (message.type === 'ready') {
      started = true;
      return relax();
    }
    if (message.type === 'alive') {
      onAlive(crew);
      return relax();
    }
    owed.delete(message.attempt);
    const seat = seats.get(message.attempt);
    if (message.type === 'call') {
      if (seat === undefined) post({ type: 'abandon', attempt: message.attempt });
      else typical = seat.bytes = message.bytes;
    }
    if (message.type !== 'call') seats.delete(message.attempt);
    onMessage(crew, message, seat?.task ?? null);
    relax();
  });
  worker.once('error', crashed);
  worker.once('exit', (code) =>
    crashed(new SojournError('internal', `worker: expected to last, found exit code ${code}`)),
  );

  const crew: Crew = {
    seats,
    owed,
    stuck: false,
    retiring: false,
    has: (key) => loaded.has(key),
    bytes: () => seats.values().reduce((sum, { bytes }) => sum + bytes, 0),
    silentMs: (now) => (owed.size === 0 ? 0 : Math.max(0, now - heard)),
    ...createWorkTime(worker, () => heard),
    current: () => Atomics.load(current, 0),
    start(attempt, task, now) {
      const { key, program, run } = task;
      if (!loaded.delete(key)) {
        for (const oldest of loaded) {
          if (loaded.size < PROGRAMS) break;
          loaded.delete(oldest);
          post({ type: 'drop', key: oldest });
        }
        post({ type: 'load', key, program });
      }
      loaded.add(key);
      seats.set(attempt, { task, since: now, bytes: typical });
      owe(attempt, now);
      const input: RunInput = { situation: run.situation, limits: run.limits };
      post({ type: 'run', attempt, key, input: JSON.stringify(input) });
    },
    reply(attempt, reply, now) {
      owe(attempt, now);
      post({ type: 'reply', attempt, reply });
    },
    abandon(attempt) {
      if (!seats.delete(attempt)) return;
      // what it is not at work on, it will never be heard of
      if (this.current() !== attempt) owed.delete(attempt);
      post({ type: 'abandon', attempt });
      relax();
    },
    declareStuck() {
      this.stuck = true;
      post({ type: 'ask' });
    },
    end() {
      ended = true;
      seats.clear();
      owed.clear();
      return worker.terminate();
    },
  };
  return crew;
}
