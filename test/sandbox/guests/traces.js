/** Leaves traces wherever JavaScript can, and tells which it found. */
import { now } from 'sojourn:object/clock@0.2.0';

let runs = 0;
const heap = [];

export function handle(situation) {
  const found = [];
  if (runs > 0) found.push('module variable');
  if (heap.length > 0) found.push('heap');
  if (globalThis.trace !== undefined) found.push('global');
  if ({}.trace !== undefined) found.push('prototype');
  if (JSON.trace !== undefined) found.push('builtin');
  if (Array.prototype.push.name !== 'push') found.push('method');
  const { bytes, calls } = JSON.parse(situation.intent.input);
  for (let turn = 0; turn < calls; turn += 1) now();
  runs += 1;
  for (let left = bytes; left > 0; left -= 64) heap.push('secret'.repeat(8) + left);
  globalThis.trace = heap;
  Object.prototype.trace = 1;
  JSON.trace = heap;
  const { push } = Array.prototype;
  Array.prototype.push = function taken(...items) {
    return push.apply(this, items);
  };
  return {
    action: { tag: 'termination', val: { achieved: true, result: JSON.stringify(found) } },
    rationale: String(runs),
    confidence: 1,
  };
}
