/** A component that exports `handle` may import from WASI as well: QuickJS with its own bindings of it, where nothing is stubbed. */
import { componentize } from 'componentize-qjs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import type { GuestCall, HandlerRunner } from '../../../host/ports.ts';
import { createSandbox } from '../../../host/sandbox/runner.ts';
import { toHandler } from '../guest-builds.ts';
import type { Handler } from '../guest-builds.ts';
import { SITUATION, runHandler } from '../run-handler.ts';

const SOURCE = `
export function handle(situation) {
  globalThis.count = (globalThis.count ?? 0) + 1;
  const result = JSON.stringify([Date.now(), globalThis.count]);
  return { action: { tag: 'termination', val: { achieved: true, result } }, rationale: '', confidence: 1 };
}`;

let sandbox: HandlerRunner;
let handler: Handler;

beforeAll(async () => {
  sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
  const witPath = fileURLToPath(new URL('../../../wit', import.meta.url));
  const built = await componentize({ witPath, jsSource: SOURCE, sync: true, stubWasi: false, world: 'handler' });
  handler = toHandler(Uint8Array.from(built.component));
});
afterAll(() => sandbox.close());

describe('a handler that imports from WASI', () => {
  it('sees the recorded time, and nothing of the run before', async () => {
    const calls: GuestCall[] = [];
    const answer = () => ({ ok: true as const, value: new Uint8Array(32) });
    const first = await runHandler(sandbox, handler, { calls, answer });
    expect(first).toMatchObject({ proposal: { action: { val: { result: `[${SITUATION.now},1]` } } } });
    expect(await runHandler(sandbox, handler, { calls, answer })).toEqual(first);
  });
});
