/**
 * One evaluation of a handler in a worker: a fresh instance of everything, the counters set before any code of the guest runs,
 * the imports built here one by one. When a bound is passed the result is reported at once and the guest is never resumed, so
 * that no exception handler of its own can go on.
 */
import { countBytes } from './byte-count.ts';
import { OPERATIONS, operationNamed } from './contract.ts';
import { createCounters } from './counters.ts';
import { ProposalError, toProposal } from './proposal.ts';
import { toGuestSituation } from './situation.ts';
import { createWasi } from './wasi/wasi.ts';
import type { Operation } from './contract.ts';
import type { Counters } from './counters.ts';
import type { LiftBudget } from './lift-budget.ts';
import type { RunResult } from './messages.ts';
import type { CoreModule, Program } from './program.ts';
import type { Instantiate, Realm } from './realm.ts';
import type { Answer } from './wasi/evaluation.ts';
import type { Wasi } from './wasi/wasi.ts';
import type { Bound, CycleLimits } from '../limits.ts';
import type { GuestReply, Situation } from '../ports.ts';
import type { ValueMap } from '../value.ts';

export interface Guest extends Pick<Program, 'entry' | 'wasi'> {
  readonly instantiate: Instantiate;
  readonly modules: ReadonlyMap<string, CoreModule>;
}

export interface Evaluation {
  readonly guest: Guest;
  readonly situation: Situation;
  readonly limits: CycleLimits;
  /** Answers one call. */
  readonly call: (operation: string, request: ValueMap, fuel: number) => Promise<GuestReply>;
  /** Called once. With `spent`, the guest is still on some stack and the worker must not be used again. */
  readonly done: (result: RunResult, spent: boolean) => void;
  /** Called instead of `done` where the host's reply breaks the contract. */
  readonly broken: (error: unknown) => void;
}

/** What one evaluation's parts share. */
interface Run {
  readonly evaluation: Evaluation;
  readonly counters: Counters;
  readonly budget: LiftBudget;
  /** Reports a bound while the guest is still on the stack. */
  readonly stop: (bound: Bound, message: string) => void;
  /** A result was reported. */
  readonly finished: () => boolean;
}

/** Starts the evaluation; everything else comes through the callbacks. */
export async function evaluate(realm: Realm, budget: LiftBudget, evaluation: Evaluation): Promise<void> {
  const run = createRun(realm, budget, evaluation);
  const { guest, done } = run.evaluation;
  const wasi = guest.wasi ? createWasiFor(run) : null;
  resetBudget(run);
  let result: RunResult;
  try {
    const instance = await guest.instantiate(
      (name) => moduleOf(guest, name).module,
      { ...buildImports(run), ...wasi?.imports },
      (module, imports) => run.counters.instantiate(module, imports),
    );
    result = await callEntry(instance, run, wasi);
  } catch (error) {
    result = failureResult(error, run);
    if (result.kind !== 'bound' && wasi !== null)
      result = wasi.ended(run.counters.fuelUsed()) ?? wasi.failed(result, error);
    result = checked(result, run);
  }
  if (!run.finished()) await wasi?.flush();
  done(result, false);
}

interface HandlerExports {
  handle(situation: unknown): Promise<unknown>;
}

interface CommandExports {
  run(): Promise<unknown>;
}

/** What comes back of `handle` is the proposal; a command has written it to its standard output. */
async function callEntry(instance: unknown, run: Run, wasi: Wasi | null): Promise<RunResult> {
  const { guest, situation } = run.evaluation;
  // the envelope exports one of the two, of this type
  if (guest.entry === 'handle') {
    const returned = await (instance as HandlerExports).handle(toGuestSituation(situation));
    return wasi?.ended(run.counters.fuelUsed()) ?? proposalResult(returned, run);
  }
  await (instance as CommandExports).run();
  return overdrawn(run) ?? commandResult(wasi, run);
}

