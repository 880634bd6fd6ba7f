/** The large engine: a component of 12 MB is admitted and runs as the small one does. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { componentizeBundle } from '../../host/sandbox/build-engine.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { toHandler } from './guest-builds.ts';
import { runHandler } from './run-handler.ts';
import type { Handler } from './guest-builds.ts';
import type { GuestCall, HandlerRunner } from '../../host/ports.ts';

const SOURCE = `
import { now } from 'sojourn:object/clock@0.2.0';
import { get } from 'sojourn:object/kv@0.2.0';
let evaluations = 0;
export function handle(situation) {
  evaluations += 1;
  let refusal = null;
  try { get('key'); } catch (error) { refusal = error.payload; }
  const result = JSON.stringify({ evaluations, now: String(now()), refusal, goal: situation.intent.goal });
  return { action: { tag: 'termination', val: { achieved: true, result } }, rationale: '', confidence: 1 };
}`;

const NO_MAP = '{"version":3,"sources":[],"names":[],"mappings":""}';

let sandbox: HandlerRunner;
let handler: Handler;

beforeAll(async () => {
  sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
  const component = await componentizeBundle({ code: SOURCE, sourceMap: NO_MAP }, 'starlingmonkey');
  handler = toHandler(Uint8Array.from(component));
});
afterAll(() => sandbox.close());

it('runs with equal fuel and nothing left over', async () => {
  const answer = ({ operation }: GuestCall) =>
    operation === 'clock.now' ? ({ ok: true, value: 5 } as const) : ({ ok: false, error: 'denied' } as const);
  const first = await runHandler(sandbox, handler, { answer });
  const result = JSON.stringify({ evaluations: 1, now: '5', refusal: 'denied', goal: 'Buy paper' });
  expect(first).toMatchObject({ kind: 'proposal', proposal: { action: { val: { result } } } });
  for (let turn = 0; turn < 3; turn += 1) expect(await runHandler(sandbox, handler, { answer })).toEqual(first);
});
