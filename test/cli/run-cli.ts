/** The command line as its users have it: a process of its own, with a clean environment and a folder to work in. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const MAIN = join(ROOT, 'host', 'cli', 'main.ts');
const CACHE = join(ROOT, 'node_modules', '.cache', 'sojourn');

/**
 * Halves the time that each process takes to start, and spares it the admission of what another one admitted: by content and under a code
 * of authentication (docs/sandbox.md), so that what one test leaves changes no other.
 */
export const CACHES = {
  NODE_COMPILE_CACHE: join(CACHE, 'compile'),
  SOJOURN_PROGRAM_CACHE: join(CACHE, 'programs'),
  XDG_STATE_HOME: join(CACHE, 'state'),
};

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: { readonly [name: string]: string };
  /** As this user, where the tests run as root, whom no permission stops. */
  readonly uid?: number;
  readonly onStart?: (child: ChildProcess) => void;
}

export function runProcess(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd = ROOT, env = {}, uid, onStart } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', ...CACHES, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text.stdout += piece));
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (text.stderr += piece));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...text }));
    onStart?.(child);
  });
}

export function sojourn(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return runProcess(process.execPath, [MAIN, ...args], options);
}

/** The one JSON document of a command. Standard error must be silent beside it. */
export async function sojournJson(args: readonly string[], options: RunOptions = {}) {
  const { code, stdout, stderr } = await sojourn([...args, '--json'], options);
  if (stderr !== '') throw new Error(`expected nothing on standard error beside --json, found ${stderr}`);
  return { code, json: JSON.parse(stdout) };
}

export interface Desk {
  readonly folder: string;
  path(name: string): string;
  write(name: string, content: string | Uint8Array): string;
  /** Runs a command in the folder. */
  run(...args: readonly string[]): Promise<Ended>;
  json(...args: readonly string[]): ReturnType<typeof sojournJson>;
  close(): void;
}

/** A folder with two keys, and a policy that permits all. */
export async function createDesk(): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-cli-'));
  const path = (name: string) => join(folder, name);
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(path(name), content);
    return path(name);
  };
  mkdirSync(path('all'));
  write('all/set.json', '{ "name": "all" }');
  write('all/main.cedar', '@id("all")\npermit(principal, action, resource);\n');
  const desk: Desk = {
    folder,
    path,
    write,
    run: (...args) => sojourn(args, { cwd: folder }),
    json: (...args) => sojournJson(args, { cwd: folder }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
  for (const name of ['a.pem', 'b.pem']) await expectDone(desk.run('keygen', '-o', name));
  return desk;
}

/** Builds the guest that does what its intent says, as `steps.wasm`, and grants it all. */
export async function buildSteps(desk: Desk): Promise<void> {
  await expectDone(desk.run('build', join(ROOT, 'test', 'cli', 'guests', 'steps.js'), '-o', 'steps.wasm'));
  desk.write('context.json', JSON.stringify({ capabilities: ['*'] }));
}

/** Makes an object whose handler does `input.step`. */
export async function makeObject(desk: Desk, name: string, input: object, ...more: readonly string[]): Promise<void> {
  desk.write(`${name}.json`, JSON.stringify({ kind: 'test', goal: `test ${name}`, input }));
  const files = ['--handler', 'steps.wasm', '--intent', `${name}.json`, '--context', 'context.json'];
  await expectDone(desk.run('new', ...files, '--key', 'a.pem', '-o', name, ...more));
}

export async function expectDone(ended: Promise<Ended>): Promise<Ended> {
  const done = await ended;
  if (done.code !== 0)
    throw new Error(`expected exit code 0, found ${done.code ?? done.signal}: ${done.stderr}${done.stdout}`);
  return done;
}
