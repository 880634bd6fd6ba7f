/**
 * One evaluation in a sandbox that nothing has touched, and one capability call, of a small JavaScript handler on QuickJS.
 * Prints JSON. Run it with `node test/bench/evaluate.ts`. The host answers at once, so policy, entries and providers are not
 * measured; neither is admission after the first run, which is given apart.
 */
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildScript } from '../sandbox/guest-builds.ts';
import { runHandler, told } from '../sandbox/run-handler.ts';

const WARM_UP = 100;
const RUNS = 500;
const CALLS = 200;

const handler = await buildScript(new URL('../sandbox/guests/counted-calls.js', import.meta.url));
const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });

async function evaluateMs(calls: number): Promise<number> {
  const start = performance.now();
  const result = await runHandler(sandbox, handler, {
    situation: told({ calls }),
    answer: () => ({ ok: true, value: 5 }),
  });
  if (result.kind !== 'proposal') throw new Error(`expected a proposal, found ${JSON.stringify(result)}`);
  return performance.now() - start;
}

async function sampleMs(calls: number, runs: number): Promise<{ readonly p50: number; readonly p95: number }> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) times.push(await evaluateMs(calls));
  times.sort((left, right) => left - right);
  return { p50: times[Math.floor(runs * 0.5)] ?? Number.NaN, p95: times[Math.floor(runs * 0.95)] ?? Number.NaN };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

const firstMs = await evaluateMs(0);
await sampleMs(0, WARM_UP);
const empty = await sampleMs(0, RUNS);
const calling = await sampleMs(CALLS, RUNS / 10);
await sandbox.close();
const report = {
  componentBytes: handler.bytes.length,
  firstRunWithAdmissionMs: round(firstMs),
  evaluation: { runs: RUNS, p50Ms: round(empty.p50), p95Ms: round(empty.p95) },
  capabilityCallUs: round(((calling.p50 - empty.p50) / CALLS) * 1_000),
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
