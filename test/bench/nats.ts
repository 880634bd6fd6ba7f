/**
 * Appends to a real nats-server on this machine, with and without a sync of each, and what one, two and three nodes get done over it.
 * Prints JSON. Run it with `node test/bench/nats.ts [objects]`; it needs `npm run toolchain -- nats-server`.
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

/** Objects of one cycle each, which wait for the nodes; from the first end to the last. */
async function measureNodes(count: number): Promise<object> {
  const server = await startNatsServer(path);
  const store = await createNatsStore({ servers: [server.url] });
  const { bytes: handler } = await buildScript(new URL('../node/guests/scripted.js', import.meta.url));
  await store.putHandler(hex(nativeHash(handler)), handler);
  const ports = nodePorts({ signer: generateKey().signer, workers: 1 });
  const host = createHost({ ports: { ...ports, store, handler: async () => handler }, policy: policySet(PERMIT_ALL) });
  const input = { '*': { propose: { tag: 'termination', val: { achieved: true, result: null } } } };
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
  let busy = 0;
  const all = Promise.withResolvers<void>();
  const children = Array.from({ length: count }, (_, index) => {
    const child = spawn(process.execPath, [NODE, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as { readonly ended: number } | { readonly busy: number };
      if ('busy' in line) return void (busy += line.busy);
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
  const perSecond = Math.round(((OBJECTS - 1) * 1000) / (Math.max(...ends) - Math.min(...ends)));
  return { nodes: count, objects: OBJECTS, perSecond, shares, foundBusy: busy };
}

const appends = [await measureAppends('always'), await measureAppends('2m')];
await measureNodes(1); // the handler is compiled and kept
const nodes = [await measureNodes(1), await measureNodes(2), await measureNodes(3)];
process.stdout.write(`${JSON.stringify({ appends, nodes }, null, 2)}\n`);
rmSync(folder, { recursive: true, force: true });
