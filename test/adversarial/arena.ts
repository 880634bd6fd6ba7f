/**
 * Where attacks take place: one sandbox for many. A well-behaved handler is under way while an attack runs, another runs after
 * it, and both must be answered as ever; then the host's own realm and its threads are looked at.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { GuestCall, HandlerResult } from '../../host/ports.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildCore } from '../sandbox/guest-builds.ts';
import { runHandler, told } from '../sandbox/run-handler.ts';
import type { Case } from './case.ts';

export interface Arena {
  attack(attempt: Case): Promise<void>;
  /** Ends the sandbox. Fails where a thread of it is left, or memory that was taken has not come back. */
  close(): Promise<void>;
}

const WORKERS = 2;
/** Above the level before the first attack. One attack that keeps what it took keeps tens of megabytes to gigabytes. */
const SLACK_BYTES = 400 * 2 ** 20;
const GOOD = { kind: 'error', message: 'ok', stack: '' };

export async function createArena(): Promise<Arena> {
  const threadsBefore = countThreads();
  const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: WORKERS });
  const wellBehaved = await buildCore(readFileSync(new URL('guests/well-behaved.wat', import.meta.url), 'utf8'));
  const realm = describeRealm();
  const good = async (): Promise<void> => {
    const result = await runHandler(sandbox, wellBehaved, { answer: () => ({ ok: true, value: 5 }) });
    expect(result).toMatchObject(GOOD);
  };
  await good();
  const level = process.memoryUsage().rss;

  return {
    async attack({ guest, limits = {}, answer, way = '', ends, says, calls }) {
      const handler = await guest();
      const waiting = await startWaiting((wait) =>
        runHandler(sandbox, wellBehaved, { answer: () => wait().then(() => ({ ok: true, value: 5 })) }),
      );
      const made: GuestCall[] = [];
      const options = { limits, calls: made, situation: told({ way }), ...(answer === undefined ? {} : { answer }) };
      const result = await runHandler(sandbox, handler, options);
      waiting.release();
      expect(result).toMatchObject(ends);
      if (says !== undefined) expect(result).toHaveProperty('message', expect.stringMatching(says));
      if (calls !== undefined) expect(made).toHaveLength(calls);
      if ('fuel' in result) expectWithin(result.fuel, limits.fuel ?? DEFAULT_LIMITS.cycle.fuel);
      expect(await waiting.result).toMatchObject(GOOD);
      await good();
      expect(describeRealm()).toEqual(realm);
    },
    async close() {
      await sandbox.close();
      expect(countThreads()).toBe(threadsBefore);
      expect(process.memoryUsage().rss - level).toBeLessThan(SLACK_BYTES);
    },
  };
}

function expectWithin(fuel: number, limit: number): void {
  expect(fuel).toBeGreaterThanOrEqual(0);
  expect(fuel).toBeLessThanOrEqual(limit);
}

interface Waiting {
  readonly result: Promise<HandlerResult>;
  readonly release: () => void;
}

/** Starts a run, and returns when it waits for the answer of its call, which it gets once it is released. */
async function startWaiting(run: (wait: () => Promise<void>) => Promise<HandlerResult>): Promise<Waiting> {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const result = run(() => {
    reached.resolve();
    return released.promise;
  });
  await Promise.race([reached.promise, result]);
  return { result, release: released.resolve };
}

/** Worker threads of this process that run. */
function countThreads(): number {
  // the report is documented as an object; its members are not typed
  return (process.report.getReport() as unknown as { readonly workers: readonly unknown[] }).workers.length;
}

/** Names of what the host's realm has, and which of it are functions: what a guest would change to reach the host. */
function describeRealm(): readonly string[] {
  const parts: Readonly<Record<string, object>> = {
    globalThis,
    Object: Object.prototype,
    Function: Function.prototype,
    Array: Array.prototype,
    String: String.prototype,
    Promise: Promise.prototype,
    Map: Map.prototype,
    Uint8Array: Uint8Array.prototype,
    Error: Error.prototype,
    JSON,
    Reflect,
    WebAssembly,
  };
  return Object.entries(parts).map(([name, part]) => `${name}: ${Reflect.ownKeys(part).map(String).join(' ')}`);
}
