/**
 * One evaluation as the host sees it, over all attempts at it. Its calls and their replies are recorded, so that it can be run
 * again in another worker from the start: a guest that gets the same replies makes the same calls, and none is made twice. A
 * call that differs from the recorded one is a failure of the host, never passed on.
 */
import { isDeepStrictEqual } from 'node:util';
import { createLedger } from './ledger.ts';
import { SojournError } from '../errors.ts';
import type { Passed } from './ledger.ts';
import type { GuestCalled, RunResult } from './messages.ts';
import type { Program } from './program.ts';
import type { GuestReply, HandlerRun } from '../ports.ts';

export interface TaskInput {
  readonly key: string;
  readonly program: Program;
  readonly run: HandlerRun;
}

/** What a call of an attempt leads to. */
export type CallStep =
  /** Known from an earlier attempt. */
  | { readonly step: 'reply'; readonly reply: GuestReply }
  /** The host has it already, or gets it now: `perform` then begins it. */
  | { readonly step: 'wait'; readonly perform: (() => Promise<GuestReply>) | null }
  | { readonly step: 'passed'; readonly passed: Passed };

export interface Task extends TaskInput {
  readonly outcome: Promise<RunResult>;
  /** Fuel at the last call, for a result that no worker can tell. */
  fuel(): number;
  settled(): boolean;
  settle(result: RunResult): void;
  fail(error: unknown): void;
  /** Begins an attempt: the next call is the first again. */
  begin(): void;
  /** The next call of the present attempt. Errors: `internal` where it is not the recorded one. */
  call(message: GuestCalled): CallStep;
  /** Records the reply to the last call. A bound that it passes, or null. */
  replied(reply: GuestReply): Passed | null;
  /** The host has not answered the last call yet. */
  awaitsHost(): boolean;
  /** The present attempt has come to the last recorded call. */
  caughtUp(): boolean;
  /** Attempts that ended with their worker, which may have been this evaluation's doing. */
  crashes: number;
  /** To be run in a worker that has nothing else in it. */
  alone: boolean;
}

interface RecordedCall {
  readonly operation: string;
  readonly request: GuestCalled['request'];
  reply: GuestReply | null;
}

export function createTask(input: TaskInput): Task {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const ledger = createLedger(input.run.limits);
  const record: RecordedCall[] = [];
  let position = 0;
  let fuel = 0;
  let settled = false;
  const once = (action: () => void) => {
    if (settled) return;
    settled = true;
    action();
  };
  const repeat = (expected: RecordedCall, { operation, request }: GuestCalled): CallStep => {
    if (operation !== expected.operation || !isDeepStrictEqual(request, expected.request)) {
      throw new SojournError(
        'internal',
        `sandbox: expected call ${position} to be ${expected.operation} as before, found ${operation}`,
      );
    }
    return expected.reply === null ? { step: 'wait', perform: null } : { step: 'reply', reply: expected.reply };
  };
  return {
    ...input,
    outcome: promise,
    crashes: 0,
    alone: false,
    fuel: () => fuel,
    settled: () => settled,
    settle: (result) => once(() => resolve(result)),
    fail: (error) => once(() => reject(error instanceof Error ? error : new SojournError('internal', String(error)))),
    begin: () => void (position = 0),
    call(message) {
      fuel = Math.max(fuel, message.fuel);
      const expected = record[position];
      position += 1;
      if (expected !== undefined) return repeat(expected, message);
      const { operation, request } = message;
      const passed = ledger.countCall(request);
      if (passed !== null) return { step: 'passed', passed };
      record.push({ operation, request, reply: null });
      return { step: 'wait', perform: () => input.run.onCall({ operation, request }) };
    },
    replied(reply) {
      const passed = ledger.countReply(reply);
      const last = record.at(-1);
      if (passed === null && last !== undefined) last.reply = reply;
      return passed;
    },
    awaitsHost: () => record.at(-1)?.reply === null,
    caughtUp: () => position === record.length,
  };
}
