/**
 * The end of a cycle (R10): what went wrong in it as failure signals, what it showed not to work, then its one outcome.
 */
import { encode, equalBytes } from '../object/codec.ts';
import type { EntryOf, OutcomeBody } from '../object/model.ts';
import type { Divergence } from './divergence.ts';
import { facetsOf } from './facets.ts';
import { failuresIn } from './failures.ts';
import { negativeChanges } from './negative.ts';
import { ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import type { CyclePorts, Tape } from './ports.ts';

/** What a cycle used. */
export interface Totals {
  readonly fuel: number;
  readonly calls: number;
  readonly bytes: number;
}

export const NOTHING_USED: Totals = { fuel: 0, calls: 0, bytes: 0 };

export interface FinishInputs {
  readonly ports: CyclePorts;
  readonly tape: Tape;
}

export async function finish(inputs: FinishInputs, done: Ending, totals: Totals): Promise<EntryOf<'outcome'>> {
  const { ports, tape } = inputs;
  await noteFailures(tape, done);
  await noteNegatives(ports, tape, done);
  const body: OutcomeBody = { ...done, fuel: totals.fuel, calls: totals.calls, bytes: totals.bytes };
  const { entry } = await tape.take('outcome', () => body, {
    check: (recorded) => equalBytes(encodeOutcome(recorded), encodeOutcome(body)),
  });
  ports.reached('outcome-recorded');
  return entry;
}

async function noteFailures(tape: Tape, done: Ending): Promise<void> {
  const { open, pending } = tape.state;
  for (const failure of failuresIn(open?.entries ?? [], done, pending)) {
    const { class: outcome, operation, target, reason, because } = failure;
    const said = encode([outcome, operation, target, reason, because]);
    await tape.take('failure', () => failure, {
      check: (one) => equalBytes(encode([one.class, one.operation, one.target, one.reason, one.because]), said),
    });
  }
}

/** In a replay they are taken as they stand: they follow from the node that wrote them, too. */
async function noteNegatives(ports: CyclePorts, tape: Tape, done: Ending): Promise<void> {
  if (!tape.live) {
    for (let next = tape.peek(); next?.kind === 'retire' || next?.kind === 'negative'; next = tape.peek()) {
      const { body } = next;
      await tape.take(next.kind, () => body);
    }
    return;
  }
  const { state } = tape;
  const here = { node: ports.node, facets: facetsOf(ports), now: ports.now() };
  const { retired, met } = negativeChanges(state, state.open?.entries ?? [], done, here);
  for (const body of retired) await tape.take('retire', () => body);
  for (const body of met) await tape.take('negative', () => body);
}

/** Ends a cycle that could not be gone on with: what is recorded and what is done now disagree (T10). */
export async function endDiverged(inputs: FinishInputs, error: Divergence): Promise<EntryOf<'outcome'>> {
  inputs.tape.skip();
  return finish(inputs, ending('failure', null, { reason: 'divergence', message: error.message }), NOTHING_USED);
}

function encodeOutcome(body: OutcomeBody): Uint8Array {
  return encode([body.class, body.action, body.reason, body.bound, body.value, body.fuel, body.calls, body.bytes]);
}
