/** Hostile guests: each ends as its case says, names the bound, and leaves the sandbox as it was. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildCore, buildScript } from '../sandbox/guest-builds.ts';
import { runHandler, told } from '../sandbox/run-handler.ts';
import { CORE_CASES, REFUSED_CASES, SCRIPT_CASES } from './cases.ts';
import { readFileSync } from 'node:fs';
import type { Handler } from '../sandbox/guest-builds.ts';
import type { Case } from './cases.ts';
import type { GuestCall, HandlerRunner } from '../../host/ports.ts';

let sandbox: HandlerRunner;
let script: Handler;
let wellBehaved: Handler;

beforeAll(async () => {
  sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
  script = await buildScript(new URL('guests/hostile.js', import.meta.url));
  wellBehaved = await buildCore(readFileSync(new URL('guests/well-behaved.wat', import.meta.url), 'utf8'));
});
afterAll(() => sandbox.close());

async function attack({ guest, limits = {}, answer, way = '', ends, says, calls }: Case): Promise<void> {
  const made: GuestCall[] = [];
  const options = { limits, calls: made, situation: told({ way }), ...(answer === undefined ? {} : { answer }) };
  const result = await runHandler(sandbox, await guest(), options);
  expect(result).toMatchObject(ends);
  if (says !== undefined) expect(result).toHaveProperty('message', expect.stringMatching(says));
  if (calls !== undefined) expect(made).toHaveLength(calls);
  if ('fuel' in result) {
    expect(result.fuel).toBeGreaterThanOrEqual(0);
    expect(result.fuel).toBeLessThanOrEqual(limits.fuel ?? DEFAULT_LIMITS.cycle.fuel);
  }
  expect({}).not.toHaveProperty('polluted');
  expect(globalThis).not.toHaveProperty('pwned');
  await expectGoodOrder();
}

async function expectGoodOrder(): Promise<void> {
  const result = await runHandler(sandbox, wellBehaved, { answer: () => ({ ok: true, value: 5 }) });
  expect(result).toMatchObject({ kind: 'error', message: 'ok', stack: '' });
}

describe('a core module', () => {
  it.each(CORE_CASES)('ends: $name', attack);
});

describe('a script', () => {
  it.each(SCRIPT_CASES)('ends: $name', (attempt) => attack({ ...attempt, guest: () => Promise.resolve(script) }));
});

describe('admission', () => {
  it.each(REFUSED_CASES)('refuses: $name', attack);
});