function commandResult(wasi: Wasi | null, run: Run): RunResult {
  const fuel = run.counters.fuelUsed();
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
  const { situation, limits, guest } = run.evaluation;
  return createWasi({
    situation,
    limits,
    command: guest.entry === 'run',
    call: (operation, request) => callHost(run, operation, request),
    stop: run.stop,
    entered: () => resetBudget(run),
  });
}

function createRun(realm: Realm, budget: LiftBudget, evaluation: Evaluation): Run {
  let finished = false;
  const done = (result: RunResult, spent: boolean) => {
    if (finished) return;
    finished = true;
    evaluation.done(result, spent);
  };
  const counters = createCounters(realm, evaluation.guest.modules.values(), evaluation.limits);
  return {
    evaluation: { ...evaluation, done },
    counters,
    budget,
    finished: () => finished,
    stop: (bound, message) => done({ kind: 'bound', bound, message, fuel: counters.fuelUsed() }, counters.running()),
  };
}

function moduleOf(guest: Guest, name: string): CoreModule {
  const found = guest.modules.get(name);
  if (found === undefined) throw new Error(`sandbox: expected a core module ${name}, found none`);
  return found;
}

/** While the guest runs, what is lifted next belongs to a call; once it has returned, to the proposal. */
function resetBudget(run: Run): void {
  const { callBytesOut, proposalBytes } = run.evaluation.limits;
  run.budget.start(
    () => (run.counters.running() ? callBytesOut : proposalBytes),
    () => {
      const bound = run.counters.running() ? 'callBytesOut' : 'proposalBytes';
      run.stop(bound, `${bound}: expected at most ${run.evaluation.limits[bound]} bytes, found more`);
    },
  );
}

function buildImports(run: Run): object {
  const imports: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) {
    (imports[operation.module] ??= {})[operation.func] = (...args: unknown[]) => callOperation(run, operation, args);
  }
  return imports;
}

async function callOperation(run: Run, operation: Operation, args: readonly unknown[]): Promise<unknown> {
  resetBudget(run);
  const answer = await callHost(run, operation.name, operation.request(args));
  if (!answer.ok) throw Object.assign(new Error(answer.error), { payload: answer.error });
  return answer.value;
}

/** Never settles once the run is over: the guest stays where it is. */
async function callHost(run: Run, name: string, request: ValueMap): Promise<Answer> {
  const { evaluation, counters } = run;
  const bytes = countBytes(request);
  if (bytes > evaluation.limits.callBytesOut) {
    run.stop('callBytesOut', `${name}: expected at most ${evaluation.limits.callBytesOut} bytes, found ${bytes}`);
    return new Promise(() => {});
  }
  const reply = await evaluation.call(name, request, counters.fuelUsed());
  if (!reply.ok) return reply;
  try {
    return { ok: true, value: operationNamed(name).reply(reply.value) };
  } catch (error) {
    evaluation.broken(error);
    return new Promise(() => {});
  }
}

function proposalResult(returned: unknown, run: Run): RunResult {
  const over = overdrawn(run);
  if (over !== null) return over;
  const fuel = run.counters.fuelUsed();
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
  const bound = run.counters.bound();
  return bound === null
    ? null
    : { kind: 'bound', bound, message: `${bound}: limit passed`, fuel: run.counters.fuelUsed() };
}

function checkSize(value: ValueMap, run: Run): RunResult | null {
  const { proposalBytes } = run.evaluation.limits;
  const bytes = countBytes(value);
  if (bytes <= proposalBytes) return null;
  const message = `proposalBytes: expected at most ${proposalBytes} bytes, found ${bytes}`;
  return { kind: 'bound', bound: 'proposalBytes', message, fuel: run.counters.fuelUsed() };
}

/** A rejection of `handle` or of the instantiation: a bound of the meter, the handler's own error, or a trap. */
function failureResult(error: unknown, run: Run): RunResult {
  const fuel = run.counters.fuelUsed();
  const bound = run.counters.bound();
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
