/**
 * The cycle of a dormant object: is its wake condition met, and does authority allow reentry (R14, R43)? No handler runs. What
 * is not met, or not allowed, is recorded a bounded number of times; beyond that the object stays as it is.
 */
import type { EntryOf, OutcomeBody, Verdict, VerdictBody, WakeBody } from '../object/model.ts';
import type { Dormancy, State } from '../object/state.ts';
import { aggregateOf, missingChildren } from './aggregate.ts';
import { facetsOf } from './facets.ts';
import type { Facets } from './facets.ts';
import { disallowed, ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import { allows, rejected } from './performed.ts';
import type { CyclePorts, Tape } from './ports.ts';
import { ask } from './questions.ts';
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

/** Records the check, the verdict where it is met, and the outcome. */
export async function runReentry(ports: CyclePorts, tape: Tape, dormancy: Dormancy): Promise<EntryOf<'outcome'>> {
  const { state } = tape;
  const now = ports.now();
  const check = checkDormancy(state, dormancy, now, facetsOf(ports));
  const wake: WakeBody = { dormancy: dormancy.seq, satisfied: check.satisfied, because: check.because };
  const { entry } = await tape.take('wake', () => wake);
  ports.reached('opened');
  const done = entry.body.satisfied
    ? await decideReentry(ports, tape, entry)
    : ending('deferral', 'reentry', { reason: 'not-yet' });
  const body: OutcomeBody = { ...done, wake: null, fuel: 0, calls: 0, bytes: 0 };
  const { entry: outcome } = await tape.take('outcome', () => body);
  ports.reached('outcome-recorded');
  return outcome;
}

async function decideReentry(ports: CyclePorts, tape: Tape, wake: EntryOf<'wake'>): Promise<Ending> {
  const make = (): VerdictBody => {
    return { proposal: null, action: 'reentry', verdict: verdictOnReentry(tape.state, ports, wake.time) };
  };
  const { entry } = await tape.take('verdict', make);
  ports.reached('decided');
  if (!allows(entry.body.verdict)) return disallowed('reentry', entry.body.verdict);
  await gatherChildren(ports, tape, wake.time);
  return ending('success', 'reentry', { value: wokenBy(tape.state, wake.body) });
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
