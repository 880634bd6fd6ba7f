/**
 * `run`: cycle after cycle until the object sleeps, ends, is refused, fails, stalls or hits the bound of one run. Every stop has a
 * name, and what was done is sealed before the next cycle begins.
 */
import { blockedBefore } from '../kernel/cycle.ts';
import { facetsOf } from '../kernel/facets.ts';
import { aimOf, notHere } from '../kernel/negative.ts';
import type { CyclePorts } from '../kernel/ports.ts';
import { isHeldBack } from '../kernel/parents-word.ts';
import { refuseCycle } from '../kernel/precondition.ts';
import type { Refusal } from '../kernel/precondition.ts';
import { repeatsItself, wakeTimeOf } from '../kernel/reentry.ts';
import { parentsWord } from '../object/lineage.ts';
import type { EntryOf } from '../object/model.ts';
import type { State } from '../object/state.ts';
import { createCyclePorts, evaluateOnce } from './evaluate.ts';
import type { EvaluateInputs } from './evaluate.ts';

/**
 * `dormant`, `terminated`: the object's own ways to stop. `refused`: policy, zone or version let nothing be done. `blocked`: what would be
 * recorded is the last outcome already. `failed`: the handler gave no proposal. `stalled`: it proposes again what was not carried out.
 * `paused`: one cycle was asked for, or the caller wants no more. `bound`: the most cycles of one run.
 */
export type RunStatus = 'dormant' | 'terminated' | 'refused' | 'blocked' | 'failed' | 'stalled' | 'paused' | 'bound';

export interface RunReport {
  readonly status: RunStatus;
  /** Outcomes of the cycles of this run, in order. */
  readonly outcomes: readonly EntryOf<'outcome'>[];
  /** The attempts that changed nothing, merged, where this run added one; null otherwise. */
  readonly attempts: EntryOf<'attempts'> | null;
  readonly state: State;
  /** Of the last seal of this run; null where nothing was appended. */
  readonly receipt: Uint8Array | null;
  /** For a dormant object: when time alone can wake it. */
  readonly wakesAt: number | null;
  /** For `refused` and `blocked`: why. */
  readonly message: string | null;
}

export interface RunOptions {
  /** One cycle at most. */
  readonly once: boolean;
  readonly onOutcome: (outcome: EntryOf<'outcome'>) => void;
  /** Once aborted, the run ends behind the seal of the cycle that is under way: `paused`. */
  readonly signal: AbortSignal | null;
}

export async function runObject(inputs: EvaluateInputs, options: RunOptions): Promise<RunReport> {
  const { session, limits } = inputs;
  const ports = await createCyclePorts(inputs);
  const outcomes: EntryOf<'outcome'>[] = [];
  let receipt: Uint8Array | null = null;
  let attempts: RunReport['attempts'] = null;
  const report = (status: RunStatus, message: string | null = null): RunReport => {
    const { state } = session;
    const wakesAt = wakeTimeOf(state, ports);
    return { status, outcomes, attempts, state, receipt, wakesAt, message };
  };
  for (;;) {
    const stop = stopBefore(session.state, session.tail.length > 0 && outcomes.length === 0, ports);
    if (stop !== null) return report(stop.status, stop.message);
    const before = session.state;
    const done = await evaluateOnce(inputs, ports);
    receipt = done.receipt ?? receipt;
    if (done.outcome === null) {
      attempts = done.attempts;
      return report('dormant', 'it was tried again, and nothing has changed');
    }
    outcomes.push(done.outcome);
    options.onOutcome(done.outcome);
    const status = stopAfter(before, session.state, done.outcome);
    if (status === 'dormant') return report(status, ruledOutHere(session.state, ports) ?? done.outcome.body.message);
    if (status !== null) return report(status, done.outcome.body.message);
    if (options.once || options.signal?.aborted === true) return report('paused');
    if (outcomes.length >= limits.run.cycles) return report('bound', `${limits.run.cycles} cycles in one run`);
  }
}

interface Stop {
  readonly status: RunStatus;
  readonly message: string | null;
}

const HELD_BACK: Stop = {
  status: 'blocked',
  message: 'its parent has ended it, and policy does not let it end',
};

/** What stops a run without a trace in the object. A cycle that a crash left open is ended first. */
function stopBefore(state: State, open: boolean, ports: CyclePorts): Stop | null {
  const refusal = refuseCycle(state, ports);
  if (refusal !== null) return { status: statusOf(refusal), message: refusal.message };
  if (open) return null;
  const word = parentsWord(state);
  if (word !== null) return isHeldBack(state, word, ports) ? HELD_BACK : null;
  const { dormancy } = state;
  if (dormancy !== null) {
    const repeated = repeatsItself(state, dormancy, ports);
    return repeated === null ? null : { status: 'dormant', message: repeated };
  }
  const blocked = blockedBefore(state, ports);
  const again =
    blocked !== null &&
    samePolicyAsLast(state, ports) &&
    state.last?.body.action === null &&
    state.last.body.reason === blocked.reason;
  return again ? { status: 'blocked', message: blocked.message ?? blocked.reason } : null;
}

function ruledOutHere(state: State, ports: CyclePorts): string | null {
  return notHere(state, aimOf(state.pending), { node: ports.node, facets: facetsOf(ports), now: ports.now() });
}

function statusOf(refusal: Refusal): RunStatus {
  return refusal.code === 'terminated' ? 'terminated' : 'refused';
}

function samePolicyAsLast(state: State, ports: CyclePorts): boolean {
  const [last, now] = [state.last?.policy ?? null, ports.authority.policyDigest];
  return last === null || now === null ? last === now : last.every((byte, index) => byte === now[index]);
}

/** What stops a run after a cycle; null where the next may begin. */
function stopAfter(before: State, state: State, outcome: EntryOf<'outcome'>): RunStatus | null {
  if (state.status === 'terminated') return 'terminated';
  // the end that the parent asks for comes next
  if (parentsWord(state) !== null) return null;
  if (state.status !== 'active') return state.status;
  const { action, class: result } = outcome.body;
  if (action === null) return result === 'refusal' || outcome.body.bound === 'budget' ? 'blocked' : 'failed';
  if (result === 'success' || action === 'reentry' || before.status === 'dormant') return null;
  // what came of it otherwise than the last time, the handler has not seen yet
  const known = before.last?.body;
  if (known?.class !== result || known.reason !== outcome.body.reason) return null;
  const [last, now] = [before.lastProposal?.digest, state.lastProposal?.digest];
  return last !== undefined && last === now ? 'stalled' : null;
}
