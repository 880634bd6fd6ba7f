/**
 * A handler for loads: as many recorded calls as the intent's input says, then one committed value; with `sleep`, it waits for a signal
 * or an hour instead. No SDK in between.
 */
import * as kv from 'sojourn:object/kv@0.2.0';

export function handle(situation) {
  const { sets = 0, sleep = false } = JSON.parse(situation.intent.input);
  for (let i = 0; i < sets; i++) kv.set(`step-${i}`, String(situation.cycle));
  const commit = { step: 'count', operation: { tag: 'commit', val: String(situation.cycle) }, into: 'count' };
  const condition = JSON.stringify({ any: [{ signal: 'go' }, { elapsed: 3_600_000 }] });
  const action = sleep ? { tag: 'dormancy', val: { condition } } : { tag: 'execution', val: commit };
  return { action, rationale: 'as it was told', confidence: 1 };
}
