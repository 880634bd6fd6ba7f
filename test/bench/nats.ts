/**
 * Appends to a real nats-server on this machine, with and without a sync of each, and what one, two and three nodes get done over it.
 * Prints JSON. Run it with `node test/bench/nats.ts [objects] [ms]`; it needs `npm run toolchain -- nats-server`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { hex } from '../../host/json.ts';
import { createHost } from '../../host/node/host.ts';
import { generateKey, nativeHash, systemRandom } from '../../host/node/native.ts';
import { nodePorts } from '../../host/node/ports.ts';
import { createNatsStore } from '../../host/store/nats.ts';
import { policySet, PERMIT_ALL } from '../node/policies.ts';
import { buildScript } from '../sandbox/guest-builds.ts';
import { startNatsServer } from '../store/nats-server.ts';
import { findTool } from '../toolchain/tools.ts';
import type { BenchOrder } from './nats-node.ts';

const OBJECTS = Number(process.argv[2] ?? 600);
const ENTRY_BYTES = 1024;
const [ALONE, TOGETHER] = [500, 64];
/** In that time they are made, and put to sleep by the nodes. */
const ASLEEP_MS = Number(process.argv[3] ?? 20_000);
const NODE = fileURLToPath(new URL('nats-node.ts', import.meta.url));

const tool = findTool('nats-server');
if ('missing' in tool) throw new Error(tool.missing);
const { path } = tool;
const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'));
const newName = (): string => hex(systemRandom.bytes(32));

function percentile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
}

/** One object alone, then 64 at once, an entry of 1 KiB at a time. */
async function measureAppends(sync: string): Promise<object> {
  const server = await startNatsServer(path, { sync });
  const store = await createNatsStore({ servers: [server.url] });
  const bytes = systemRandom.bytes(ENTRY_BYTES);
  const names = Array.from({ length: TOGETHER }, newName);
  for (const name of names) await store.create(name, bytes);
  const files = await Promise.all(names.map((name) => store.open(name)));
  const times: number[] = [];
  for (let i = 0; i < ALONE; i++) {
    const start = performance.now();
    await files[0]?.append(bytes, true);
    times.push(performance.now() - start);
  }
  const start = performance.now();
  const rounds = 30;
  await Promise.all(
    files.map(async (file) => {
      for (let i = 0; i < rounds; i++) await file.append(bytes, true);
    }),
  );
  const perSecond = Math.round((rounds * TOGETHER * 1000) / (performance.now() - start));
  await Promise.all(files.map((file) => file.close()));
  await store.close();
  await server.close();
  return { sync, p50: percentile(times, 0.5), p99: percentile(times, 0.99), perSecond };
}

/** Sleepers that fall due at once, each with two cycles to go; from that moment to the last end. */
async function measureNodes(count: number, sync: string): Promise<object> {
  const server = await startNatsServer(path, { sync });
  const store = await createNatsStore({ servers: [server.url] });
  const { bytes: handler } = await buildScript(new URL('../node/guests/scripted.js', import.meta.url));
  await store.putHandler(hex(nativeHash(handler)), handler);
  const ports = nodePorts({ signer: generateKey().signer, workers: 1 });
  const host = createHost({ ports: { ...ports, store, handler: async () => handler }, policy: policySet(PERMIT_ALL) });
  const due = Date.now() + ASLEEP_MS;
  const input = {
    1: { propose: { tag: 'dormancy', val: { condition: [{ tag: 'instant', val: due }] } } },
    '*': { propose: { tag: 'termination', val: { achieved: true, result: null } } },
  };
  for (let i = 0; i < OBJECTS; i++)
    await host.create(newName(), {
      handler,
      intent: { kind: 'bench', goal: 'End', input, constraints: {} },
      scope: { capabilities: ['*'], zones: [], depth: 0 },
    });
  await host.close();
  await store.close();
  const order: BenchOrder = {
    store: { servers: [server.url] },
    cache: { folder: join(folder, 'programs'), secret: join(folder, 'programs.key') },
  };
  const ends: number[] = [];
  const shares: number[] = [];
  let [busy, late] = [0, 0];
  const all = Promise.withResolvers<void>();
  const children = Array.from({ length: count }, (_, index) => {
    const child = spawn(process.execPath, [NODE, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as
        | { readonly ended: number }
        | { readonly asleep: number }
        | { readonly busy: number };
      if ('busy' in line) return void (busy += line.busy);
      if ('asleep' in line) return void (late += line.asleep > due ? 1 : 0);
      shares[index] = (shares[index] ?? 0) + 1;
      if (ends.push(line.ended) === OBJECTS) all.resolve();
    });
    return child;
  });
  await all.promise;
  const closed = children.map((child) => once(child, 'close'));
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(closed);
  await server.close();
  const perSecond = Math.round((OBJECTS * 1000) / (Math.max(...ends) - due));
  return { sync, nodes: count, objects: OBJECTS, asleepTooLate: late, perSecond, shares, foundBusy: busy };
}

const appends = [await measureAppends('always'), await measureAppends('2m')];
await measureNodes(1, '2m'); // the handler is compiled and kept
const nodes: object[] = [];
for (const sync of ['always', '2m']) for (const count of [1, 2, 3]) nodes.push(await measureNodes(count, sync));
process.stdout.write(`${JSON.stringify({ appends, nodes }, null, 2)}\n`);
rmSync(folder, { recursive: true, force: true });
