/**
 * A process of its own that runs one object, or signals it, and can be told to die of SIGKILL on the way. What it has passed it
 * writes to its output at once, one JSON text a line, so that nothing that it said is lost with it.
 */
import { writeSync } from 'node:fs';
import { SojournError } from '../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Limits } from '../../host/limits.ts';
import { createHost } from '../../host/node/host.ts';
import type { Host } from '../../host/node/host.ts';
import { readKey } from '../../host/node/native.ts';
import { nodePorts } from '../../host/node/ports.ts';
import type { HostPorts } from '../../host/node/host-ports.ts';
import type { ObjectFile, Store } from '../../host/ports.ts';
import { PERMIT_ALL, policySet } from './policies.ts';

/** Where to die. Numbers count from 0. */
export type Death =
  | { readonly at: 'point'; readonly n: number }
  /** In the middle of the n-th append: this many of its bytes, or this share of them, are written. */
  | { readonly at: 'append'; readonly n: number; readonly bytes: number }
  | { readonly at: 'append'; readonly n: number; readonly share: number }
  /** Around the making of a child's file. */
  | { readonly at: 'before-create' | 'after-create' }
  /** Around and in the middle of the putting of another form in an object's place. */
  | { readonly at: 'before-replace' | 'in-replace' | 'after-replace' };

export type ChildOrder = {
  readonly path: string;
  /** PEM. */
  readonly key: string;
  readonly time: number;
} & (
  | { readonly job: 'run'; readonly death: Death | null }
  | { readonly job: 'archive'; readonly to: string; readonly death: Death | null }
  | {
      readonly job: 'signal';
      readonly names: readonly string[];
      /** Dies before this one. */
      readonly dieAfter: number | null;
      /** Dies when so many bytes of the first one are written. */
      readonly tearAfter?: number;
    }
);

export type ChildLine =
  | { readonly point: string; readonly cycle: number }
  | { readonly sealed: number }
  | { readonly status: string }
  | { readonly signal: string; readonly seq: number }
  | { readonly error: string; readonly message: string };

/** On a busy machine a held request may take long: what is tested here is no bound of time. */
const PATIENT: Limits = { ...DEFAULT_LIMITS, cycle: { ...DEFAULT_LIMITS.cycle, callMs: 600_000, deadlineMs: 600_000 } };

function say(line: ChildLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

/** Runs until the object sleeps for good or ends; a sleep that is over at once is gone on from. */
async function run(path: string, ports: HostPorts, death: Death | null): Promise<void> {
  let passed = 0;
  let cycle = 1;
  const host = createHost({
    ports,
    policy: policySet(PERMIT_ALL),
    limits: PATIENT,
    onPoint(point) {
      say({ point, cycle });
      if (death?.at === 'point' && death.n === passed) die();
      passed++;
      if (point === 'sealed') cycle++;
    },
  });
  for (let runs = 0; runs < 4; runs++) {
    const report = await host.run(path, { onOutcome: (outcome) => say({ sealed: outcome.seq }) });
    say({ status: report.status });
    if (report.status !== 'dormant') break;
  }
  await host.close();
}

/** Delivers every signal, as often as it takes to get hold of the object. */
async function signalAll(path: string, host: Host, names: readonly string[], dieAfter: number | null): Promise<void> {
  for (const [index, name] of names.entries()) {
    if (index === dieAfter) die();
    say({ signal: name, seq: await deliver(path, host, name) });
  }
}

async function deliver(path: string, host: Host, name: string): Promise<number> {
  for (;;) {
    try {
      return (await host.signal(path, name, null, { key: name })).seq;
    } catch (error) {
      if (!(error instanceof SojournError && error.code === 'store.busy')) throw error;
      await new Promise(setImmediate);
    }
  }
}

/** The store, with a death in its way. */
function mortalStore(store: Store, death: Death | null): Store {
  let appends = 0;
  return {
    ...store,
    async create(name, content) {
      if (death?.at === 'before-create') die();
      await store.create(name, content);
      if (death?.at === 'after-create') die();
    },
    async open(name) {
      const file = await store.open(name);
      const append: ObjectFile['append'] = async (bytes, sync) => {
        if (death?.at !== 'append' || appends++ !== death.n) return file.append(bytes, sync);
        const written = 'bytes' in death ? death.bytes : Math.floor(bytes.length * death.share);
        await file.append(bytes.subarray(0, written), false);
        return die();
      };
      return {
        get length() {
          return file.length;
        },
        version: file.version,
        read: (offset) => file.read(offset),
        truncate: (length) => file.truncate(length),
        async replace(content) {
          if (death?.at === 'before-replace') die();
          await file.replace(death?.at === 'in-replace' ? dyingStream(content) : content);
          if (death?.at === 'after-replace') die();
        },
        close: () => file.close(),
        append,
      };
    },
  };
}

async function* dyingStream(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces = 0;
  for await (const piece of content) {
    if (pieces++ === 2) die();
    yield piece;
  }
}

async function main(order: ChildOrder): Promise<void> {
  const ports = nodePorts({ signer: readKey(order.key, 'key'), workers: 1 });
  const clock = { now: () => order.time };
  if (order.job === 'signal') {
    const death: Death | null = order.tearAfter === undefined ? null : { at: 'append', n: 0, bytes: order.tearAfter };
    const host = createHost({ ports: { ...ports, clock, store: mortalStore(ports.store, death) }, policy: null });
    return signalAll(order.path, host, order.names, order.dieAfter);
  }
  if (order.job === 'archive') {
    const host = createHost({ ports: { ...ports, clock, store: mortalStore(ports.store, order.death) }, policy: null });
    const { seq } = await host.archive(order.path, { to: order.to, withoutHandler: false });
    return say({ sealed: seq + 1 });
  }
  return run(order.path, { ...ports, clock, store: mortalStore(ports.store, order.death) }, order.death);
}

try {
  await main(JSON.parse(process.argv[2] ?? '') as ChildOrder);
} catch (error) {
  const code = error instanceof SojournError ? error.code : 'unknown';
  say({ error: code, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
