/**
 * One node of several as a process, over a store that they share. What it passes it says on its output, one JSON text a line, before it
 * goes on.
 */
import { writeSync } from 'node:fs';
import type { CyclePoint } from '../../host/kernel/ports.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { readKey } from '../../host/node/native.ts';
import { nodePorts } from '../../host/node/ports.ts';
import { createNode } from '../../host/node/service/create-node.ts';
import type { ProgramCacheOptions } from '../../host/sandbox/program-cache.ts';
import { createNatsStore } from '../../host/store/nats.ts';
import type { NatsOptions } from '../../host/store/nats.ts';
import { PERMIT_ALL, policySet } from '../node/policies.ts';

export interface NodeOrder {
  readonly store: NatsOptions;
  /** PEM. */
  readonly key: string;
  readonly cache: ProgramCacheOptions;
}

export type NodeLine =
  | { readonly ready: string }
  /** Now and then, so that who looks at objects looks again. */
  | { readonly alive: string }
  | { readonly point: CyclePoint; readonly object: string }
  /** A cycle that this node has sealed. */
  | { readonly sealed: number; readonly object: string }
  | { readonly status: string; readonly object: string }
  | { readonly error: string; readonly object: string; readonly message: string };

const ALIVE_MS = 250;

function say(line: NodeLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

/** Failures are told to the log alone. */
function tell(facts: object, message: string): void {
  const { code, object } = { code: 'none', object: '', ...facts };
  say({ error: code, object, message });
}

async function runNode(order: NodeOrder): Promise<void> {
  const node = await createNode({
    store: await createNatsStore(order.store),
    ports: nodePorts({ signer: readKey(order.key, 'the node'), workers: 1, programCache: order.cache }),
    policy: policySet(PERMIT_ALL),
    // a node that is paused comes back to a call that has taken long
    limits: { ...DEFAULT_LIMITS, cycle: { ...DEFAULT_LIMITS.cycle, callMs: 600_000, deadlineMs: 600_000 } },
    log: { debug: tell, info() {}, warn: tell, error: tell },
    onPoint: (point, object) => say({ point, object }),
  });
  say({ ready: node.id });
  setInterval(() => say({ alive: node.id }), ALIVE_MS);
  for await (const event of node.events({ abort: new AbortController().signal })) {
    const { object } = event;
    if (event.type === 'outcome') say({ sealed: event.entry.seq, object });
    if (event.type === 'asleep') say({ status: 'dormant', object });
    if (event.type === 'ended') say({ status: 'terminated', object });
  }
}

// the parent writes the order as the one argument
await runNode(JSON.parse(process.argv[2] ?? '') as NodeOrder);
