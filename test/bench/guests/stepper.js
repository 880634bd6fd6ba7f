/**
 * A handler for loads, without the SDK. It makes as many recorded calls as the intent's input says and commits one value; with `sleep`,
 * only when a signal woke it, and waits for the next one or an hour otherwise.
 */
import * as kv from 'sojourn:object/kv@0.2.0';

const GO_OR_AN_HOUR = [
  { tag: 'group', val: { need: 1, members: [1, 2] } },
  { tag: 'signal', val: 'go' },
  { tag: 'elapsed', val: 3_600_000 },
];

export function handle(situation) {
  const { sets = 0, sleep = false } = JSON.parse(situation.intent.input);
  const action =
    sleep && situation.trigger.tag !== 'woken'
      ? { tag: 'dormancy', val: { condition: GO_OR_AN_HOUR } }
      : { tag: 'execution', val: commit(sets, String(situation.cycle)) };
  return { action, rationale: 'as it was told', confidence: 1 };
}

function commit(sets, val) {
  for (let i = 0; i < sets; i++) kv.set(`step-${i}`, val);
  return { step: 'count', operation: { tag: 'commit', val }, into: 'count' };
}
