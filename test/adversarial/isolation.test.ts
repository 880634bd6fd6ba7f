/** What one evaluation leaves behind, the next cannot find; and nothing tells a guest the time, chance or machine it runs at. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { HandlerRunner } from '../../host/ports.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildCore, buildScript } from '../sandbox/guest-builds.ts';
import { runHandler, told } from '../sandbox/run-handler.ts';

vi.setConfig({ testTimeout: 120_000 });
let sandbox: HandlerRunner;

beforeAll(() => {
  sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
});
afterAll(() => sandbox.close());

describe('an evaluation', () => {
  it('finds no byte, global or table slot of the one before, in memory that it grows neither', async () => {
    const wat = readFileSync(new URL('guests/isolated.wat', import.meta.url), 'utf8');
    const guest = await buildCore(wat);
    const other = await buildCore(`${wat} (func)`);
    const run = (handler: typeof guest, order: number) =>
      runHandler(sandbox, handler, { answer: () => ({ ok: true, value: order }) });
    for (const next of [guest, guest, other, guest]) {
      expect(await run(guest, 1)).toMatchObject({ kind: 'error', message: '00' });
      expect(await run(next, 2)).toMatchObject({ kind: 'error', message: '00' });
    }
  });

  it('in JavaScript finds nothing that another left, and the same world each time', async () => {
    const script = await buildScript(new URL('guests/probe.js', import.meta.url));
    const secret = 'the secret of another object';
    const probe = (input: string) => runHandler(sandbox, script, { situation: told({ input }) });
    const first = await probe('');
    expect(first).toMatchObject({ kind: 'proposal' });
    for (let turn = 0; turn < 3; turn += 1) {
      await probe(secret);
      // the same result to the letter, and the same fuel to the unit
      expect(await probe('')).toEqual(first);
    }
    const second = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
    try {
      expect(await runHandler(second, script, { situation: told({ input: '' }) })).toEqual(first);
    } finally {
      await second.close();
    }
  });
});
