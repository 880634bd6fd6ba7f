/**
 * Many evaluations on few workers: they wait beside each other, give way, and are run again where their worker is busy or gone,
 * and no call is made twice. Nothing here depends on how long anything takes, but on the order in which it ends.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildCore, buildScript } from './guest-builds.ts';
import { runHandler, told } from './run-handler.ts';
import type { Handler } from './guest-builds.ts';
import type { GuestCall, GuestReply, HandlerResult } from '../../host/ports.ts';
import type { Sandbox, SandboxOptions } from '../../host/sandbox/runner.ts';

const FOREVER = 2 ** 42;
/** No worker counts as stuck, however busy the machine is. */
const PATIENT = { busyMs: 600_000 };
let counted: Handler;
let small: Handler;
let spin: Handler;
let open: Sandbox[] = [];

beforeAll(async () => {
  const wat = (name: string) => readFileSync(new URL(`../adversarial/guests/${name}.wat`, import.meta.url), 'utf8');
  counted = await buildScript(new URL('guests/counted-calls.js', import.meta.url));
  small = await buildCore(wat('well-behaved'));
  spin = await buildCore(wat('spin'));
});
afterEach(async () => {
  await Promise.all(open.map((sandbox) => sandbox.close()));
  open = [];
});

function start(options: Partial<SandboxOptions> = {}): Sandbox {
  const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1, ...options });
  open.push(sandbox);
  return sandbox;
}

/** Evaluations that make some calls each, of which the last is not answered before `open` is called. */
function gated(sandbox: Sandbox, count: number, calls: number) {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let atGate = 0;
  const made = Array.from({ length: count }, (): GuestCall[] => []);
  const results = made.map((list) =>
    runHandler(sandbox, counted, {
      situation: told({ calls }),
      limits: { deadlineMs: 600_000 },
      calls: list,
      answer: async (): Promise<GuestReply> => {
        if (list.length === calls) {
          atGate += 1;
          if (atGate === count) reached.resolve();
          await gate.promise;
        }
        return { ok: true, value: list.length };
      },
    }),
  );
  return { made, results, reached: reached.promise, open: () => gate.resolve() };
}

function fuelsOf(results: readonly HandlerResult[]) {
  return new Set(results.map((result) => (result.kind === 'proposal' ? result.fuel : result)));
}

describe('a thousand evaluations', () => {
  it('wait at once on two workers, within 600 MB', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-'));
    try {
      const path = join(folder, 'handler.wasm');
      writeFileSync(path, counted.bytes);
      const program = fileURLToPath(new URL('print-waiting.ts', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [program, path, '1000']);
      const found = JSON.parse(stdout);
      expect(found.calls).toBe(1_000);
      expect(found.fuels).toEqual([expect.any(Number)]);
      expect(found.workers).toBeLessThanOrEqual(2);
      expect(found.residentMb).toBeLessThan(600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 300_000);
});

describe('an evaluation that spins', () => {
  it('lets those beside it end while it still runs, also those that wait when it begins', async () => {
    const sandbox = start();
    const before = gated(sandbox, 5, 3);
    await before.reached;
    const ended: string[] = [];
    const spinning = runHandler(sandbox, spin, { limits: { fuel: FOREVER, deadlineMs: 600_000 } }).then(
      () => ended.push('spinner'),
      () => ended.push('spinner'),
    );
    const short = Array.from({ length: 50 }, () =>
      runHandler(sandbox, small, { answer: () => ({ ok: true, value: 5 }) }),
    );
    before.open();
    const results = await Promise.all([...short, ...before.results]);
    ended.push('others');
    expect(ended).toEqual(['others']);
    expect(results.slice(0, 50).every((result) => result.kind === 'error' && result.message === 'ok')).toBe(true);
    expect(fuelsOf(results.slice(50)).size).toBe(1);
    expect(before.made.map((calls) => calls.length)).toEqual([3, 3, 3, 3, 3]);
    await sandbox.close();
    await spinning;
  }, 60_000);

  it('is alone in what its deadline ends: those that waited beside it go on elsewhere, each call made once', async () => {
    const sandbox = start(PATIENT);
    const alone = await runHandler(sandbox, counted, {
      situation: told({ calls: 3 }),
      answer: () => ({ ok: true, value: 1 }),
    });
    const waiting = gated(sandbox, 12, 3);
    await waiting.reached;
    expect(await runHandler(sandbox, spin, { limits: { fuel: FOREVER, deadlineMs: 200 } })).toMatchObject({
      kind: 'bound',
      bound: 'deadlineMs',
    });
    expect(sandbox.stats().parked).toBe(12);
    waiting.open();
    const results = await Promise.all(waiting.results);
    expect(fuelsOf(results)).toEqual(fuelsOf([alone]));
    expect(waiting.made.map((calls) => calls.length)).toEqual(Array.from({ length: 12 }, () => 3));
    expect(sandbox.stats()).toMatchObject({ parked: 0, queued: 0, repeated: 12 });
  }, 60_000);
});

describe('a worker that ends by itself', () => {
  it('takes no evaluation with it but the one that used its heap up', async () => {
    const sandbox = start({ ...PATIENT, heapMib: 48 });
    const waiting = gated(sandbox, 3, 2);
    await waiting.reached;
    const wat = readFileSync(new URL('../adversarial/guests/proposal-condition-bomb.wat', import.meta.url), 'utf8');
    const bomb = await buildCore(wat.replace('40000', '2700000'), { pages: 1_024 });
    expect(await runHandler(sandbox, bomb)).toMatchObject({ kind: 'bound', bound: 'host' });
    waiting.open();
    expect(fuelsOf(await Promise.all(waiting.results)).size).toBe(1);
    expect(waiting.made.map((calls) => calls.length)).toEqual([2, 2, 2]);
  }, 60_000);
});

describe('room in a worker', () => {
  it('is given up by who waits longest, and given back when it is answered', async () => {
    const sandbox = start({ ...PATIENT, evaluationsPerWorker: 4 });
    const waiting = gated(sandbox, 20, 2);
    await waiting.reached;
    expect(sandbox.stats()).toMatchObject({ workers: 1, parked: 16, queued: 0 });
    waiting.open();
    expect(fuelsOf(await Promise.all(waiting.results)).size).toBe(1);
    expect(waiting.made.every((calls) => calls.length === 2)).toBe(true);
  }, 60_000);

  it('is bounded by bytes of linear memory too', async () => {
    const sandbox = start({ ...PATIENT, instanceMib: 8 });
    const waiting = gated(sandbox, 30, 1);
    await waiting.reached;
    expect(sandbox.stats().parked).toBeGreaterThanOrEqual(15);
    waiting.open();
    expect(fuelsOf(await Promise.all(waiting.results)).size).toBe(1);
  }, 60_000);
});

describe('instances', () => {
  it('are used again, and it is said why where they are not', async () => {
    const sandbox = start(PATIENT);
    const good = { answer: () => ({ ok: true, value: 5 }) as const };
    for (let turn = 0; turn < 5; turn += 1) await runHandler(sandbox, small, good);
    expect(sandbox.stats()).toMatchObject({ restored: 4, fresh: { 'none kept': 1 } });
    await runHandler(sandbox, spin, { limits: { fuel: 1_000 } });
    await runHandler(sandbox, spin, { limits: { fuel: 1_000 } });
    expect(sandbox.stats()).toMatchObject({ restored: 4, fresh: { 'none kept': 2, 'cut off': 1 } });
  });
});
