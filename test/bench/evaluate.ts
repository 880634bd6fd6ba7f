/**
 * One evaluation on an instance that was put back, and one capability call, of a small JavaScript handler on QuickJS:
 * through the sandbox with one worker, and within a thread.
 * Prints JSON. Run it with `node test/bench/evaluate.ts`. The host answers at once, so policy, entries and providers are not
 * measured; neither is admission after the first run, which is given apart.
 */
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { openGuest } from '../sandbox/open-guest.ts';
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

/** Evaluations a second with so many in flight at a time. */
async function throughput(inFlight: number, total: number): Promise<number> {
  let left = total;
  const lane = async () => {
    for (; left > 0; left -= 1) await evaluateMs(0);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  return (total / (performance.now() - start)) * 1_000;
}

async function p50Us(runs: number, action: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await action();
    times.push(performance.now() - start);
  }
  times.sort((left, right) => left - right);
  return (times[Math.floor(runs / 2)] ?? Number.NaN) * 1_000;
}

/** Without messages between threads. */
async function within() {
  const guest = await openGuest(handler);
  const situation = told({ calls: 0 });
  const used = guest.create();
  const again = async () => {
    await used.run({ situation });
    const unusable = used.instance.restore();
    if (unusable !== null) throw new Error(`expected an instance that can be put back, found ${unusable}`);
  };
  await p50Us(2_000, again);
  return {
    restoreUs: round(await p50Us(2_000, () => used.instance.restore())),
    runAndRestoreUs: round(await p50Us(3_000, again)),
  };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

const firstMs = await evaluateMs(0);
await sampleMs(0, WARM_UP);
const empty = await sampleMs(0, RUNS);
const calling = await sampleMs(CALLS, RUNS / 10);
await throughput(4, 1_000);
const perSecond = await throughput(4, 5_000);
await sandbox.close();
const report = {
  componentBytes: handler.bytes.length,
  firstRunWithAdmissionMs: round(firstMs),
  evaluation: { runs: RUNS, p50Ms: round(empty.p50), p95Ms: round(empty.p95) },
  evaluationsPerSecond: Math.round(perSecond),
  within: await within(),
  capabilityCallUs: round(((calling.p50 - empty.p50) / CALLS) * 1_000),
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
