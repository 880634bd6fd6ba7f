/**
 * The cycle of a dormant object: is its wake condition met, and does authority allow reentry (R14, R43)? No handler runs. What
 * is not met, or not allowed, is recorded a bounded number of times; beyond that the object stays as it is.
 */
import type { EntryOf, OutcomeBody, VerdictBody, WakeBody } from '../object/model.ts';
import type { Dormancy, State } from '../object/state.ts';
import { disallowed, ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import { allows, rejected } from './performed.ts';
import type { CyclePorts, Tape } from './ports.ts';
import { ask } from './questions.ts';
import { checkWake } from './wake.ts';
import type { WakeCheck } from './wake.ts';

/** What a wake check would give now, without recording it. */
export function checkDormancy(state: State, dormancy: Dormancy, now: number): WakeCheck {
  const signals = state.signals.filter((signal) => signal.seq > dormancy.seq);
  return checkWake(dormancy.condition, { now, since: dormancy.since, signals });
}

/** Records the check, the verdict where it is met, and the outcome. */
export async function runReentry(ports: CyclePorts, tape: Tape, dormancy: Dormancy): Promise<EntryOf<'outcome'>> {
  const { state } = tape;
  const now = ports.now();
  const check = checkDormancy(state, dormancy, now);
  const wake: WakeBody = { dormancy: dormancy.seq, satisfied: check.satisfied, because: check.signals };
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
    const unusable = ports.authority.unusable(wake.time);
    const verdict =
      unusable === null
        ? ports.authority.decide(ask(tape.state, ports.node, wake.time, { action: 'reentry' }))
        : rejected(unusable);
    return { proposal: null, action: 'reentry', verdict };
  };
  const { entry } = await tape.take('verdict', make);
  ports.reached('decided');
  if (!allows(entry.body.verdict)) return disallowed('reentry', entry.body.verdict);
  const { dormancy, because: signals } = wake.body;
  return ending('success', 'reentry', { value: { dormancy, signals } });
}
