/**
 * One node of several as a process: it goes through the objects of the store that it shares, and runs each that nobody else has. What it
 * passes it says on its output, one JSON text a line, before it goes on.
 */
import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SojournError } from '../../host/errors.ts';
import type { CyclePoint } from '../../host/kernel/ports.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createHost } from '../../host/node/host.ts';
import { readKey } from '../../host/node/native.ts';
import { nodePorts } from '../../host/node/ports.ts';
import type { ProgramCacheOptions } from '../../host/sandbox/program-cache.ts';
import { createNatsStore } from '../../host/store/nats.ts';
import type { NatsOptions } from '../../host/store/nats.ts';
import { PERMIT_ALL, policySet } from '../node/policies.ts';
import { createDice } from '../swarm/dice.ts';

export interface NodeOrder {
  readonly store: NatsOptions;
  /** PEM. */
  readonly key: string;
  readonly seed: number;
  readonly cache: ProgramCacheOptions;
}

export type NodeLine =
  | { readonly ready: string }
  | { readonly point: CyclePoint; readonly object: string }
  /** A cycle that this node has sealed. */
  | { readonly sealed: number; readonly object: string }
  | { readonly status: string; readonly object: string }
  | { readonly error: string; readonly object: string; readonly message: string };

/** What is said of an object that this node can't have now. */
const PAUSE_MS = 20;

function say(line: NodeLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function runNode(order: NodeOrder): Promise<void> {
  const store = await createNatsStore(order.store);
  const dice = createDice(order.seed);
  const ports = nodePorts({ signer: readKey(order.key, 'the node'), workers: 1, programCache: order.cache });
  const host = createHost({
    ports: { ...ports, store, handler: (digest) => store.handler(digest), childName: (_parent, id) => id },
    policy: policySet(PERMIT_ALL),
    // a node that is paused comes back to a call that has taken long
    limits: { ...DEFAULT_LIMITS, cycle: { ...DEFAULT_LIMITS.cycle, callMs: 600_000, deadlineMs: 600_000 } },
    onPoint: (point, object) => say({ point, object }),
  });
  const ended = new Set<string>();
  say({ ready: host.node });

  async function visit(object: string): Promise<void> {
    try {
      const report = await host.run(object, { onOutcome: ({ seq }) => say({ sealed: seq, object }) });
      say({ status: report.status, object });
      if (report.status === 'terminated') ended.add(object);
    } catch (error) {
      if (!(error instanceof SojournError) || !error.code.startsWith('store.')) throw error;
      say({ error: error.code, object, message: error.message });
    }
  }

  async function living(): Promise<readonly string[]> {
    const names: string[] = [];
    try {
      for await (const { name } of store.list()) if (!ended.has(name)) names.push(name);
    } catch (error) {
      say({ error: 'store.failed', object: '', message: String(error) });
    }
    return names;
  }

  for (;;) {
    const names = await living();
    // each node in an order of its own, so that they seldom want the same one
    const first = names.length === 0 ? 0 : dice.below(names.length);
    for (const name of [...names.slice(first), ...names.slice(0, first)]) await visit(name);
    await delay(PAUSE_MS);
  }
}

// the parent writes the order as the one argument
await runNode(JSON.parse(process.argv[2] ?? '') as NodeOrder);
