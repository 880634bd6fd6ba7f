/**
 * The end of an attempt of an execution that carries an envelope (R46, docs/backoff.md): it succeeded and all goes on, or it is put to
 * sleep until the next one, handed back to the handler, or ends the object because the envelope is used up.
 */
import type { Condition, EntryOf, Verdict } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Value } from '../value.ts';
import { nextStep } from './backoff.ts';
import type { EndReason } from './backoff.ts';
import { facetsOf } from './facets.ts';
import { ruledOutFor } from './negative.ts';
import { disallowed, ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import { allows, confirmed, rejected } from './performed.ts';
import { countNodes } from '../policy/wake.ts';
import type { CyclePorts, Tape } from './ports.ts';
import type { Action } from './proposal.ts';
import { ask } from './questions.ts';
import { retryAfter } from './retry-after.ts';
import { targetOf } from './target.ts';

export type Execution = Extract<Action, { readonly name: 'execution' }>;

/** The proposal that is carried out: `seq` and time of its entry. */
export type Proposed = Pick<EntryOf<'proposal'>, 'seq' | 'time'>;

export interface AttemptInputs {
  readonly ports: CyclePorts;
  readonly tape: Tape;
  readonly action: Execution;
  readonly proposed: Proposed;
  /** The cycle's time. */
  readonly now: number;
}

/** What the next step depends on beside how the attempt ended. */
export interface AttemptFacts {
  /** As the provider gave it; null where there is none. */
  readonly answer: Value;
  /** What authority, or a negative capability, waits for. */
  readonly until: Condition | null;
  /** False where another attempt could do harm, or never help. */
  readonly repeatable: boolean;
}

export async function endAttempt(inputs: AttemptInputs, done: Ending, facts: AttemptFacts): Promise<Ending> {
  const { ports, tape, action, proposed, now } = inputs;
  const { retry } = action;
  if (retry === null || done.class === 'success') return done;
  const { pending } = tape.state;
  const facets = facetsOf(ports);
  const attempts = (pending?.attempts ?? 0) + 1;
  const ended = {
    class: done.class,
    reason: done.reason,
    attempts,
    consecutive: pending?.class === done.class ? pending.consecutive + 1 : 1,
    first: proposed.time,
    now,
    retryAfter: retryAfter(facts.answer, now),
    ruledOut: ruledOutFor(tape.state, ...aimOf(action), { node: ports.node, facets, now }),
    until: facts.until,
    repeatable: facts.repeatable,
  };
  const step = nextStep(retry, ended, facets);
  if (step.kind === 'sleep') return { ...done, wake: fitting(step.wake, facts.until, ports) };
  const recordedAsEnd = tape.live || tape.peek()?.kind === 'verdict';
  if (step.kind === 'hand-back' || !recordedAsEnd) return { ...done, wake: null };
  return endObject(inputs, step.reason, { class: done.class, reason: done.reason, attempts });
}

function aimOf({ operation }: Execution): readonly [operation: string, target: string] {
  if (operation.tag === 'commit') return ['', ''];
  return [operation.operation, targetOf(operation.operation, operation.request)];
}

/** With the deadline, what policy waits for may be more than an object can carry: then it waits for that alone. */
function fitting(wake: Condition, until: Condition | null, { limits }: CyclePorts): Condition {
  return until !== null && countNodes(wake) > limits.object.conditionNodes ? until : wake;
}

/** Refusals that no change of policy mends: the request is malformed, or beyond what the object itself may do. */
const HOPELESS = /^(?:invalid:|scope$|budget:|confidential-readers$)/;

/** An attempt that authority did not allow. */
export async function endRefused(inputs: AttemptInputs, verdict: Verdict): Promise<Ending> {
  const done = disallowed('execution', verdict);
  return endAttempt(inputs, done, {
    answer: null,
    until: verdict.wake,
    repeatable: !HOPELESS.test(verdict.reason ?? ''),
  });
}

/** How the last attempt ended. */
export type LastAttempt = Pick<State['pending'] & object, 'class' | 'reason' | 'attempts'>;

/** The envelope is used up: the object ends, if authority lets it; else the handler goes on. */
export async function endObject(
  { ports, tape, action, proposed, now }: Omit<AttemptInputs, 'action'> & { readonly action: Pick<Execution, 'step'> },
  reason: EndReason,
  last: LastAttempt,
): Promise<Ending> {
  const result: Value = { step: action.step, class: last.class, reason: last.reason, attempts: last.attempts };
  const decide = (at: number): Verdict => {
    const unusable = ports.authority.unusable(at);
    if (unusable !== null) return rejected(unusable);
    return ports.authority.decide(ask(tape.state, ports.node, at, { action: 'termination', data: result }));
  };
  const body = () => ({ proposal: proposed.seq, action: 'termination', verdict: decide(now) }) as const;
  const { entry, recorded } = await tape.take('verdict', body, {
    check: (said) => said.action === 'termination' && said.proposal === proposed.seq,
  });
  const said = entry.body.verdict;
  const verdict = recorded && tape.live ? confirmed(entry.seq, said, () => decide(ports.now())) : said;
  if (!allows(verdict)) return { ...disallowed('termination', verdict), wake: null };
  return ending('success', 'termination', { reason, value: { achieved: false, result } });
}
