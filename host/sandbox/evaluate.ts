/**
 * One evaluation of a handler on an instance that nothing else has touched: counters set before any code of the guest runs, each
 * call checked and handed on. When a bound is passed the result is reported at once and the guest is left without fuel, so that
 * it is unwound and no exception handler of its own can go on beyond the next check.
 */
import { countBytes } from './byte-count.ts';
import { convertReply } from './contract.ts';
import { ProposalError, toProposal } from './proposal.ts';
import { createWasi } from './wasi/wasi.ts';
import type { Operation } from './contract.ts';
import type { Instance } from './instance.ts';
import type { RunResult } from './messages.ts';
import type { Answer } from './wasi/evaluation.ts';
import type { Wasi } from './wasi/wasi.ts';
import type { Bound, CycleLimits } from '../limits.ts';
import type { GuestReply, Situation } from '../ports.ts';
import type { ValueMap } from '../value.ts';

export interface Evaluation {
  readonly situation: Situation;
  readonly limits: CycleLimits;
  /** Answers one call. */
  readonly call: (operation: string, request: ValueMap, fuel: number) => Promise<GuestReply>;
  /** Called once. */
  readonly done: (result: RunResult) => void;
  /** Called instead of `done` where the host's reply breaks the contract. */
  readonly broken: (error: unknown) => void;
}

/** What one evaluation's parts share. */
interface Run {
  readonly evaluation: Evaluation;
  readonly instance: Instance;
  /** Reports a bound while the guest is still on the stack. */
  readonly stop: (bound: Bound, message: string) => void;
  /** A result was reported. */
  readonly finished: () => boolean;
  /** Capability calls that the limits leave. */
  readonly callsLeft: () => number;
}

/**
 * Runs the evaluation; everything but the instance's fate comes through the callbacks. True where the guest came to its own
 * end, by a proposal or its own error, so that the instance can be put back.
 */
export async function evaluate(instance: Instance, evaluation: Evaluation): Promise<boolean> {
  const run = createRun(instance, evaluation);
  const wasi = instance.guest.wasi ? createWasiFor(run) : null;
  resetBudget(run);
  let byItself = true;
  let result: RunResult;
  try {
    result = await callEntry(run, wasi);
  } catch (error) {
    const failed = failureResult(error, run);
    byItself = failed.kind === 'error';
    result = checked(wasi === null ? failed : wasiFailure(failed, error, run, wasi), run);
  }
  const stopped = run.finished();
  if (!stopped) await wasi?.flush();
  run.evaluation.done(result);
  return byItself && !stopped && instance.counters.bound() === null && !instance.counters.running();
}

function wasiFailure(failed: RunResult, error: unknown, run: Run, wasi: Wasi): RunResult {
  if (failed.kind === 'bound') return failed;
  return wasi.ended(run.instance.counters.fuelUsed()) ?? wasi.failed(failed, error);
}

/** What comes back of `handle` is the proposal; a command has written it to its standard output. */
async function callEntry(run: Run, wasi: Wasi | null): Promise<RunResult> {
  const { instance, evaluation } = run;
  const returned = await instance.call(evaluation.situation, evaluation.limits, {
    answer: (operation, args) => callOperation(run, operation, args),
    imports: wasi?.imports ?? {},
  });
  if (instance.guest.entry === 'handle')
    return wasi?.ended(instance.counters.fuelUsed()) ?? proposalResult(returned, run);
  return overdrawn(run) ?? commandResult(wasi, run);
}

function commandResult(wasi: Wasi | null, run: Run): RunResult {
  const fuel = run.instance.counters.fuelUsed();
  const result = wasi?.ended(fuel) ??
    wasi?.returned(fuel) ?? {
      kind: 'error',
      message: 'standard output: expected a proposal, found none',
      stack: '',
      fuel,
    };
  return checked(result, run);
}

/** With a proposal or an error that is too large, the bound. */
function checked(result: RunResult, run: Run): RunResult {
  switch (result.kind) {
    case 'proposal':
      return checkSize(result.proposal, run) ?? result;
    case 'error':
      return checkSize({ message: result.message, stack: result.stack }, run) ?? result;
    default:
      return result;
  }
}

function createWasiFor(run: Run): Wasi {
  const { situation, limits } = run.evaluation;
  const wasi: Wasi = createWasi({
    situation,
    limits,
    command: run.instance.guest.entry === 'run',
    call: (operation, request) => callHost(run, operation, request),
    stop: run.stop,
    callsLeft: run.callsLeft,
    entered: () => resetBudget(run),
    abandoned: () => void endAbandoned(run, wasi),
  });
  return wasi;
}

/** The guest is suspended and stays so. */
async function endAbandoned(run: Run, wasi: Wasi): Promise<void> {
  const { counters } = run.instance;
  const result = wasi.ended(counters.fuelUsed());
  if (result === null || run.finished()) return;
  await wasi.flush();
  run.evaluation.done(checked(result, run));
  counters.exhaust();
}

