/**
 * The fuel of a handler on StarlingMonkey, 12 MB of it, in the sandbox and under wasmtime: the same, and the same answer. And that of one
 * built with the SDK, as `sojourn build` does it.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { buildHandler } from '../../host/sandbox/build.ts';
import { componentizeBundle } from '../../host/sandbox/build-engine.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { type Handler, toHandler } from '../sandbox/guest-builds.ts';
import { runHandler, SITUATION } from '../sandbox/run-handler.ts';
import { createComparison } from './wasmtime-comparison.ts';

const comparison = createComparison('fuel of StarlingMonkey under wasmtime');
const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
afterAll(() => sandbox.close());

async function compare(handler: Handler): Promise<void> {
  const prepared = await comparison?.prepare(handler);
  const result = await runHandler(sandbox, handler);
  expect(result).toMatchObject({ kind: 'proposal' });
  expect(prepared?.run(SITUATION)).toEqual(prepared?.expected(result));
}

describe.skipIf(comparison === null)('the same fuel and the same answer under wasmtime', () => {
  it('for a handler on StarlingMonkey', async () => {
    const code = readFileSync(new URL('./guests/sort.js', import.meta.url), 'utf8');
    const sourceMap = '{"version":3,"sources":[],"names":[],"mappings":""}';
    await compare(toHandler(Uint8Array.from(await componentizeBundle({ code, sourceMap }, 'starlingmonkey'))));
  });

  it('for a handler made with the SDK', async () => {
    const entry = fileURLToPath(new URL('./guests/plan.ts', import.meta.url));
    const { component } = await buildHandler({ entry, engine: 'quickjs' });
    await compare(toHandler(Uint8Array.from(component)));
  });
});
