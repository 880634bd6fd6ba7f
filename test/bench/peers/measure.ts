/**
 * All rows of one peer, in one order: a first start that makes what must be there once, then a timed start and the loads; a start
 * of its own for the sleepers, SIGKILL, and a timed start again. A wrong answer is an error and is counted.
 */
import { loadavg } from 'node:os';
import { drive } from '../drive.ts';
import type { Driven } from '../drive.ts';
import { EXPECTED, INPUT } from './peer.ts';
import type { Peer } from './peer.ts';
import { memoryOf } from './program.ts';
import type { Program } from './program.ts';

export interface Lengths {
  /** Of each load. */
  readonly seconds: number;
  readonly sleepers: number;
}

type Memory = Readonly<Record<string, number>>;

/** Objects that the loads go round. */
const OBJECTS = 512;

export async function measurePeer(peer: Peer, { seconds, sleepers }: Lengths): Promise<object> {
  let programs: readonly Program[] = [];
  const loads = [Math.round((loadavg()[0] ?? 0) * 10) / 10];
  const load = (what: 'one' | 'ten', clients: number, more: { rate?: number } = {}): Promise<Driven> =>
    drive({ ...requestOf(peer, what, (i) => `k${i % OBJECTS}`), clients, seconds, warmUp: 1, ...more });
  const memory = (): Memory => ({ ...memoryByName(programs), ...peer.others() });
  try {
    await peer.prepare();
    programs = peer.start();
    await firstAnswer(peer, programs, true);
    await endAll(programs, 'SIGTERM');

    const started = performance.now();
    programs = peer.start();
    const startMs = (await firstAnswer(peer, programs, false)) - started;
    const idle = memory();
    await drive({ ...requestOf(peer, 'one', (i) => `k${i}`), clients: 32, count: OBJECTS });
    const one = await load('one', 1);
    const ten = await load('ten', 1);
    const [one32, one128] = [await load('one', 32), await load('one', 128)];
    const ten32 = await load('ten', 32);
    const half = await load('one', 32, { rate: Math.max(one32.perSecond, one128.perSecond) / 2 });
    const loaded = memory();
    await endAll(programs, 'SIGTERM');

    programs = peer.start();
    await firstAnswer(peer, programs, false);
    const slept = await putToSleep(peer, sleepers, memory);
    await endAll(programs, 'SIGKILL');
    const killed = performance.now();
    programs = peer.start();
    const backMs = (await firstAnswer(peer, programs, false)) - killed;
    loads.push(Math.round((loadavg()[0] ?? 0) * 10) / 10);
    const driven = [one, ten, one32, one128, ten32, half];
    return {
      'name': peer.name,
      'version': peer.version,
      'durable': peer.durable,
      'load of the machine before and after': loads,
      'one durable step, p50 ms': one.p50,
      'ten durable steps, p50 ms': ten.p50,
      'invocations/s, 32 clients': one32.perSecond,
      'invocations/s, 128 clients': one128.perSecond,
      'durable steps/s, ten an invocation, 32 clients': Math.round(ten32.perSecond * 10),
      'p99 at half of the most invocations/s, ms': half.p99,
      'memory idle, MB': idle,
      'memory loaded, MB': loaded,
      ...slept,
      'SIGKILL to first answer, ms': Math.round(backMs),
      'start to first answer, ms': Math.round(startMs),
      'errors': driven.filter(({ errors }) => errors > 0).map(({ errors, firstError }) => ({ errors, firstError })),
    };
  } finally {
    await endAll(programs, 'SIGKILL');
    await peer.close();
  }
}

function requestOf(peer: Peer, what: 'one' | 'ten' | 'sleep', key: (i: number) => string) {
  return {
    url: (i: number) => peer.url(key(i), what),
    method: 'POST',
    body: () => JSON.stringify({ value: INPUT }),
    headers: { 'content-type': 'application/json' },
    onAnswer: (_: number, status: number, body: Buffer) => {
      if (status < 200 || status > 299)
        throw new Error(`expected a status of 2xx, found ${status}: ${body.toString()}`);
      if (what === 'sleep') return;
      const { value } = JSON.parse(body.toString()) as { value?: unknown };
      if (value !== EXPECTED[what]) throw new Error(`expected ${EXPECTED[what]}, found ${body.toString()}`);
    },
  };
}

async function putToSleep(peer: Peer, count: number, memory: () => Memory): Promise<object> {
  const before = sum(memory());
  const each = (now: number) => Math.round(((now - before) * 1024 * 10) / count) / 10;
  let most = before;
  const look = setInterval(() => (most = Math.max(most, sum(memory()))), 500);
  const began = performance.now();
  const { errors, firstError } = await drive({ ...requestOf(peer, 'sleep', (i) => `s${i}`), clients: 32, count });
  if (errors > 0) throw new Error(`${peer.name}: expected ${count} sleepers, found ${errors} errors: ${firstError}`);
  const accepted = performance.now() - began;
  while (((await peer.asleep()) ?? count) < count) await pause(50);
  const asleep = performance.now() - began;
  most = Math.max(most, sum(memory()));
  clearInterval(look);
  await pause(12_000);
  return {
    [`${count} sleepers accepted, s`]: Math.round(accepted) / 1000,
    [`${count} sleepers asleep, s`]: Math.round(asleep) / 1000,
    'memory per sleeper at most, KB': each(most),
    'memory per sleeper 12 s later, KB': each(sum(memory())),
  };
}

/** When the first right answer was there. Registers first where that is asked for. */
async function firstAnswer(peer: Peer, programs: readonly Program[], register: boolean): Promise<number> {
  const end = performance.now() + 60_000;
  let registered = !register;
  for (let i = 0; ; i++) {
    try {
      if (!registered) await peer.register?.();
      registered = true;
      const { errors, firstError } = await drive({
        ...requestOf(peer, 'one', () => `first-${Date.now()}-${i}`),
        clients: 1,
        count: 1,
      });
      if (errors === 0) return performance.now();
      throw new Error(firstError ?? '');
    } catch (error) {
      if (performance.now() > end)
        throw new Error(
          `${peer.name}: expected an answer within a minute, found ${String(error)}\n${programs.map(({ said }) => said()).join('\n')}`,
          { cause: error },
        );
      await pause(5);
    }
  }
}

async function endAll(programs: readonly Program[], signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await Promise.all(programs.map((program) => program.end(signal)));
}

function memoryByName(programs: readonly Program[]): Memory {
  return Object.fromEntries(programs.map(({ name, pid }) => [name, memoryOf([pid])]));
}

function sum(memory: Memory): number {
  return Object.values(memory).reduce((all, some) => all + some, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
