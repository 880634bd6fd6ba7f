/**
 * A real nats-server on the loopback, with its data in a folder of its own and every message synced before it is acknowledged. It can be
 * killed, paused and started again on the same port and data.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface NatsServer {
  readonly url: string;
  /** Its data and configuration. */
  readonly folder: string;
  /** Process id; 0 while it is down. */
  readonly pid: number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  start(): Promise<void>;
  /** Removes the data. */
  close(): Promise<void>;
}

export interface NatsServerOptions {
  readonly host?: string;
  /** Put before the server's path: a program that runs another one, as `ip netns exec <name>` does. */
  readonly through?: readonly string[];
  /** `sync_interval` of its JetStream. Default: `always`. */
  readonly sync?: string;
  /** Bytes of one message at most. Default: the server's own, 1 MiB. */
  readonly maxPayload?: number;
}

export async function startNatsServer(path: string, options: NatsServerOptions = {}): Promise<NatsServer> {
  const { host = '127.0.0.1', through = [], sync = 'always', maxPayload } = options;
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-nats-'));
  const port = through.length > 0 ? 4222 : await freePort(host);
  const config = join(folder, 'server.conf');
  const payload = maxPayload === undefined ? '' : `max_payload: ${maxPayload}\n`;
  const jetStream = `jetstream { store_dir: "${folder}", sync_interval: ${sync} }\n`;
  writeFileSync(config, `listen: "${host}:${port}"\n${payload}${jetStream}`);
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const [command, ...words] = [...through, path, '-c', config];
    const started = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    const said: string[] = [];
    for await (const line of createInterface({ input: started.stderr })) {
      said.push(line);
      if (!line.includes('Server is ready')) continue;
      started.stderr.resume(); // what it says later is of no interest, and must not fill the pipe
      return;
    }
    throw new Error(`nats-server: expected it to start, found ${said.join('\n')}`);
  }

  async function kill(): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    child = null;
  }

  await start();
  return {
    url: `nats://${host}:${port}`,
    folder,
    get pid() {
      return child?.pid ?? 0;
    },
    kill,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    start,
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  // listens on a port
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
