/**
 * Holes that WASI shims have had, each tried by a real component, and the host goes on after each. Known of the stock shim: files,
 * environment, terminal and network open by default, exit and blocking calls that take the host along, lengths that are believed.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { GuestCall, HandlerRunner } from '../../host/ports.ts';
import { runHandler } from '../sandbox/run-handler.ts';
import { buildCommand, readCoreImports } from '../sandbox/wasi/commands.ts';
import type { CoreImports } from '../sandbox/wasi/commands.ts';
import { WASI_CASES } from './wasi-cases.ts';
import type { WasiCase } from './wasi-cases.ts';
import { HTTP_CASES } from './wasi-http-cases.ts';

let sandbox: HandlerRunner;
let imports: CoreImports;

beforeAll(async () => {
  sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
  imports = await readCoreImports();
});
afterAll(async () => sandbox.close());

describe.each([...WASI_CASES, ['http', HTTP_CASES] as const])('%s', (_area, cases) => {
  it.each(cases.map((one) => [one.name, one] as const))('does not give a guest: %s', async (_name, one) => {
    await attempt(one);
  });
});

async function attempt({ body, ends, says, calls, answer }: WasiCase): Promise<void> {
  const made: GuestCall[] = [];
  const handler = await buildCommand(imports, body);
  const options = { calls: made, ...(answer === undefined ? {} : { answer }) };
  const result = await runHandler(sandbox, handler, options);
  const reported = { kind: 'proposal', proposal: { action: { val: { result: String(ends) } } } };
  expect(result).toMatchObject(typeof ends === 'number' ? reported : ends);
  if (says !== undefined) expect(result).toHaveProperty('message', expect.stringMatching(says));
  if (calls !== undefined) expect(made.map(({ operation }) => operation)).toEqual(calls);
  const again = await runHandler(sandbox, handler, options);
  expect(again).toEqual(result);
}
