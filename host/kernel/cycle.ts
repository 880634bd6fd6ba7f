/**
 * One evaluation cycle on an object whose chain has been verified (R8): parse intent → evaluate context under local policy →
 * read memory → wake check → run the handler → authority decides → apply → append. The caller seals. A precondition that
 * fails leaves the object as it is (R11); whatever happens after the first entry ends in exactly one outcome (R10).
 */
import { hex } from '../json.ts';
import { encode, equalBytes } from '../object/codec.ts';
import type { Entry, EntryOf, OpenBody, ProposalBody, Verdict, VerdictBody } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Hash, HandlerResult } from '../ports.ts';
import { applyAction } from './apply.ts';
import { endRefused } from './attempt.ts';
import { coverAction, decideAction } from './decide-action.ts';
import { Divergence } from './divergence.ts';
import { finish, NOTHING_USED } from './finish.ts';
import { createMediator } from './mediate.ts';
import type { Mediator } from './mediate.ts';
import { disallowed, ending, failedRun } from './outcome.ts';
import type { Ending } from './outcome.ts';
import { allows, confirmed } from './performed.ts';
import type { CyclePorts, Tape } from './ports.ts';
import { parseProposal } from './proposal.ts';
import type { Proposal } from './proposal.ts';
import { exhaustedBudget, withinCounters } from './scope.ts';
import { effectiveLimits, exceededLimit, ownTimes, situationOf, triggerOf } from './situation.ts';
import { createView } from './view.ts';

export interface CycleInputs {
  readonly ports: CyclePorts;
  readonly tape: Tape;
  readonly hash: Hash;
  /** Entries of the object from `start` on, up to what the tape has reached. */
  readonly entries: (start: number) => AsyncIterable<Entry>;
}

/** Runs the handler once and carries out its proposal. The object is active, and `refuseCycle` found nothing. */
export async function runCycle(inputs: CycleInputs): Promise<EntryOf<'outcome'>> {
  const { ports, tape } = inputs;
  const before = tape.state;
  const blocked = blockedBefore(before, ports);
  const recorded = tape.peek();
  if (blocked !== null && recorded === null) return finish(inputs, blocked, NOTHING_USED);
  if (blocked !== null && recorded !== null && tape.live) {
    throw new Divergence(recorded.seq, `this node may not go on with it: ${blocked.reason}`);
  }
  const body = (): OpenBody => ({
    ...triggerOf(before),
    seed: ports.seed(),
    limits: effectiveLimits(before, ports.limits.cycle),
    trace: ports.trace(),
  });
  const { entry: open } = await tape.take('open', body, {
    // limits under no seal must be within this node's own
    check: (opened) => !tape.live || exceededLimit(opened.limits, effectiveLimits(before, ports.limits.cycle)) === null,
  });
  ports.reached('opened');
  const view = createView({
    state: before,
    open: open.body,
    now: open.time,
    limits: ports.limits,
    hash: inputs.hash,
    entries: inputs.entries,
  });
  const limits = ownTimes(open.body.limits, ports.limits.cycle);
  const mediator = createMediator({ ports, tape, view, limits, hash: inputs.hash });
  const run = await runHandler(inputs, before, open, mediator);
  await mediator.closeGuest();
  ports.reached('handler-returned');
  const fuel = run.kind === 'refused' ? 0 : run.fuel;
  const done = run.kind === 'proposal' ? await onProposal(inputs, before, open, mediator, run) : failedRun(run);
  // like the fuel of a run that ended for want of it, the bytes are used up: what passes the bound was asked for
  const allUsed = run.kind === 'bound' && run.bound === 'cycleBytes';
  return finish(inputs, done, {
    fuel,
    calls: mediator.calls,
    bytes: allUsed ? open.body.limits.cycleBytes : mediator.bytes,
  });
}

/** What stands in the way of any handler run, and is recorded (R35). */
export function blockedBefore(state: State, ports: CyclePorts): Ending | null {
  const unusable = ports.authority.unusable(ports.now());
  if (unusable !== null) return ending('refusal', null, { reason: unusable });
  const budget = exhaustedBudget(state.genesis.context.budgets, state.spent);
  if (budget === null) return null;
  return ending('failure', null, {
    reason: 'bound:budget',
    bound: 'budget',
    message: `the object's budget of ${budget} is used up`,
  });
}

async function runHandler(
  inputs: CycleInputs,
  before: State,
  open: EntryOf<'open'>,
  mediator: Mediator,
): Promise<HandlerResult> {
  const handler = hex(before.genesis.handler);
  return inputs.ports.runner.run({
    handler,
    component: () => inputs.ports.component(handler),
    situation: situationOf(before, open, inputs.hash),
    limits: ownTimes(open.body.limits, inputs.ports.limits.cycle),
    onCall: (call) => mediator.call(call),
  });
}

async function onProposal(
  inputs: CycleInputs,
  before: State,
  open: EntryOf<'open'>,
  mediator: Mediator,
  run: Extract<HandlerResult, { kind: 'proposal' }>,
): Promise<Ending> {
  const { ports, tape } = inputs;
  const parsed = parseProposal(run.proposal, { ...ports.limits, cycle: open.body.limits });
  if (!parsed.ok) return ending('failure', null, { reason: 'proposal-invalid', message: parsed.message });
  const { proposal } = parsed;
  const body = proposalBody(proposal, run.fuel);
  tape.cover(coverAction(ports, before, open.time, proposal.action));
  const { entry } = await tape.take('proposal', () => body, {
    check: (recorded) => equalBytes(encodeProposal(recorded), encodeProposal(body)),
  });
  ports.reached('proposed');
  const { state } = tape;
  const decide = (now: number): Verdict => withinCounters(decideAction(ports, before, now, proposal.action), state);
  const { name } = proposal.action;
  const made = (): VerdictBody => ({ proposal: entry.seq, action: name, verdict: decide(open.time) });
  const { entry: decision, recorded } = await tape.take('verdict', made, {
    check: (one) => one.proposal === entry.seq && one.action === name,
  });
  ports.reached('decided');
  const { verdict: said } = decision.body;
  const verdict = recorded && tape.live ? confirmed(decision.seq, said, () => decide(ports.now())) : said;
  const { action } = proposal;
  if (!allows(verdict) && action.name === 'execution')
    return endRefused({ ports, tape, action, proposed: entry, now: open.time }, verdict);
  if (!allows(verdict)) return disallowed(action.name, verdict);
  const done = await applyAction({ ports, tape, mediator, proposal, proposed: entry, verdict, open });
  ports.reached('applied');
  return done;
}

function proposalBody(proposal: Proposal, fuel: number): ProposalBody {
  const { action, body, rationale, confidence } = proposal;
  return { source: 'handler', action: action.name, body, rationale, confidence, fuel };
}

function encodeProposal(body: ProposalBody): Uint8Array {
  return encode([body.source, body.action, body.body, body.rationale, body.confidence, body.fuel]);
}
