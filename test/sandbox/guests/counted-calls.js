/** Makes as many calls of the cheapest operation as it is told to. */
import { now } from 'sojourn:object/clock@0.2.0';

export function handle(situation) {
  const { calls } = JSON.parse(situation.intent.input);
  for (let turn = 0; turn < calls; turn += 1) now();
  return { action: { tag: 'termination', val: { achieved: true, result: 'null' } }, rationale: '', confidence: 1 };
}
