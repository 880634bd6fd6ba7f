/** The pool, the cache of programs, equal fuel, and what happens when the host's own parts fail. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildCore, buildScript } from './guest-builds.ts';
import { runHandler, SITUATION, told } from './run-handler.ts';
import type { Handler } from './guest-builds.ts';
import type { CycleLimits } from '../../host/limits.ts';
import type { HandlerResult, HandlerRunner } from '../../host/ports.ts';
import type { SandboxOptions } from '../../host/sandbox/runner.ts';

let script: Handler;
let small: Handler;
let open: HandlerRunner[] = [];

beforeAll(async () => {
  script = await buildScript(new URL('guests/calls.js', import.meta.url));
  small = await buildCore(readFileSync(new URL('../adversarial/guests/well-behaved.wat', import.meta.url), 'utf8'));
});
afterEach(async () => {
  await Promise.all(open.map((sandbox) => sandbox.close()));
  open = [];
});

function start(options: Partial<SandboxOptions> = {}): HandlerRunner {
  const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 2, ...options });
  open.push(sandbox);
  return sandbox;
}

function fuelOf(result: HandlerResult): number {
  if (!('fuel' in result)) throw new Error(`expected a run, found ${result.message}`);
  return result.fuel;
}

/** Runs a handler and counts how often its bytes are asked for. */
function counting(sandbox: HandlerRunner, handler: Handler, limits: Partial<CycleLimits> = {}) {
  const asked = { times: 0 };
  const run = () =>
    sandbox.run({
      handler: handler.digest,
      component: () => {
        asked.times += 1;
        return Promise.resolve(handler.bytes);
      },
      situation: SITUATION,
      limits: { ...DEFAULT_LIMITS.cycle, ...limits },
      onCall: () => Promise.resolve({ ok: true, value: 5 }),
    });
  return { asked, run };
}

