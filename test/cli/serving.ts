/** `sojourn serve` as an operator has it: a process of its own, that is asked over HTTP. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHES, MAIN } from './run-cli.ts';

export interface Serving {
  readonly child: ChildProcess;
  /** What it says when it listens. */
  readonly facts: { readonly url: string; readonly [name: string]: unknown };
  /** Everything on standard output and on standard error so far. */
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** With the first token. */
  fetch(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Resolves when the log says so. */
  logged(message: string): Promise<void>;
  /** Resolves when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface ServeOptions {
  readonly env?: { readonly [name: string]: string };
  readonly uid?: number;
}

/** Starts it with `--json` on a free port and waits until it listens. Rejects, with what it said, where it ends before. */
export async function startServe(
  data: string,
  args: readonly string[] = [],
  options: ServeOptions = {},
): Promise<Serving> {
  const { env = {}, uid } = options;
  const child = spawn(process.execPath, [MAIN, 'serve', '--data', data, '--port', '0', '--json', ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...CACHES, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const said = { stdout: '', stderr: '' };
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const watchers = new Set<() => void>();
  const note = (stream: 'stdout' | 'stderr') => (piece: string) => {
    said[stream] += piece;
    for (const look of watchers) look();
  };
  child.stdout.setEncoding('utf8').on('data', note('stdout'));
  child.stderr.setEncoding('utf8').on('data', note('stderr'));
  const seen = (holds: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!holds()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      void ended.then(({ code }) =>
        reject(new Error(`expected it to go on, found its end with ${code}: ${said.stdout}${said.stderr}`)),
      );
    });
  await seen(() => said.stdout.startsWith('{"url"') && said.stdout.includes('\n'));
  const facts = JSON.parse(said.stdout.slice(0, said.stdout.indexOf('\n')));
  return {
    child,
    facts,
    said,
    ended,
    fetch(method, path, body, headers = {}) {
      const authorization = `Bearer ${readFileSync(join(data, 'first.token'), 'utf8').trim()}`;
      const isBytes = body instanceof Uint8Array;
      const type: Record<string, string> = body === undefined || isBytes ? {} : { 'content-type': 'application/json' };
      const sent = body === undefined ? {} : { body: isBytes ? Uint8Array.from(body) : JSON.stringify(body) };
      return fetch(`${facts.url}${path}`, { method, headers: { authorization, ...type, ...headers }, ...sent });
    },
    logged: (message) => seen(() => said.stderr.includes(`"msg":"${message}"`)),
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
