/** Nodes as processes over one nats-server, which a test kills, pauses and cuts off; what they say is read line by line. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { generateKey } from '../../host/node/native.ts';
import type { KeyPair } from '../../host/node/native.ts';
import type { NatsOptions } from '../../host/store/nats.ts';
import type { NodeLine, NodeOrder } from './node.ts';

export interface FleetNode {
  readonly key: KeyPair;
  readonly lines: readonly NodeLine[];
  /** The first line, of those said already or later, that this is true of. */
  said(is: (line: NodeLine) => boolean): Promise<NodeLine>;
  /** The same, of lines that are yet to come. */
  says(is: (line: NodeLine) => boolean): Promise<NodeLine>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
}

export interface Fleet {
  readonly nodes: readonly FleetNode[];
  /** Starts a node with a key of its own, and waits until it is at work. */
  start(options?: StartOptions): Promise<FleetNode>;
  /** The first line of any node, said already or later, that this is true of. */
  said(is: (line: NodeLine) => boolean): Promise<NodeLine>;
  /** The same, of lines that are yet to come. */
  says(is: (line: NodeLine) => boolean): Promise<NodeLine>;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly key?: KeyPair;
  readonly servers?: readonly string[];
  /** Put before the command, as `ip netns exec <name>`. */
  readonly through?: readonly string[];
}

const SCRIPT = fileURLToPath(new URL('node.ts', import.meta.url));

export function createFleet(store: NatsOptions): Fleet {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-fleet-'));
  const nodes: FleetNode[] = [];
  const all = createWaiting();

  async function start(options: StartOptions = {}): Promise<FleetNode> {
    const { key = generateKey(), servers = store.servers, through = [] } = options;
    const order: NodeOrder = {
      store: { ...store, servers },
      key: key.privatePem,
      cache: { folder: join(folder, 'programs'), secret: join(folder, 'programs.key') },
    };
    const [command, ...words] = [...through, process.execPath, SCRIPT, JSON.stringify(order)];
    const child = spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    });
    const node = watch(child, key, all.tell);
    nodes.push(node);
    await node.said((line) => 'ready' in line);
    return node;
  }

  return {
    nodes,
    start,
    said: async (is) => nodes.flatMap(({ lines }) => lines).find(is) ?? all.says(is),
    says: all.says,
    async close() {
      await Promise.all(nodes.map((node) => node.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Waiting {
  readonly says: FleetNode['says'];
  tell(line: NodeLine): void;
  fail(error: Error): void;
}

function createWaiting(): Waiting {
  const waiting = new Set<{
    readonly is: (line: NodeLine) => boolean;
    readonly resolve: (line: NodeLine) => void;
    readonly reject: (error: Error) => void;
  }>();
  return {
    says: (is) => new Promise((resolve, reject) => void waiting.add({ is, resolve, reject })),
    tell(line) {
      for (const one of waiting) {
        if (!one.is(line)) continue;
        waiting.delete(one);
        one.resolve(line);
      }
    },
    fail(error) {
      for (const { reject } of waiting) reject(error);
    },
  };
}

function watch(child: ChildProcess, key: KeyPair, onLine: (line: NodeLine) => void): FleetNode {
  const lines: NodeLine[] = [];
  const own = createWaiting();
  let errors = '';
  const exit = once(child, 'close');
  child.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as NodeLine;
      lines.push(line);
      own.tell(line);
      onLine(line);
    });
  void exit.then(() => own.fail(new Error(`node: expected another line, found its end: ${errors}`)));
  return {
    key,
    lines,
    says: own.says,
    async said(is) {
      return lines.find(is) ?? own.says(is);
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await exit;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}
