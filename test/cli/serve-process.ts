/** `sojourn serve` as its users have it: a process of its own with a folder of its own, on any port that is free. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '../../host/node/http/client.ts';
import type { Client } from '../../host/node/http/client.ts';
import { readFileSync } from 'node:fs';
import { CACHES, MAIN, ROOT } from './run-cli.ts';

export interface Served {
  readonly url: string;
  readonly origin: string;
  /** A file with a token that may do all. */
  readonly tokenFile: string;
  readonly token: string;
  readonly client: Client;
  /** Starts it again after `kill`, on the same port. */
  again(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** `data` is made at the first start. */
export async function serve(data: string, policy: string): Promise<Served> {
  let child: ChildProcess;
  let port = 0;

  async function start(): Promise<string> {
    const args = ['serve', '--data', data, '--policy', policy, '--port', String(port), '--json'];
    child = spawn(process.execPath, [MAIN, ...args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', ...CACHES },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (piece: Buffer) => (said += piece.toString()));
    for await (const line of createInterface({ input: child.stdout! })) {
      const { url } = JSON.parse(line) as { url: string };
      port = Number(new URL(url).port);
      return url;
    }
    throw new Error(`serve: expected a line that says where it listens, found its end: ${said}`);
  }

  const url = await start();
  const tokenFile = join(data, 'first.token');
  const token = readFileSync(tokenFile, 'utf8').trim();
  return {
    url,
    origin: new URL(url).origin,
    tokenFile,
    token,
    client: createClient({ url, token }),
    again: async () => void (await start()),
    kill: async (signal = 'SIGKILL') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}