function createRun(instance: Instance, evaluation: Evaluation): Run {
  let finished = false;
  const done = (result: RunResult) => {
    if (finished) return;
    finished = true;
    evaluation.done(result);
  };
  let calls = 0;
  const call: Evaluation['call'] = async (operation, request, fuel) => {
    calls += 1;
    return evaluation.call(operation, request, fuel);
  };
  const { counters } = instance;
  return {
    evaluation: { ...evaluation, done, call },
    instance,
    finished: () => finished,
    callsLeft: () => evaluation.limits.calls - calls,
    stop(bound, message) {
      done({ kind: 'bound', bound, message, fuel: counters.fuelUsed() });
      counters.exhaust();
    },
  };
}

/** While the guest runs, what is lifted next belongs to a call; once it has returned, to the proposal. */
function resetBudget(run: Run): void {
  const { callBytesOut, proposalBytes } = run.evaluation.limits;
  const { counters, budget } = run.instance;
  budget.start(
    () => (counters.running() ? callBytesOut : proposalBytes),
    () => {
      const bound = counters.running() ? 'callBytesOut' : 'proposalBytes';
      run.stop(bound, `${bound}: expected at most ${run.evaluation.limits[bound]} bytes, found more`);
    },
  );
}

async function callOperation(run: Run, operation: Operation, args: readonly unknown[]): Promise<unknown> {
  resetBudget(run);
  const answer = await callHost(run, operation.name, operation.request(args));
  if (!answer.ok) throw Object.assign(new Error(answer.error), { payload: answer.error });
  return answer.value;
}

/** Rejects once the run is over: the guest, which has no fuel left, is unwound. */
async function callHost(run: Run, name: string, request: ValueMap): Promise<Answer> {
  const { evaluation, instance } = run;
  const bytes = countBytes(request);
  if (bytes > evaluation.limits.callBytesOut) {
    run.stop('callBytesOut', `${name}: expected at most ${evaluation.limits.callBytesOut} bytes, found ${bytes}`);
    throw new EndOfRun('sandbox: the run has ended');
  }
  const reply = await evaluation.call(name, request, instance.counters.fuelUsed());
  if (!reply.ok) return reply;
  try {
    return { ok: true, value: convertReply(name, reply.value) };
  } catch (error) {
    evaluation.broken(error);
    instance.counters.exhaust();
    throw new EndOfRun('sandbox: the run has ended');
  }
}

class EndOfRun extends Error {}

function proposalResult(returned: unknown, run: Run): RunResult {
  const over = overdrawn(run);
  if (over !== null) return over;
  const fuel = run.instance.counters.fuelUsed();
  try {
    const proposal = toProposal(returned);
    return checkSize(proposal, run) ?? { kind: 'proposal', proposal, fuel };
  } catch (error) {
    if (error instanceof ProposalError) return { kind: 'error', message: error.message, stack: '', fuel };
    throw error;
  }
}

/** The last straight-line code may have used more than was left. */
function overdrawn(run: Run): RunResult | null {
  const bound = run.instance.counters.bound();
  return bound === null
    ? null
    : { kind: 'bound', bound, message: `${bound}: limit passed`, fuel: run.instance.counters.fuelUsed() };
}

function checkSize(value: ValueMap, run: Run): RunResult | null {
  const { proposalBytes } = run.evaluation.limits;
  const bytes = countBytes(value);
  if (bytes <= proposalBytes) return null;
  const message = `proposalBytes: expected at most ${proposalBytes} bytes, found ${bytes}`;
  return { kind: 'bound', bound: 'proposalBytes', message, fuel: run.instance.counters.fuelUsed() };
}

/** A rejection of `handle` or of the instantiation: a bound of the meter, the handler's own error, or a trap. */
function failureResult(error: unknown, run: Run): RunResult {
  const fuel = run.instance.counters.fuelUsed();
  const bound = run.instance.counters.bound();
  const message = describe(error);
  if (bound !== null) return { kind: 'bound', bound, message: `${bound}: limit passed (${message})`, fuel };
  const told = handlerError(error);
  if (told !== null) return checkSize(told, run) ?? { kind: 'error', ...told, fuel };
  if (/call stack/i.test(message)) return { kind: 'bound', bound: 'host', message, fuel };
  return { kind: 'trap', message, fuel };
}

/** The glue throws `result::err` as an error whose payload is the contract's `handler-error`. */
function handlerError(error: unknown): { readonly message: string; readonly stack: string } | null {
  if (typeof error !== 'object' || error === null || !Object.hasOwn(error, 'payload')) return null;
  const payload: unknown = Reflect.get(error, 'payload');
  if (typeof payload !== 'object' || payload === null) return null;
  const message: unknown = Reflect.get(payload, 'message');
  const stack: unknown = Reflect.get(payload, 'stack');
  return typeof message === 'string' && typeof stack === 'string' ? { message, stack } : null;
}

const MESSAGE_CHARS = 500;

function describe(error: unknown): string {
  const message: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : error;
  return String(message).slice(0, MESSAGE_CHARS);
}
