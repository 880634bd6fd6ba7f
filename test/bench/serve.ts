/**
 * A node under load over HTTP: a real `sojourn serve` process with its own store, and this process as the client, with connections that
 * are kept. Prints JSON. `npm run build`, then `node test/bench/serve.ts [seconds of a load] [sleepers]`.
 *
 * Durable before each answer: all entries of the invocation and its seals, synced (SQLite in WAL, its log synced by the store); commits of objects that
 * come together share a sync. An invocation is a cycle in a restored sandbox: its steps recorded and decided on by policy, and signed. Not measured:
 * TLS, a network, a token that is looked up among many, effects on other servers, and what the disk does with a sync.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildScript } from '../sandbox/guest-builds.ts';
import { drive } from './drive.ts';
import type { Driven } from './drive.ts';
import { freePort, memoryOf } from './peers/program.ts';
import { bytesIn, createObjects, firstAnswer, processorMs, request, startServer } from './serve-program.ts';
import type { Server } from './serve-program.ts';

const [SECONDS, SLEEPERS] = [Number(process.argv[2] ?? 8), Number(process.argv[3] ?? 10_000)];
const OBJECTS = 512;
const ONE = { sets: 0, sleep: false };
const TEN = { sets: 9, sleep: false };
const SLEEPER = { sets: 0, sleep: true };

const folder = mkdtempSync(join(tmpdir(), 'sojourn-serve-'));
const port = await freePort();
const data = join(folder, 'data');
let server: Server = startServer(folder, port);

interface Invoked extends Driven {
  /** Of the server, all threads. */
  readonly processorUs: number;
}

/** One invocation after the other, round the objects. The answer must say that the step was done. */
async function invoke(ids: readonly string[], clients: number, rate?: number): Promise<Invoked> {
  return load((id) => `/objects/${id}/evaluate?once=true`, ids, clients, rate);
}

async function load(
  path: (id: string) => string,
  ids: readonly string[],
  clients: number,
  rate?: number,
): Promise<Invoked> {
  const [before, from] = [processorMs(server.program.pid), performance.now()];
  const driven = await drive({
    url: (i) => server.url + path(ids[i % ids.length] ?? ''),
    method: 'POST',
    body: () => '{}',
    headers: server.headers(),
    clients,
    seconds: SECONDS,
    warmUp: 2,
    ...(rate === undefined ? {} : { rate }),
    onAnswer(_, status, body) {
      if (status !== 200 || !body.includes('"class":"success"'))
        throw new Error(`expected a success, found ${status}: ${body.toString().slice(0, 400)}`);
    },
  });
  if (driven.errors > 0) throw new Error(`expected no errors, found ${driven.errors}: ${driven.firstError}`);
  const share = (driven.answers / driven.next) * (performance.now() - from);
  const used = (processorMs(server.program.pid) - before) * (share / (performance.now() - from));
  const invoked = { ...driven, processorUs: Math.round((used * 1000) / driven.answers) };
  note(`${clients} clients`, told(invoked));
  return invoked;
}

/** Loads take a while: says on stderr what is there already. */
function note(what: string, found: object): void {
  process.stderr.write(`${what}: ${JSON.stringify(found)}\n`);
}

const told = ({ perSecond, p50, p99, processorUs }: Invoked) => ({ perSecond, p50, p99, processorUs });

/** Ends the server and starts it again; milliseconds to its first answers. */
async function restart(signal: 'SIGTERM' | 'SIGKILL', id: string) {
  await server.program.end(signal);
  const from = performance.now();
  server = startServer(folder, port);
  const known = Math.round((await firstAnswer(server, `/objects/${id}?brief=true`)) - from);
  await indexed();
  const memory = memoryOf([server.program.pid]);
  const evaluated = Math.round((await firstAnswer(server, `/objects/${id}/evaluate?once=true`, 'POST')) - from);
  return {
    'to the first answer, ms': known,
    'memory before any evaluation, MB': memory,
    'to the first evaluation, ms': evaluated,
  };
}

async function indexed(): Promise<void> {
  while (!((await request(server, 'GET', '/health')) as { indexed: boolean }).indexed)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

async function asleep(count: number): Promise<number> {
  const end = performance.now() + 300_000;
  for (;;) {
    const stats = (await request(server, 'GET', '/stats')) as { objects: { dormant: number } };
    if (stats.objects.dormant >= count) return performance.now();
    if (performance.now() > end) throw new Error(`expected ${count} sleepers, found ${JSON.stringify(stats)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

try {
  await firstAnswer(server, '/health');
  const { bytes } = await buildScript(new URL('guests/stepper.js', import.meta.url));
  const { handler } = (await request(server, 'PUT', '/handlers', bytes)) as { handler: string };
  const { ids: one } = await createObjects(server, handler, ONE, OBJECTS);
  const { ids: ten } = await createObjects(server, handler, TEN, OBJECTS);
  const [first = ''] = one;
  const start = await restart('SIGTERM', first);
  const idle = memoryOf([server.program.pid]);

  const [one1, ten1] = [await invoke(one, 1), await invoke(ten, 1)];
  const [one32, one128] = [await invoke(one, 32), await invoke(one, 128)];
  const ten32 = await invoke(ten, 32);
  const half = await invoke(one, 32, Math.max(one32.perSecond, one128.perSecond) / 2);
  const loaded = memoryOf([server.program.pid]);
  const { bytes: length, cycles } = (await request(server, 'GET', `/objects/${first}?brief=true`)) as {
    bytes: number;
    cycles: number;
  };

  const again = await restart('SIGTERM', first);
  const [disk, from] = [bytesIn(data), performance.now()];
  const { ids: sleepers } = await createObjects(server, handler, SLEEPER, SLEEPERS);
  const accepted = performance.now();
  const slept = await asleep(SLEEPERS);
  const sleeperBytes = Math.round((bytesIn(data) - disk) / SLEEPERS);
  const woken = await load((id) => `/objects/${id}/signals/go?wait=10000`, sleepers.slice(0, OBJECTS), 32);
  const killed = await restart('SIGKILL', first);

  const seconds = (ms: number) => Math.round(ms) / 1000;
  process.stdout.write(
    `${JSON.stringify(
      {
        'node': process.version,
        'one durable step': told(one1),
        'ten durable steps in one invocation': told(ten1),
        'single-step invocations, 32 clients': told(one32),
        'single-step invocations, 128 clients': told(one128),
        'ten-step invocations, 32 clients': { ...told(ten32), stepsPerSecond: Math.round(ten32.perSecond * 10) },
        'at half of the most, 32 clients': told(half),
        'signal in, woken, one step, 32 clients': told(woken),
        'memory idle / loaded, MB': [idle, loaded],
        'start': start,
        'start with a longer store': again,
        'sleepers': { count: SLEEPERS, acceptedS: seconds(accepted - from), asleepS: seconds(slept - from) },
        'disk a sleeper, bytes': sleeperBytes,
        'bytes of an object a cycle': Math.round(length / cycles),
        'SIGKILL with sleepers': killed,
      },
      null,
      2,
    )}\n`,
  );
} finally {
  await server.program.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
