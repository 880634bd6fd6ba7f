/** One start of start.ts: from the process and from `createSandbox` to the first result, and a second run. Prints JSON. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SITUATION } from '../sandbox/run-handler.ts';

const { createSandbox, DEFAULT_LIMITS } = (await import(
  new URL('../../dist/host/index.js', import.meta.url).href
)) as typeof import('../../host/index.ts');

const [path = '', folder = '', secret = ''] = process.argv.slice(2);
const bytes = readFileSync(path);
const handler = createHash('sha256').update(bytes).digest('hex');
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const cpuBegun = process.cpuUsage();
const begun = performance.now();
const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1, programCache: { folder, secret } });
const once = () =>
  sandbox.run({
    handler,
    component: async () => bytes,
    situation: SITUATION,
    limits: DEFAULT_LIMITS.cycle,
    onCall: async () => ({ ok: false, error: 'denied' }),
  });
const first = await once();
const firstAt = performance.now();
const cpu = process.cpuUsage(cpuBegun);
delay.disable();
if (first.kind !== 'proposal') throw new Error(`expected a proposal, found ${JSON.stringify(first)}`);
await once();
const againMs = performance.now() - firstAt;
await sandbox.close();
const figures = {
  fromProcessMs: firstAt,
  fromSandboxMs: firstAt - begun,
  processorMs: (cpu.user + cpu.system) / 1e3,
  againMs,
  longestTurnMs: delay.max / 1e6,
  fuel: first.fuel,
};
process.stdout.write(JSON.stringify(figures));
