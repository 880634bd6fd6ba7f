/**
 * The cycle of a dormant object: is its wake condition met, and does authority allow reentry (R14, R43)? No handler runs. What
 * is not met, or not allowed, is recorded a bounded number of times; beyond that the object stays as it is.
 */
import type { EntryOf, Verdict, VerdictBody, WakeBody } from '../object/model.ts';
import type { Dormancy, State } from '../object/state.ts';
import { aggregateOf, missingChildren } from './aggregate.ts';
import type { CycleInputs } from './cycle.ts';
import { Divergence } from './divergence.ts';
import { facetsOf } from './facets.ts';
import type { Facets } from './facets.ts';
import { finish, NOTHING_USED } from './finish.ts';
import { disallowed, ending } from './outcome.ts';
import { allows, confirmed, rejected } from './performed.ts';
import type { CyclePorts, Tape } from './ports.ts';
import { ask } from './questions.ts';
import { retryPending } from './retry.ts';
import type { Tried } from './retry.ts';
import { checkWake, nextWakeTime } from './wake.ts';
import type { WakeCheck, WakeInputs } from './wake.ts';
import type { Value } from '../value.ts';

/** What the condition of a dormancy is held against. */
export function wakeInputs(
  { signals, objects }: Pick<State, 'signals' | 'objects'>,
  { seq, since, outcomes }: Dormancy,
  now: number,
  facets: Facets,
): WakeInputs {
  return { now, since, signals: signals.filter((signal) => signal.seq > seq), outcomes, objects, facets };
}

/** What a wake check would give now, without recording it. */
export function checkDormancy(state: State, dormancy: Dormancy, now: number, facets: Facets): WakeCheck {
  return checkWake(dormancy.condition, wakeInputs(state, dormancy, now, facets));
}

/** When time alone can wake a sleeper; null where it never does, or nothing sleeps. */
export function wakeTimeOf(
  state: State,
  ports: Pick<CyclePorts, 'authority' | 'node' | 'providers' | 'now'>,
): number | null {
  const { dormancy } = state;
  if (dormancy === null) return null;
  return nextWakeTime(dormancy.condition, wakeInputs(state, dormancy, ports.now(), facetsOf(ports)));
}

/** Authority's word on reentry at this time. */
function verdictOnReentry(state: State, ports: CyclePorts, now: number): Verdict {
  const unusable = ports.authority.unusable(now);
  if (unusable !== null) return rejected(unusable);
  return ports.authority.decide(ask(state, ports.node, now, { action: 'reentry' }));
}

/**
 * Why a wake check now would only repeat what is recorded often enough (R43); null where it is worth a cycle. Reentry that became
 * possible always is.
 */
export function repeatsItself(state: State, dormancy: Dormancy, ports: CyclePorts): string | null {
  const { wakeAttempts } = ports.limits.object;
  const refused = dormancy.outcomes.filter(({ own }) => own).length;
  const now = ports.now();
  if (!checkDormancy(state, dormancy, now, facetsOf(ports)).satisfied)
    return dormancy.attempts - refused < wakeAttempts ? null : 'its wake condition does not hold yet';
  if (refused < wakeAttempts || allows(verdictOnReentry(state, ports, now))) return null;
  return 'its reentry is refused';
}

/** Records the check, the verdict where it is met, what comes of a pending execution, and the outcome. */
export async function runReentry(inputs: CycleInputs, dormancy: Dormancy): Promise<EntryOf<'outcome'>> {
  const { ports, tape } = inputs;
  const check = checkDormancy(tape.state, dormancy, ports.now(), facetsOf(ports));
  const wake: WakeBody = { dormancy: dormancy.seq, satisfied: check.satisfied, because: check.because };
  const { entry, recorded } = await tape.take('wake', () => wake);
  if (recorded && tape.live && entry.body.satisfied && !check.satisfied)
    throw new Divergence(
      entry.seq,
      'it is recorded as awake, under no seal, and here its wake condition does not hold',
    );
  ports.reached('opened');
  const { done, totals } = entry.body.satisfied
    ? await decideReentry(inputs, entry)
    : asleep(ending('deferral', 'reentry', { reason: 'not-yet' }));
  return finish(inputs, done, totals);
}

function asleep(done: Tried['done']): Tried {
  return { done: { ...done, wake: null }, totals: NOTHING_USED };
}

async function decideReentry(inputs: CycleInputs, wake: EntryOf<'wake'>): Promise<Tried> {
  const { ports, tape } = inputs;
  const decide = (now: number): Verdict => verdictOnReentry(tape.state, ports, now);
  const make = (): VerdictBody => ({ proposal: null, action: 'reentry', verdict: decide(wake.time) });
  const { entry, recorded } = await tape.take('verdict', make, {
    check: ({ proposal, action }) => proposal === null && action === 'reentry',
  });
  ports.reached('decided');
  const said = entry.body.verdict;
  const verdict = recorded && tape.live ? confirmed(entry.seq, said, () => decide(ports.now())) : said;
  if (!allows(verdict)) return asleep(disallowed('reentry', verdict));
  const { pending } = tape.state;
  if (pending !== null) return retryPending(inputs, pending, wake);
  await gatherChildren(ports, tape, wake.time);
  return asleep(ending('success', 'reentry', { value: wokenBy(tape.state, wake.body) }));
}

/** What came back of the children that it waited for, and who did not. */
async function gatherChildren(ports: CyclePorts, tape: Tape, now: number): Promise<void> {
  const { state } = tape;
  const { dormancy } = state;
  const body =
    dormancy === null ? null : aggregateOf(state, dormancy, wakeInputs(state, dormancy, now, facetsOf(ports)));
  if (body === null) return;
  const { entry } = await tape.take('aggregate', () => body);
  for (const failure of missingChildren(entry)) await tape.take('failure', () => failure);
}

/** What the handler is told of its waking: the signals and the witnesses that helped. */
function wokenBy(state: State, { dormancy, because }: WakeBody): Value {
  const signals = new Set(state.signals.map(({ seq }) => seq));
  const own = new Set(state.dormancy?.outcomes.flatMap(({ seq, own: isOwn }) => (isOwn ? [seq] : [])));
  return {
    dormancy,
    signals: because.filter((seq) => signals.has(seq)),
    witnesses: because.filter((seq) => !signals.has(seq) && !own.has(seq)),
  };
}
