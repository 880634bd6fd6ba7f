/**
 * What a long history costs: objects of 10 to 1,000,000 entries, made by the real kernel with real policy and real seals (the handler is a
 * function of this process, and nothing is synced, so that it takes minutes and not hours). For each: verifying it whole and resuming it, in
 * a process of its own with its peak memory; then archiving it, and what verifying and a cycle cost from the carried object. Prints one
 * line of JSON. Not measured: the sandbox (evaluate.ts) and the disk (append.ts).
 *
 * Run: node test/bench/history.ts [entries …]
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createHost } from '../../host/node/host.ts';
import type { Host } from '../../host/node/host.ts';
import type { HostPorts } from '../../host/node/host-ports.ts';
import { createNativeVerify, generateKey, nativeHash, readKey, systemRandom } from '../../host/node/native.ts';
import type { HandlerRunner, Store } from '../../host/ports.ts';
import { createFileStore } from '../../host/store/file.ts';
import { PERMIT_ALL, policySet } from '../node/policies.ts';

const ENTRIES_PER_CYCLE = 5;
const CYCLES = 50;
const HANDLER = new TextEncoder().encode('a handler of this benchmark');

/** Commits a value under one of ten keys. */
const runner: HandlerRunner = {
  meterVersion: 1,
  run: async ({ situation }) => ({
    kind: 'proposal',
    fuel: 1000,
    proposal: {
      action: {
        tag: 'execution',
        val: {
          step: 'note',
          operation: { tag: 'commit', val: JSON.stringify(situation.cycle) },
          into: `k${situation.cycle % 10}`,
        },
      },
      rationale: 'the benchmark says so',
      confidence: 1,
    },
  }),
  admit: async () => null,
  close: async () => {},
};

function unsynced(store: Store): Store {
  return {
    ...store,
    async open(name) {
      const file = await store.open(name);
      const { append } = file;
      file.append = (bytes) => append(bytes, false);
      return file;
    },
  };
}

function openHost(pem: string, cycles: number): Host {
  let time = Date.UTC(2026, 0, 1);
  const ports: HostPorts = {
    clock: { now: () => (time += 1000) },
    random: systemRandom,
    hash: nativeHash,
    verify: createNativeVerify(),
    signer: readKey(pem, 'key'),
    store: unsynced(createFileStore()),
    fetch: () => Promise.reject(new Error('nothing leaves')),
    runner,
    handler: async () => HANDLER,
  };
  return createHost({
    ports,
    policy: policySet(PERMIT_ALL),
    limits: { ...DEFAULT_LIMITS, run: { ...DEFAULT_LIMITS.run, cycles } },
  });
}

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

async function timed<T>(step: () => Promise<T>): Promise<readonly [ms: number, result: T]> {
  const start = performance.now();
  const result = await step();
  return [performance.now() - start, result];
}

/** In a process of its own: `verify`, or `resume`: open the object and run one cycle. */
async function measure(job: string, path: string, pem: string): Promise<object> {
  const host = openHost(pem, CYCLES);
  const [ms, result] = await timed(async () =>
    job === 'verify' ? host.verify(path) : { ok: (await host.run(path, { once: true })).status === 'paused' },
  );
  if (!result.ok) throw new Error(`${job} ${path}: ${JSON.stringify(result)}`);
  return { ms: round(ms, 0), rssMb: Math.round(process.resourceUsage().maxRSS / 1024) };
}

function measureApart(job: string, path: string, pem: string): object {
  const args = [import.meta.filename, '--job', job, path, pem];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as object;
}

/** Median time of a whole `run` of one cycle, opening included, and of a cycle within one run. */
async function cycleCosts(path: string, pem: string): Promise<object> {
  const opened: number[] = [];
  for (let i = 0; i < CYCLES; i++) {
    const copy = `${path}.copy`;
    copyFileSync(path, copy);
    const [ms] = await timed(() => openHost(pem, CYCLES).run(copy, { once: true }));
    opened.push(ms);
  }
  const [ms] = await timed(() => openHost(pem, CYCLES).run(path));
  const median = opened.toSorted((a, b) => a - b)[CYCLES / 2] ?? 0;
  return { openAndCycleMsP50: round(median), cycleMs: round(ms / CYCLES) };
}

async function bench(sizes: readonly number[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-history-'));
  const { privatePem: pem } = generateKey();
  try {
    const path = join(folder, 'object.sojourn');
    const intent = { kind: 'bench', goal: 'Go on.', input: null, constraints: {} };
    const scope = { capabilities: ['*'], zones: [], depth: 0 };
    await openHost(pem, 1).create(path, { handler: HANDLER, intent, scope });
    let entries = 1;
    for (const size of sizes) {
      const cycles = Math.max(1, Math.ceil((size - entries) / ENTRIES_PER_CYCLE));
      const before = statSync(path).size;
      const [ms] = await timed(() => openHost(pem, cycles).run(path));
      entries += cycles * ENTRIES_PER_CYCLE;
      const bytes = statSync(path).size;
      const carried = join(folder, `carried-${size}.sojourn`);
      copyFileSync(path, carried);
      const whole = { verify: measureApart('verify', carried, pem), resume: measureApart('resume', carried, pem) };
      const done = await openHost(pem, 1).archive(carried, {
        to: join(folder, `archive-${size}`),
        withoutHandler: true,
      });
      const from = { verify: measureApart('verify', carried, pem), ...(await cycleCosts(carried, pem)) };
      const result = {
        entries,
        bytes,
        bytesPerCycle: Math.round((bytes - before) / cycles),
        makingMsPerCycle: round(ms / cycles),
        whole,
        carriedBytes: done.carriedBytes,
        carried: from,
      };
      process.stdout.write(`${JSON.stringify(result)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [first, job = '', path = '', pem = ''] = process.argv.slice(2);
if (first === '--job') process.stdout.write(`${JSON.stringify(await measure(job, path, pem))}\n`);
else {
  const sizes = process.argv.slice(2).map(Number);
  await bench(sizes.length > 0 ? sizes : [10, 1000, 100_000, 1_000_000]);
}
