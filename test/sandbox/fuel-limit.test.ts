import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { HandlerRunner } from '../../host/ports.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildCore, buildScript } from './guest-builds.ts';
import type { Handler } from './guest-builds.ts';
import { runHandler, SITUATION, told } from './run-handler.ts';

let sandbox: HandlerRunner;
let handler: Handler;

beforeAll(async () => {
  sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
  handler = await buildScript(new URL('guests/calls.js', import.meta.url));
}, 60_000);

afterAll(() => sandbox.close());

test('exactly as much fuel as a run uses is enough, and one unit less is not', async () => {
  const run = (fuel: number) =>
    runHandler(sandbox, handler, { situation: told({ only: [], spin: 10 }), limits: { fuel } });
  const full = await run(DEFAULT_LIMITS.cycle.fuel);
  expect(full.kind).toBe('proposal');
  const used = full.kind === 'refused' ? 0 : full.fuel;
  expect(await run(used)).toMatchObject({ kind: 'proposal', fuel: used });
  expect(await run(used - 1)).toMatchObject({ kind: 'bound', bound: 'fuel' });
});

test('an empty text is allocated as any other is, as the canonical ABI has it', async () => {
  const guest = await buildCore('(func (export "handle") (param i32) (result i32) (unreachable))', {
    realloc: '(i32.const 65536)',
  });
  const run = (zones: readonly string[]) =>
    runHandler(sandbox, guest, { situation: { ...SITUATION, context: { ...SITUATION.context, zones } } });
  const [fewer, other, empty] = [await run(['a']), await run(['a', 'b']), await run(['a', ''])];
  expect(empty).toEqual(other);
  expect(fewer).not.toEqual(other);
});
