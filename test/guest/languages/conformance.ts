/** Holds the conformance handler of one language to all cases: same calls, same end, and the same fuel in a second run. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import type { GuestCall, HandlerResult, HandlerRunner } from '../../../host/ports.ts';
import { createSandbox } from '../../../host/sandbox/runner.ts';
import type { Value } from '../../../host/value.ts';
import type { Handler } from '../../sandbox/guest-builds.ts';
import { runHandler } from '../../sandbox/run-handler.ts';
import { readCases, readTexts } from './cases.ts';
import type { Case } from './cases.ts';

export interface Language {
  readonly name: string;
  /** Null where it can't be built on this machine; needTools has printed why. */
  readonly build: (() => Promise<Handler>) | null;
  /** True for a command of WASI: no capability calls, and an error is told by its exit. */
  readonly command?: boolean;
}

/** The longest that a build may take where nothing of it is in a cache. */
const BUILD_MS = 600_000;

export function describeConformance({ name, build, command = false }: Language): void {
  describe.skipIf(build === null)(`the conformance handler in ${name}`, () => {
    let sandbox: HandlerRunner;
    let handler: Handler;
    beforeAll(async () => {
      sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
      if (build === null) return;
      handler = await build();
      // admitted here, so that no case has the time of it on its account
      expect(
        await sandbox.admit({
          handler: handler.digest,
          component: async () => handler.bytes,
          limits: DEFAULT_LIMITS.cycle,
        }),
      ).toBeNull();
    }, BUILD_MS);
    afterAll(() => sandbox.close());

    const run = async (of: Case): Promise<{ readonly result: HandlerResult; readonly calls: readonly GuestCall[] }> => {
      const calls: GuestCall[] = [];
      const result = await runHandler(sandbox, handler, {
        situation: of.situation,
        limits: of.limits,
        calls,
        answer: () => of.calls[calls.length - 1]?.reply ?? { ok: false, error: 'unavailable' },
      });
      return { result, calls };
    };

    const cases = readCases().filter((of) => !(command && of.capabilities));
    it.each(cases)('keeps to the case $name', async (of) => {
      const { result, calls } = await run(of);
      const wanted = of.calls.map(({ operation, request }) => ({ operation, request }));
      // a command's standard error is log lines, which a case does not know of
      expect(readTexts(calls.filter((call) => !command || call.operation !== 'log.write') as unknown as Value)).toEqual(
        wanted,
      );
      expectEnd(result, of);
      expect(await run(of)).toEqual({ result, calls });
    });

    it('tells in its size and fuel what it costs', async () => {
      const fuels: string[] = [];
      for (const of of cases.filter((one) => one.name === 'echo-empty' || one.name === 'calls')) {
        const { result } = await run(of);
        expect(result.kind).toBe('proposal');
        fuels.push(`${'fuel' in result ? result.fuel : 0} fuel for ${of.name} (${of.calls.length} calls)`);
      }
      process.stdout.write(`${name}: ${handler.bytes.length} bytes, ${fuels.join(', ')}\n`);
    });
  });
}

function expectEnd(result: HandlerResult, { expected }: Case): void {
  expect(result).toMatchObject({ kind: expected['kind'] });
  if (result.kind === 'proposal') expect(readTexts(result.proposal)).toEqual(expected['proposal']);
  if (result.kind === 'error') expect(result.message.endsWith(String(expected['message']))).toBe(true);
  if (result.kind === 'bound') expect(result.bound).toBe(expected['bound']);
}