describe('fuel', () => {
  const input = { only: ['clock.now', 'kv.get'], spin: 20_000 };

  it('is the same in twenty runs on two workers', async () => {
    const sandbox = start();
    const situation = told(input);
    const runs = Array.from({ length: 20 }, () =>
      runHandler(sandbox, script, { situation, answer: () => ({ ok: false, error: 'denied' }) }),
    );
    const fuels = new Set((await Promise.all(runs)).map(fuelOf));
    expect(fuels.size).toBe(1);
    expect([...fuels][0]).toBeGreaterThan(20_000);
  });

  it('is the same in two processes, which idle workers do not keep alive', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-'));
    try {
      const path = join(folder, 'handler.wasm');
      writeFileSync(path, script.bytes);
      const program = fileURLToPath(new URL('print-fuel.ts', import.meta.url));
      const run = () =>
        execFileSync(process.execPath, [program, path, JSON.stringify({ only: [], spin: 5_000 })], {
          encoding: 'utf8',
        });
      const first = run();
      expect(JSON.parse(first)).toMatchObject({ kind: 'proposal' });
      expect(run()).toBe(first);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('does not depend on how much of it there is', async () => {
    const sandbox = start({ workers: 1 });
    const amounts = [1_000_000_000, 2_000_000_000, 2 ** 40];
    const fuels: number[] = [];
    for (const fuel of amounts)
      fuels.push(
        fuelOf(await runHandler(sandbox, small, { limits: { fuel }, answer: () => ({ ok: true, value: 5 }) })),
      );
    expect(new Set(fuels).size).toBe(1);
  });

  it('runs out at the same place for the same limit', async () => {
    const sandbox = start({ workers: 1 });
    const used = fuelOf(await runHandler(sandbox, small, { answer: () => ({ ok: true, value: 5 }) }));
    const enough = await runHandler(sandbox, small, { limits: { fuel: used }, answer: () => ({ ok: true, value: 5 }) });
    expect(enough).toMatchObject({ kind: 'error', message: 'ok', fuel: used });
    const short = await runHandler(sandbox, small, {
      limits: { fuel: used - 1 },
      answer: () => ({ ok: true, value: 5 }),
    });
    expect(short).toMatchObject({ kind: 'bound', bound: 'fuel', fuel: used - 1 });
  });
});

describe('the cache of programs', () => {
  it('asks for the bytes of a handler once, also when runs come at once', async () => {
    const { asked, run } = counting(start(), small);
    await Promise.all([run(), run(), run(), run()]);
    await run();
    expect(asked.times).toBe(1);
  });

  it('admits again under other limits that are written into the code', async () => {
    const sandbox = start();
    const first = counting(sandbox, small);
    const second = counting(sandbox, small, { memoryPages: 99 });
    const third = counting(sandbox, small, { tableElements: 99 });
    const fourth = counting(sandbox, small, { fuel: 999_999 });
    for (const { run } of [first, second, third, fourth])
      expect(await run()).toMatchObject({ kind: 'error', message: 'ok' });
    expect([first, second, third, fourth].map(({ asked }) => asked.times)).toEqual([1, 1, 1, 0]);
  });

  it('lets the one go that was used least recently', async () => {
    const sandbox = start({ cacheBytes: small.bytes.length * 2 });
    const [first, second, third] = [1_001, 1_002, 1_003].map((memoryPages) =>
      counting(sandbox, small, { memoryPages }),
    );
    for (const handler of [first, second, first, third, first, second]) await handler?.run();
    expect([first, second, third].map((handler) => handler?.asked.times)).toEqual([1, 2, 1]);
  });

  it('does not keep a refusal', async () => {
    const { asked, run } = counting(start(), { digest: 'x', bytes: Uint8Array.of(1, 2, 3) });
    expect(await run()).toMatchObject({ kind: 'refused', code: 'component.malformed' });
    await run();
    expect(asked.times).toBe(2);
  });
});

describe('a failure of the host', () => {
  const good = { answer: () => ({ ok: true, value: 5 }) as const };

  it('in a capability ends the run, and the next one goes well', async () => {
    const sandbox = start({ workers: 1 });
    const failing = { answer: () => Promise.reject(new Error('disk full')) };
    await expect(runHandler(sandbox, small, failing)).rejects.toThrow('disk full');
    expect(await runHandler(sandbox, small, good)).toMatchObject({ kind: 'error', message: 'ok' });
  });

  it('in the shape of an answer ends the run, and the next one goes well', async () => {
    const sandbox = start({ workers: 1 });
    const failing = { answer: () => ({ ok: true, value: 'five' }) as const };
    await expect(runHandler(sandbox, small, failing)).rejects.toMatchObject({
      code: 'internal',
      message: /expected a whole number from 0, found string/,
    });
    expect(await runHandler(sandbox, small, good)).toMatchObject({ kind: 'error', message: 'ok' });
  });

  it('in reading a component rejects', async () => {
    const sandbox = start();
    const run = sandbox.run({
      handler: 'gone',
      component: () => Promise.reject(new Error('no such file')),
      situation: SITUATION,
      limits: DEFAULT_LIMITS.cycle,
      onCall: () => Promise.resolve({ ok: true, value: null }),
    });
    await expect(run).rejects.toThrow('no such file');
  });
});

describe('the worker', () => {
  it('dies of what no limit names, and the next run goes well', async () => {
    const sandbox = start({ workers: 1, heapMib: 48 });
    const wat = readFileSync(new URL('../adversarial/guests/proposal-condition-bomb.wat', import.meta.url), 'utf8');
    const bomb = await buildCore(wat.replace('40000', '2000000'), { pages: 1_024 });
    expect(await runHandler(sandbox, bomb)).toMatchObject({ kind: 'bound', bound: 'host' });
    expect(await runHandler(sandbox, small, { answer: () => ({ ok: true, value: 5 }) })).toMatchObject({
      kind: 'error',
      message: 'ok',
    });
  });

  it('is replaced after a deadline, and no thread is left over', async () => {
    const before = threads();
    const sandbox = start({ workers: 1 });
    const spin = await buildCore(readFileSync(new URL('../adversarial/guests/spin.wat', import.meta.url), 'utf8'));
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await runHandler(sandbox, spin, { limits: { fuel: 2 ** 42, deadlineMs: 50 } })).toMatchObject({
        bound: 'deadlineMs',
      });
    }
    await runHandler(sandbox, small, { answer: () => ({ ok: true, value: 5 }) });
    await sandbox.close();
    expect(threads()).toBe(before);
  });
});

/** Worker threads of this process that run. */
function threads(): number {
  return (process.report.getReport() as unknown as { readonly workers: readonly unknown[] }).workers.length;
}

describe('admission', () => {
  it('that takes too long is a refusal', async () => {
    const sandbox = start({ admissionMs: 1 });
    expect(await runHandler(sandbox, script)).toMatchObject({
      kind: 'refused',
      code: 'component.limit',
      message: /within 1 ms/,
    });
  });
});

describe('closing', () => {
  it('ends runs that are under way, refuses new ones and leaves no thread', async () => {
    const before = threads();
    const sandbox = start({ workers: 1 });
    await runHandler(sandbox, small, { answer: () => ({ ok: true, value: 5 }) });
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const never = () => {
      resolve();
      return new Promise<never>(() => {});
    };
    const ends = [runHandler(sandbox, small, { answer: never }), runHandler(sandbox, small, { answer: never })];
    const outcomes = Promise.allSettled(ends);
    await reached;
    await sandbox.close();
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'internal' } },
      { status: 'rejected', reason: { code: 'internal' } },
    ]);
    await expect(runHandler(sandbox, small)).rejects.toMatchObject({ code: 'usage' });
    expect(threads()).toBe(before);
  });
});
