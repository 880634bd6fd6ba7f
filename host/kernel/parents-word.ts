/**
 * The cycle of an object whose parent has ended or has given it up: it ends, too, by its parent's authority (R54). No handler runs, and
 * none is asked. This node's policy for `termination` is; where it refuses, that is recorded, and the object does nothing else.
 */
import type { ParentsWord } from '../object/lineage.ts';
import type { EntryOf, OutcomeBody, Verdict, VerdictBody } from '../object/model.ts';
import type { State } from '../object/state.ts';
import { disallowed, ending } from './outcome.ts';
import { allows, rejected } from './performed.ts';
import type { CyclePorts, Tape } from './ports.ts';
import { ask } from './questions.ts';

/** Records the verdict and the outcome. */
export async function obeyParent(ports: CyclePorts, tape: Tape, word: ParentsWord): Promise<EntryOf<'outcome'>> {
  const make = (): VerdictBody => {
    return { proposal: null, action: 'termination', verdict: verdictOnEnd(tape.state, ports) };
  };
  const { entry } = await tape.take('verdict', make);
  ports.reached('decided');
  const { verdict } = entry.body;
  const done = allows(verdict)
    ? ending('success', 'termination', { reason: word.reason, value: { achieved: false, result: null } })
    : disallowed('termination', verdict);
  // a deferral is asked again with every run: the object's own sleep stays as it is
  const body: OutcomeBody = { ...done, wake: null, fuel: 0, calls: 0, bytes: 0 };
  const { entry: outcome } = await tape.take('outcome', () => body);
  ports.reached('outcome-recorded');
  return outcome;
}

/** True where it is recorded already that policy does not let the object end by this word, and policy says the same now. */
export function isHeldBack(state: State, { because }: ParentsWord, ports: CyclePorts): boolean {
  const { last } = state;
  // no handler runs once the word is known: what was refused since is this end
  if (last === null || last.seq < because || last.body.action !== 'termination') return false;
  return !allows(verdictOnEnd(state, ports));
}

function verdictOnEnd(state: State, ports: CyclePorts): Verdict {
  const now = ports.now();
  const unusable = ports.authority.unusable(now);
  if (unusable !== null) return rejected(unusable);
  return ports.authority.decide(ask(state, ports.node, now, { action: 'termination' }));
}
