/**
 * What the WASI imports of one evaluation share: its bounds, its handles, its way to the host and its one end. Once it has ended,
 * every further call of the guest ends there, whatever its exception handlers do.
 */
import { WASI_LIMITS } from '../../limits.ts';
import type { Bound, CycleLimits } from '../../limits.ts';
import type { GuestErrorCode, Situation } from '../../ports.ts';
import type { ValueMap } from '../../value.ts';

/** A capability call's answer, the value as the contract's glue would lower it. */
export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: GuestErrorCode };

/** What the sandbox hands in. */
export interface WasiPorts {
  readonly situation: Situation;
  readonly limits: CycleLimits;
  /** True for a command, whose standard output is its proposal. */
  readonly command: boolean;
  /** A capability call of the contract, with all its bounds. Never settles once the evaluation is over. */
  readonly call: (operation: string, request: ValueMap) => Promise<Answer>;
  /** Capability calls that the limits leave. */
  readonly callsLeft: () => number;
  /** Reports a bound while the guest is on the stack. */
  readonly stop: (bound: Bound, message: string) => void;
  /** Called where the evaluation has ended with the guest suspended, which is never resumed. */
  readonly abandoned: () => void;
  /** Called ahead of every call, so that what is lifted next is counted anew. */
  readonly entered: () => void;
}

/** Why an evaluation ended otherwise than by its own return. */
export type Ending =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'trap'; readonly message: string };

export interface WasiEvaluation extends WasiPorts {
  /** The first end that was recorded. */
  readonly ending: () => Ending | null;
  /** Counts a call. Throws where the evaluation has ended, or does so now. */
  enter(): void;
  /** Counts bytes that a call moves. */
  move(bytes: number): void;
  open(): void;
  close(): void;
  /** Ends the evaluation. */
  end(ending: Ending): never;
  /** Ends it from within an asynchronous call, with the guest left suspended. `error` is what came up. */
  abandon(error: unknown): void;
  /** Ends it at a bound of the cycle. */
  pass(bound: Bound, message: string): never;
}

/** Unwinds the guest. */
class EndOfEvaluation extends Error {}

export function createWasiEvaluation(ports: WasiPorts): WasiEvaluation {
  let calls = 0;
  let bytes = 0;
  let handles = 0;
  let made = 0;
  let ended: Ending | null = null;

  const end = (ending: Ending): never => {
    ended ??= ending;
    throw new EndOfEvaluation('wasi: the evaluation has ended');
  };
  const most = (what: string, limit: number, found: number) => {
    if (found > limit) end({ kind: 'trap', message: `wasi: expected at most ${limit} ${what}, found more` });
  };
  return {
    ...ports,
    ending: () => ended,
    enter() {
      ports.entered();
      if (ended !== null) end(ended);
      calls += 1;
      most('calls', WASI_LIMITS.calls, calls);
    },
    move(count) {
      bytes += count;
      most('bytes moved by calls', WASI_LIMITS.bytes, bytes);
    },
    open() {
      handles += 1;
      made += 1;
      most('handles at once', WASI_LIMITS.handles, handles);
      most('handles in one evaluation', WASI_LIMITS.handlesMade, made);
    },
    close: () => void (handles -= 1),
    end,
    abandon(error) {
      ended ??= { kind: 'trap', message: error instanceof Error ? error.message : String(error) };
      ports.abandoned();
    },
    pass(bound, message) {
      ports.stop(bound, message);
      return end({ kind: 'trap', message });
    },
  };
}
