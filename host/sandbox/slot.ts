/**
 * One worker of the pool, seen from the host: starts it, keeps track of what is loaded in it, runs one evaluation at a time,
 * and replaces it after anything that leaves a guest behind: a bound met on the way, a deadline, a crash.
 */
import { createLedger } from './ledger.ts';
import { startThread } from './worker-thread.ts';
import { SojournError } from '../errors.ts';
import type { FromWorker, RunResult, ToWorker } from './messages.ts';
import type { Program } from './program.ts';
import type { Bound } from '../limits.ts';
import type { HandlerRun } from '../ports.ts';
import type { Worker } from 'node:worker_threads';

export interface Slot {
  /** True where the program is in the worker already. */
  has(key: string): boolean;
  /** One run. Rejects only where the host itself fails (`onCall`, or a broken worker). */
  run(key: string, program: Program, run: HandlerRun): Promise<RunResult>;
  close(): Promise<void>;
}

const PROGRAMS_PER_WORKER = 16;

interface Thread {
  readonly worker: Worker;
  readonly loaded: Set<string>;
  /** Rejects where the worker could not start, which is the host's failure. */
  readonly ready: Promise<void>;
}

export function createSlot(heapMib: number): Slot {
  let thread: Thread | null = null;
  let abort: (() => void) | null = null;
  const ending = new Set<Promise<unknown>>();

  const start = (): Thread => {
    const started = startWorker(heapMib);
    const forget = () => {
      if (thread === started) thread = null;
    };
    started.worker.on('error', forget).on('exit', forget);
    return started;
  };
  const retire = () => {
    if (thread === null) return;
    const ended = thread.worker.terminate().finally(() => ending.delete(ended));
    ending.add(ended);
    thread = null;
  };

  return {
    has: (key) => thread?.loaded.has(key) ?? false,
    async run(key, program, run) {
      thread ??= start();
      const { worker } = thread;
      worker.ref();
      try {
        await thread.ready;
        load(thread, key, program);
        const exchange = createExchange(worker, key, run);
        abort = exchange.abort;
        const { result, spent } = await exchange.outcome;
        if (spent) retire();
        return result;
      } catch (error) {
        retire();
        throw error;
      } finally {
        abort = null;
        worker.unref();
      }
    },
    async close() {
      abort?.();
      retire();
      await Promise.all(ending);
    },
  };
}

function startWorker(heapMib: number): Thread {
  const worker = startThread('worker', { heapMib, data: { idleBytes: 64 * 1024 * 1024 } });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (reason: unknown) =>
    reject(new SojournError('internal', 'worker: expected to start', { cause: reason }));
  worker
    .once('message', () => resolve())
    .once('error', fail)
    .once('exit', fail);
  return { worker, loaded: new Set(), ready: promise };
}

function load({ worker, loaded }: Thread, key: string, program: Program): void {
  if (loaded.delete(key)) {
    loaded.add(key);
    return;
  }
  for (const oldest of loaded) {
    if (loaded.size < PROGRAMS_PER_WORKER) break;
    loaded.delete(oldest);
    post(worker, { type: 'drop', key: oldest });
  }
  loaded.add(key);
  post(worker, { type: 'load', key, program });
}

interface Outcome {
  readonly result: RunResult;
  readonly spent: boolean;
}

interface Exchange {
  readonly outcome: Promise<Outcome>;
  readonly abort: () => void;
}

/** The messages of one run, from `run` to `done` or whatever ends it first. */
function createExchange(worker: Worker, key: string, run: HandlerRun): Exchange {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const ledger = createLedger(run.limits);
  let fuel = 0;
  const stopAt = (bound: Bound, message: string) =>
    resolve({ result: { kind: 'bound', bound, message, fuel }, spent: true });
  const onMessage = (message: FromWorker) => {
    switch (message.type) {
      case 'done':
        return resolve(message);
      case 'failed':
        return reject(new SojournError('internal', message.message));
      case 'call':
        fuel = message.fuel;
        return void answer(message).catch(reject);
      case 'ready':
        return undefined;
    }
  };
  const answer = async ({ operation, request }: Extract<FromWorker, { readonly type: 'call' }>) => {
    const over = ledger.countCall(request);
    if (over !== null) return stopAt(over.bound, over.message);
    const reply = await run.onCall({ operation, request });
    const overIn = ledger.countReply(reply);
    if (overIn !== null) return stopAt(overIn.bound, overIn.message);
    post(worker, { type: 'reply', run: 1, reply });
  };
  const onError = (error: Error) => stopAt('host', `worker: expected to last, found ${error.message}`);
  const onExit = () => stopAt('host', 'worker: expected to last, found it ended');
  const { deadlineMs } = run.limits;
  const timer = setTimeout(
    () => stopAt('deadlineMs', `deadlineMs: expected an end within ${deadlineMs} ms, found none`),
    deadlineMs,
  );
  worker.on('message', onMessage).once('error', onError).once('exit', onExit);
  post(worker, { type: 'run', run: 1, key, situation: run.situation, limits: run.limits });
  const outcome = promise.finally(() => {
    clearTimeout(timer);
    worker.off('message', onMessage).off('error', onError).off('exit', onExit);
  });
  return { outcome, abort: () => reject(new SojournError('internal', 'sandbox: closed during a run')) };
}

function post(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}
