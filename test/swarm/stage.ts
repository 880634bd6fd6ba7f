/** What all simulated histories share, the handler and the sandbox, and what must be true at the end of each. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { buildHandler } from '../../host/sandbox/build.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { PERMIT_ALL, policySet } from '../node/policies.ts';
import { runHistory } from './simulation.ts';
import type { History } from './simulation.ts';

const PARTS = 7;
const STEPS = 4_000;
const TOTAL = Array.from({ length: PARTS }, (_, part) => (part + 1) ** 2).reduce((sum, worth) => sum + worth, 0);

export interface Played {
  readonly steps: number;
  readonly cuts: number;
  /** SHA-256 over all objects as they are at the end. */
  readonly digest: string;
}

export interface Stage {
  play(seed: number): Promise<Played>;
  close(): Promise<void>;
}

export async function createStage(): Promise<Stage> {
  const handler = await keptHandler();
  const runner = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
  const policy = policySet(PERMIT_ALL);

  async function play(seed: number): Promise<Played> {
    const history = await runHistory({ handler, runner, policy, parts: PARTS, seed, steps: STEPS });
    await check(history);
    const digest = createHash('sha256');
    for (const name of [...history.copies.keys()].toSorted()) digest.update(history.copies.get(name)?.bytes ?? '');
    return { steps: history.steps, cuts: history.cuts, digest: digest.digest('hex') };
  }

  return { play, close: () => runner.close() };
}

/** Two builds of one handler differ, and with them the ids of all objects: one is kept, so that a seed means the same tomorrow. */
async function keptHandler(): Promise<Uint8Array> {
  const entry = fileURLToPath(new URL('handlers/swarm.ts', import.meta.url));
  const folder = fileURLToPath(new URL('../../node_modules/.cache/sojourn/swarm/', import.meta.url));
  const path = `${folder}${createHash('sha256').update(readFileSync(entry)).digest('hex')}.wasm`;
  if (existsSync(path)) return readFileSync(path);
  const { component } = await buildHandler({ entry, engine: 'quickjs' });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, component);
  renameSync(`${path}.${process.pid}`, path);
  return component;
}

async function check({ result, effects, deliveries, copies, reader }: History): Promise<void> {
  expect(deliveries['fork'] ?? 0).toBe(0);
  expect(result).toEqual({ achieved: true, result: { total: TOTAL } });
  expect(Object.fromEntries(effects)).toEqual(
    Object.fromEntries(Array.from({ length: PARTS }, (_, part) => [`/part-${part}`, 1])),
  );
  expect(copies.size).toBe(1 + PARTS);
  for (const [name, { receipt }] of copies) {
    // the last receipt that any node was given is of what is there: no sealed entry was lost
    const report = await reader.verify(name, receipt === null ? {} : { heads: [receipt] });
    expect({ name, ...report }).toMatchObject({ name, ok: true, signed: true });
  }
}
