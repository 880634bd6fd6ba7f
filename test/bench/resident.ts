/**
 * Where the money of a cycle goes: objects that a node knows already, in its database, one cycle after the other and many at once, with no
 * recorded call and with ten. Prints JSON. Run it with `node test/bench/resident.ts`, under `--cpu-prof` to see which function takes what.
 * Each cycle is one evaluation in a restored sandbox, its policy decisions, one signature and one synced commit, which cycles that end
 * together share. Not measured: HTTP, and opening an object that the node does not know.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey, nativeHash, createNativeVerify, systemClock, systemRandom } from '../../host/node/native.ts';
import { createHost } from '../../host/node/host.ts';
import type { Host } from '../../host/node/host.ts';
import type { HostPorts } from '../../host/node/host-ports.ts';
import { createResidents } from '../../host/node/residents.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { createSqliteStore } from '../../host/store/sqlite.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { hex } from '../../host/json.ts';
import { policySet } from '../node/policies.ts';
import { buildScript } from '../sandbox/guest-builds.ts';

const OBJECTS = 256;
const SECONDS = Number(process.argv[2] ?? 5);
const POLICY = `permit(principal, action, resource) when { context.trust.slope >= 0 };
forbid(principal, action == Action::"kv.set", resource) when { resource.key like "secret*" };`;

const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'));
const store = await createSqliteStore(join(folder, 'node.db'));
const runner = createSandbox({ limits: DEFAULT_LIMITS.component });
const { bytes: handler } = await buildScript(new URL('guests/stepper.js', import.meta.url));
const key = generateKey();
const ports: HostPorts = {
  clock: systemClock,
  random: systemRandom,
  hash: nativeHash,
  verify: createNativeVerify(),
  signer: key.signer,
  store,
  fetch: (url, init) => fetch(url, init),
  runner,
  handler: async () => handler,
};
const policy = policySet(POLICY);
/** Verifies an object each time that it opens one. */
const stranger = createHost({ policy, ports });
const residents = createResidents({ objects: 10_000, bytes: 64 * 1024 * 1024 });
const host = createHost({ policy, ports: { ...ports, residents } });

/** A store of this kind wants 64 digits and does not look further: the id itself is known after the creation only. */
async function createObjects(sets: number): Promise<readonly string[]> {
  const names: string[] = [];
  for (let i = 0; i < OBJECTS; i++) {
    const name = hex(systemRandom.bytes(32));
    await host.create(name, {
      handler,
      intent: { kind: 'bench', goal: 'Step', input: { sets }, constraints: {} },
      scope: { capabilities: ['*'], zones: [], depth: 0 },
    });
    names.push(name);
  }
  return names;
}

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the host's thread, and of all threads: what a busy machine does not change. */
  readonly hostCpuUs: number;
  readonly cpuUs: number;
  readonly bytesPerCycle: number;
}

async function measure(names: readonly string[], lanes: number, by: Host = host): Promise<Measured> {
  const times: number[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    const name = names[next++ % names.length] ?? '';
    const start = performance.now();
    const report = await by.run(name, { once: true });
    const [outcome] = report.outcomes;
    if (outcome?.body.class !== 'success') throw new Error(`expected a success, found ${outcome?.body.reason}`);
    times.push(performance.now() - start);
  };
  for (let i = 0; i < names.length; i++) await one();
  const length = async (): Promise<number> => (await store.find(names[0] ?? ''))?.length ?? 0;
  const [bytes, from] = [await length(), next];
  times.length = 0;
  const [thread, all] = [process.threadCpuUsage(), process.cpuUsage()];
  const begun = performance.now();
  const lane = async (): Promise<void> => {
    while (performance.now() - begun < SECONDS * 1000) await one();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const took = performance.now() - begun;
  const cpu = ({ user, system }: NodeJS.CpuUsage): number => Math.round((user + system) / times.length);
  const [hostCpuUs, cpuUs] = [cpu(process.threadCpuUsage(thread)), cpu(process.cpuUsage(all))];
  const rounds = (next - from) / names.length;
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? Number.NaN) * 1000) / 1000;
  return {
    perSecond: Math.round((times.length / took) * 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    hostCpuUs,
    cpuUs,
    bytesPerCycle: Math.round(((await length()) - bytes) / rounds),
  };
}

const [young, none, ten] = [await createObjects(0), await createObjects(0), await createObjects(10)];
const results = {
  'one cycle, 32 at once, verified each time': await measure(young, 32, stranger),
  'the same objects, known': await measure(young, 32),
  'one cycle, one at a time': await measure(none, 1),
  'one cycle, 32 at once': await measure(none, 32),
  'ten calls, one at a time': await measure(ten, 1),
  'ten calls, 32 at once': await measure(ten, 32),
};
process.stdout.write(`${JSON.stringify({ node: process.version, results }, null, 2)}\n`);
await host.close();
await store.close();
rmSync(folder, { recursive: true, force: true });
