/**
 * Long-lived nodes over real stores and a real sandbox: a clock that the test moves, and a timer that fires when it does.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import { createNativeVerify, generateKey, nativeHash, systemRandom } from '../../../host/node/native.ts';
import type { KeyPair } from '../../../host/node/native.ts';
import { createNode } from '../../../host/node/service/create-node.ts';
import type { Node, NodeDraft, NodeOptions, NodePorts } from '../../../host/node/service/node.ts';
import type { HandlerRunner, NodeStore } from '../../../host/ports.ts';
import { createSandbox } from '../../../host/sandbox/runner.ts';
import { createMemoryStore } from '../../../host/store/memory.ts';
import type { Value } from '../../../host/value.ts';
import { buildScript } from '../../sandbox/guest-builds.ts';
import { PERMIT_ALL, policySet } from '../policies.ts';
import { propose, START } from '../world.ts';

export interface Nodes {
  readonly folder: string;
  readonly handler: Uint8Array;
  readonly key: KeyPair;
  /** The clock of every node. */
  readonly time: number;
  /** Sets the clock, either way, and fires what is due by then. */
  setTime(time: number): void;
  node(options?: Partial<NodeOptions>): Promise<Node>;
  /** A draft with a script for the guest. */
  draft(script: Value, more?: Partial<NodeDraft>): NodeDraft;
  close(): Promise<void>;
}

export async function createNodes(): Promise<Nodes> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-node-'));
  const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 2 });
  // each node closes its own; the sandbox behind them is one
  const runner: HandlerRunner = {
    meterVersion: sandbox.meterVersion,
    run: (request) => sandbox.run(request),
    admit: (source) => sandbox.admit(source),
    close: async () => {},
  };
  const { bytes: handler } = await buildScript(new URL('../guests/scripted.js', import.meta.url));
  const key = generateKey();
  const nodes: Node[] = [];
  let time = START;
  let timers: { readonly at: number; readonly fire: () => void }[] = [];

  const ports: NodePorts = {
    clock: { now: () => time },
    random: systemRandom,
    hash: nativeHash,
    verify: createNativeVerify(),
    signer: key.signer,
    reader: key.reader,
    fetch: (url, init) => fetch(url, init),
    runner,
    timer(ms, fire) {
      const timer = { at: time + ms, fire };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
  };

  const made: Nodes = {
    folder,
    handler,
    key,
    get time() {
      return time;
    },
    setTime(next) {
      time = next;
      const due = timers.filter(({ at }) => at <= time);
      timers = timers.filter(({ at }) => at > time);
      for (const { fire } of due) fire();
    },
    async node(options = {}) {
      const store: NodeStore = options.store ?? createMemoryStore();
      const node = await createNode({
        policy: policySet(PERMIT_ALL),
        ...options,
        ports: { ...ports, ...options.ports },
        store,
      });
      nodes.push(node);
      return node;
    },
    draft: (script, more = {}) => ({
      handler,
      intent: { kind: 'scripted', goal: 'Do what the script says', input: script, constraints: {} },
      scope: { capabilities: ['*'], zones: [], depth: 4 },
      ...more,
    }),
    async close() {
      for (const node of nodes) await node.close();
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  // the first evaluation of all compiles the handler
  const first = await made.node();
  const { id } = await first.create(made.draft({ '*': propose.finish() }));
  await first.settled(id, { abort: AbortSignal.timeout(100_000) });
  return made;
}

export const within = (): { readonly abort: AbortSignal } => ({ abort: AbortSignal.timeout(60_000) });
