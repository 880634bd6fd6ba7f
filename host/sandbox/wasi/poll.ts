/**
 * `wasi:io/poll` and `wasi:clocks`. Nothing ever waits in real time. The wall clock stands still at the cycle's recorded time. The
 * monotonic clock begins at one second and moves only when a guest waits for nothing but timers: then to the earliest of them.
 */
import { WASI_LIMITS } from '../../limits.ts';
import type { WasiEvaluation } from './evaluation.ts';
import { Resource, guard } from './resource.ts';
import type { Interface } from './resource.ts';

/** Some runtimes take a monotonic clock of 0 for a broken one. */
const START_NS = 1_000_000_000n;
const LAST_NS = 2n ** 64n - 1n;
const MS_PER_SECOND = 1000;
const NS_PER_MS = 1_000_000;

export interface Timer {
  now(): bigint;
  /** Never back. */
  advance(to: bigint): void;
}

/** What a pollable waits for. */
export type Awaited =
  | { readonly kind: 'condition'; readonly holds: () => boolean }
  | { readonly kind: 'deadline'; readonly at: bigint };

export interface Polling {
  readonly poll: Interface;
  readonly monotonicClock: Interface;
  readonly wallClock: Interface;
  /** A pollable that the guest gets a handle of. */
  subscribe(awaited: Awaited): Resource;
  /** Of what never makes anybody wait. */
  subscribeReady(): Resource;
}

export function createPolling(evaluation: WasiEvaluation): Polling {
  const timer = createTimer();
  const Pollable = createPollableClass(evaluation, timer);
  const subscribe = (awaited: Awaited) => new Pollable(awaited);
  const subscribeAt = (at: bigint) => subscribe({ kind: 'deadline', at: at < LAST_NS ? at : LAST_NS });
  const { now } = evaluation.situation;
  return {
    poll: guard(evaluation, {
      Pollable,
      poll: (pollables: readonly { readonly awaited: Awaited }[]) =>
        poll(
          evaluation,
          timer,
          pollables.map(({ awaited }) => awaited),
        ),
    }),
    monotonicClock: guard(evaluation, {
      now: () => timer.now(),
      resolution: () => 1n,
      subscribeInstant: subscribeAt,
      subscribeDuration: (duration: bigint) => subscribeAt(timer.now() + duration),
    }),
    wallClock: guard(evaluation, {
      now: () => ({ seconds: BigInt(Math.floor(now / MS_PER_SECOND)), nanoseconds: (now % MS_PER_SECOND) * NS_PER_MS }),
      resolution: () => ({ seconds: 0n, nanoseconds: NS_PER_MS }),
    }),
    subscribe,
    subscribeReady: () => subscribe({ kind: 'condition', holds: () => true }),
  };
}

function createTimer(): Timer {
  let ns = START_NS;
  return { now: () => ns, advance: (to) => void (ns = to > ns ? to : ns) };
}

function createPollableClass(evaluation: WasiEvaluation, timer: Timer) {
  return class Pollable extends Resource {
    readonly #awaited: Awaited;

    constructor(awaited: Awaited) {
      super(evaluation);
      this.#awaited = awaited;
    }

    /** Throws where the handle is stale. */
    get awaited(): Awaited {
      return this.#awaited;
    }

    ready(): boolean {
      return holds(this.#awaited, timer);
    }

    block(): void {
      poll(evaluation, timer, [this.#awaited]);
    }
  };
}

function holds(awaited: Awaited, timer: Timer): boolean {
  return awaited.kind === 'deadline' ? timer.now() >= awaited.at : awaited.holds();
}

/** Indices of those that hold. Where none does, time goes on to the earliest deadline. */
function poll(evaluation: WasiEvaluation, timer: Timer, list: readonly Awaited[]): Uint32Array {
  const { pollables } = WASI_LIMITS;
  if (list.length === 0 || list.length > pollables)
    return evaluation.end({
      kind: 'trap',
      message: `poll: expected 1 to ${pollables} pollables, found ${list.length}`,
    });
  if (!list.some((awaited) => holds(awaited, timer))) {
    const [first, ...others] = list.flatMap((awaited) => (awaited.kind === 'deadline' ? [awaited.at] : []));
    if (first === undefined)
      return evaluation.end({ kind: 'error', message: 'poll: expected something that can happen, found none' });
    timer.advance(others.reduce((earliest, at) => (at < earliest ? at : earliest), first));
  }
  return Uint32Array.from(list.flatMap((awaited, index) => (holds(awaited, timer) ? [index] : [])));
}
