/**
 * The cycle in which a sleeper's pending execution is tried again (R45, R46): the object woke and reentry was allowed; now authority
 * decides anew on the very request, and it leaves once more. No handler runs.
 */
import type { EntryOf, Verdict } from '../object/model.ts';
import { nextCall } from '../object/pending.ts';
import type { Pending, State } from '../object/state.ts';
import { endAttempt, endObject, endRefused } from './attempt.ts';
import type { AttemptInputs, Execution } from './attempt.ts';
import { usedUp } from './backoff.ts';
import type { CycleInputs } from './cycle.ts';
import { coverAction, decideAction } from './decide-action.ts';
import { execute } from './execute.ts';
import { facetsOf } from './facets.ts';
import { NOTHING_USED } from './finish.ts';
import type { Totals } from './finish.ts';
import { createMediator } from './mediate.ts';
import { ruledOut, untilOver } from './negative.ts';
import { ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import { allows, confirmed, rejected } from './performed.ts';
import type { CyclePorts, Tape } from './ports.ts';
import { parseProposal } from './proposal.ts';
import { exhaustedBudget, withinCounters } from './scope.ts';
import { effectiveLimits, ownTimes } from './situation.ts';
import { targetOf } from './target.ts';
import { createView } from './view.ts';

export interface Tried {
  readonly done: Ending;
  readonly totals: Totals;
}

/** `wake` is the entry of this cycle that says why it may be tried now. */
export async function retryPending(inputs: CycleInputs, pending: Pending, wake: EntryOf<'wake'>): Promise<Tried> {
  const { ports, tape } = inputs;
  const before = tape.state;
  const blocked = blockedTry(before, ports);
  if (blocked !== null) return refuseTry(tape, pending, blocked);
  const action = readPending(pending, ports);
  if (action === null || action.retry === null || action.operation.tag === 'commit')
    return refuseTry(
      tape,
      pending,
      handBack('proposal-invalid', 'the pending execution is not one that this node can make'),
    );
  const covered = await coverPending(inputs, pending, action, wake.time);
  const attempt: AttemptInputs = {
    ports,
    tape,
    action,
    proposed: { seq: pending.proposal, time: pending.first },
    now: wake.time,
  };
  // the end of what may elapse can come while it sleeps
  const over = usedUp(action.retry, { attempts: pending.attempts, first: pending.first, now: wake.time });
  if (over !== null) return { done: await endObject(attempt, over, pending), totals: NOTHING_USED };
  const verdict = await decideAnew(attempt, before, covered);
  if (!allows(verdict)) return { done: await endDenied(attempt, before, verdict), totals: NOTHING_USED };
  const limits = ownTimes(effectiveLimits(before, ports.limits.cycle), ports.limits.cycle);
  const view = createView({
    state: before,
    // nothing random is asked for: no handler runs
    open: { seed: before.head.subarray(0, 16) },
    now: wake.time,
    limits: ports.limits,
    hash: inputs.hash,
    entries: inputs.entries,
  });
  const mediator = createMediator({ ports, tape, view, limits, hash: inputs.hash });
  const done = await execute({ ...attempt, mediator, verdict }, action);
  ports.reached('applied');
  return { done, totals: { fuel: 0, calls: mediator.calls, bytes: mediator.bytes } };
}

/** What stands in the way of any attempt: the handler is told, and is stopped by the same. */
function blockedTry({ genesis, spent }: State, ports: CyclePorts): Ending | null {
  if (ports.authority.unusable(ports.now()) !== null) return null; // authority says so itself, on reentry
  const budget = exhaustedBudget(genesis.context.budgets, spent);
  return budget === null ? null : handBack('bound:budget', `the object's budget of ${budget} is used up`, 'budget');
}

/** Says who may read this attempt. False where what was proposed in confidence would be answered in the open. */
async function coverPending(
  { ports, tape, entries }: CycleInputs,
  { proposal }: Pending,
  action: Execution,
  now: number,
): Promise<boolean> {
  const readers = coverAction(ports, tape.state, now, action);
  tape.cover(readers);
  if (readers !== null || !tape.live) return true;
  for await (const entry of entries(proposal)) return entry.seq !== proposal || entry.cover === undefined;
  return true;
}

/** An attempt that is not made: the outcome of a sleeper's execution stands behind a verdict on it, whatever it is. */
async function refuseTry(tape: Tape, { proposal }: Pending, done: Ending): Promise<Tried> {
  const verdict = rejected(done.reason ?? 'refused');
  await tape.take('verdict', () => ({ proposal, action: 'execution', verdict }), {
    check: (said) => said.action === 'execution' && said.proposal === proposal && !allows(said.verdict),
  });
  return { done, totals: NOTHING_USED };
}

function handBack(reason: string, message: string, bound?: string): Ending {
  return ending('failure', 'execution', { reason, message, ...(bound === undefined ? {} : { bound }) });
}

/** The execution as it was proposed, with the cursor where it is now. Null where this node's limits do not let it be read. */
function readPending({ body, cursor }: Pending, { limits }: CyclePorts): Execution | null {
  const parsed = parseProposal({ action: { tag: 'execution', val: body }, rationale: '', confidence: 1 }, limits);
  const call = nextCall(body, cursor);
  if (!parsed.ok || parsed.proposal.action.name !== 'execution' || call === null) return null;
  return { ...parsed.proposal.action, operation: { tag: 'call', ...call } };
}

/** What is known not to work here is not tried; what may work is asked of this node's authority, whatever was said before. */
async function decideAnew(
  { ports, tape, action, proposed, now }: AttemptInputs,
  before: State,
  covered: boolean,
): Promise<Verdict> {
  const decide = (at: number): Verdict => {
    if (!covered) return rejected('confidential-readers');
    const note = negativeOn(before, ports, action, at);
    if (note !== null) return rejected(`negative:${note.seq}`);
    return withinCounters(decideAction(ports, before, at, action), tape.state);
  };
  const { entry, recorded } = await tape.take(
    'verdict',
    () => ({ proposal: proposed.seq, action: 'execution', verdict: decide(now) }),
    { check: (said) => said.action === 'execution' && said.proposal === proposed.seq },
  );
  ports.reached('decided');
  const said = entry.body.verdict;
  return recorded && tape.live ? confirmed(entry.seq, said, () => decide(ports.now())) : said;
}

function negativeOn(
  state: State,
  ports: CyclePorts,
  { operation }: Execution,
  now: number,
): State['negatives'][number] | null {
  if (operation.tag === 'commit') return null;
  const { operation: name, request } = operation;
  return ruledOut(state, name, targetOf(name, request), { node: ports.node, facets: facetsOf(ports), now });
}

/** A call that is ruled out is put off until it is not, or the object is elsewhere; one that policy refused waits for policy. */
async function endDenied(attempt: AttemptInputs, before: State, verdict: Verdict): Promise<Ending> {
  const seq = /^negative:(\d+)$/.exec(verdict.reason ?? '')?.[1];
  const note = before.negatives.find((one) => String(one.seq) === seq);
  if (note === undefined) return endRefused(attempt, verdict);
  const elsewhere = { tag: 'context', facet: 'node', was: facetsOf(attempt.ports).node } as const;
  const done = ending('deferral', 'execution', { reason: verdict.reason ?? '' });
  return endAttempt(attempt, done, {
    answer: null,
    until: { tag: 'group', need: 1, members: [untilOver(note), elsewhere] },
    repeatable: true,
  });
}
