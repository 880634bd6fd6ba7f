/**
 * A node to measure: `sojourn serve` from the build, in a process of its own over a data folder, and the requests that a load makes of
 * it. Nothing of it is special to a benchmark but the log, which is told of errors alone.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, drive } from './drive.ts';
import { startProgram } from './peers/program.ts';
import type { Program } from './peers/program.ts';

/** Two rules that are asked of every step, one of which looks at what the call is about. */
const POLICY = `permit(principal, action, resource) when { context.trust.slope >= 0 };
forbid(principal, action == Action::"kv.set", resource) when { resource.key like "secret*" };
`;
const MAIN = fileURLToPath(new URL('../../dist/host/cli/main.js', import.meta.url));

export interface Server {
  readonly url: string;
  readonly program: Program;
  /** With the first token. */
  headers(): { readonly [name: string]: string };
}

export function startServer(folder: string, port: number): Server {
  if (!existsSync(MAIN)) throw new Error(`${MAIN}: expected the build, found none: npm run build`);
  const policy = join(folder, 'policy');
  mkdirSync(policy, { recursive: true });
  writeFileSync(join(policy, 'set.json'), '{"name":"bench"}');
  writeFileSync(join(policy, 'bench.cedar'), POLICY);
  const data = join(folder, 'data');
  const args = [MAIN, 'serve', '--data', data, '--policy', policy, '--port', String(port), '--log-level', 'error'];
  // one token does all of it
  const program = startProgram({
    name: 'sojourn',
    command: process.execPath,
    args: [...args, '--per-second', '1000000', '--json'],
  });
  return {
    url: `http://127.0.0.1:${port}`,
    program,
    headers: () => ({
      'authorization': `Bearer ${readFileSync(join(data, 'first.token'), 'utf8').trim()}`,
      'content-type': 'application/json',
    }),
  };
}

/** Asks until the answer is a 2xx; gives the time when it was there. */
export async function firstAnswer(server: Server, path: string, method = 'GET'): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const end = performance.now() + 60_000;
  try {
    for (;;) {
      const said = await ask(agent, { url: () => server.url + path, method, headers: headersOf(server) }, 0).catch(
        () => null,
      );
      if (said !== null && said.status >= 200 && said.status < 300) return performance.now();
      if (performance.now() > end)
        throw new Error(
          `${path}: expected an answer within a minute, found ${said?.body.toString()}; ${server.program.said()}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    agent.destroy();
  }
}

function headersOf(server: Server): { readonly [name: string]: string } {
  try {
    return server.headers();
  } catch {
    return {}; // the first start has not made the token yet
  }
}

/** One request outside any load. */
export async function request(
  server: Server,
  method: string,
  path: string,
  body: string | Uint8Array | null = null,
): Promise<unknown> {
  const agent = new Agent();
  const type = body instanceof Uint8Array ? { 'content-type': 'application/wasm' } : {};
  const headers = { ...server.headers(), ...type };
  const said = await ask(agent, { url: () => server.url + path, method, body: () => body, headers }, 0);
  agent.destroy();
  if (said.status > 299) throw new Error(`${method} ${path}: ${said.status} ${said.body.toString()}`);
  return JSON.parse(said.body.toString());
}

/** What a load makes of a handler: steps that it records, and whether it sleeps in between. */
export interface Kind {
  readonly sets: number;
  readonly sleep: boolean;
}

/** Makes objects and gives their ids, and how many a second. */
export async function createObjects(server: Server, handler: string, kind: Kind, count: number) {
  const ids: string[] = [];
  const draft = {
    handler,
    intent: { kind: 'bench', goal: 'Step', input: kind },
    context: { capabilities: ['*'] },
    run: kind.sleep,
  };
  const driven = await drive({
    url: () => `${server.url}/objects`,
    method: 'POST',
    body: () => JSON.stringify(draft),
    headers: server.headers(),
    clients: 32,
    count,
    onAnswer(_, status, body) {
      if (status !== 201) throw new Error(`expected 201, found ${status}: ${body.toString().slice(0, 300)}`);
      ids.push((JSON.parse(body.toString()) as { id: string }).id);
    },
  });
  if (driven.errors > 0) throw new Error(`objects: expected all to be made, found ${driven.firstError}`);
  return { ids, perSecond: driven.perSecond };
}

/** Bytes of a folder and all in it. */
export function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Milliseconds of processor time that a process has had, in all its threads. */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; // in ticks of 10 ms, of user and system
}
