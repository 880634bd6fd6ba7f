/**
 * The same handler with the same situation uses the same fuel, to the unit, in the sandbox on Node and under the wasmtime command line,
 * and answers the same. Handlers in several languages; none of them makes a call.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Situation } from '../../host/ports.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildCore, buildScript, buildText, type Handler } from '../sandbox/guest-builds.ts';
import { runHandler, SITUATION } from '../sandbox/run-handler.ts';
import { findTool } from '../toolchain/tools.ts';
import { compileC, compileRust, missingRust } from './guest-compilers.ts';
import { COMPOSED, FEATURES, WIDE } from './guest-text.ts';
import { createComparison } from './wasmtime-comparison.ts';

const comparison = createComparison('fuel under wasmtime');
const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
afterAll(() => sandbox.close());

/** Another one: options that are there, empty lists and texts, a wake. */
const OTHER: Situation = {
  ...SITUATION,
  intent: { kind: 'k', goal: '', input: '{"amount":3,"text":"ü\\n\\"quoted\\""}', constraints: '{"a":[]}' },
  context: {
    ...SITUATION.context,
    capabilities: ['tools.call'],
    zones: ['eu', ''],
    budgets: [],
    parent: 'c'.repeat(64),
  },
  trigger: { tag: 'woken', val: { dormancy: 7, signals: [8, 9] } },
  last: { seq: 6, class: 'no-response', action: 'dormancy', reason: null, value: '[1,2]' },
  cycle: 4,
};

async function compare(handler: Handler): Promise<void> {
  const prepared = await comparison?.prepare(handler);
  for (const situation of [SITUATION, OTHER]) {
    const result = await runHandler(sandbox, handler, { situation });
    expect(result).toMatchObject({ kind: 'proposal' });
    expect(prepared?.run(situation)).toEqual(prepared?.expected(result));
  }
}

function unless(missing: string | null, name: string): typeof it {
  if (missing === null) return it;
  process.stderr.write(`fuel of ${name} under wasmtime: left out, because ${missing}\n`);
  return it.skip as typeof it;
}

const clang = findTool('clang');
const linker = findTool('wasm-ld');
const missingC = 'missing' in clang ? clang.missing : 'missing' in linker ? linker.missing : null;

describe.skipIf(comparison === null)('the same fuel and the same answer under wasmtime', { timeout: 240_000 }, () => {
  it('for a handler on QuickJS, which is several components', async () => {
    await compare(await buildScript(new URL('./guests/sort.js', import.meta.url)));
  });

  it('for a handler of components within components, with a resource and texts between them', async () => {
    await compare(await buildText(COMPOSED));
  });

  it.each(Object.entries(FEATURES))('for a handler with %s', async (_, text) => {
    await compare(await buildCore(text));
  });

  it('for a handler with a memory of 64-bit addresses', async () => {
    await compare(await buildCore(WIDE.guest, { beside: WIDE.beside }));
  });

  unless(missingC, 'C')('for a handler in C', async () => {
    await compare(await compileC('path' in clang ? clang.path : ''));
  });

  unless(missingRust(), 'Rust')('for a handler in Rust', async () => {
    await compare(await compileRust());
  });
});
