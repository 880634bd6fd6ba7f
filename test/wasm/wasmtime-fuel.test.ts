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
import { compileC, compileRust, missingTarget } from './guest-compilers.ts';
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
  trigger: { tag: 'woken', val: { dormancy: 7, signals: [8, 9], witnesses: [10] } },
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

/** With exactly the fuel that it uses a handler ends, with one unit less it is stopped: here and there. */
async function compareBound(handler: Handler): Promise<void> {
  const { fuel } = await runHandler(sandbox, handler).then((result) => ('fuel' in result ? result : { fuel: -1 }));
  const enough = await runHandler(sandbox, handler, { limits: { fuel } });
  expect(enough).toMatchObject({ kind: 'proposal', fuel });
  const prepared = await comparison?.prepare(handler, fuel);
  expect(prepared?.runOnce(SITUATION)).toEqual(prepared?.expected(enough));
  expect(await runHandler(sandbox, handler, { limits: { fuel: fuel - 1 } })).toMatchObject({ bound: 'fuel' });
  const less = await comparison?.prepare(handler, fuel - 1);
  expect(less?.runOnce(SITUATION)).toEqual({ trap: expect.stringContaining('unreachable') });
}

/** The path of a tool that answers, or null after printing why a case is left out. */
function find(name: Parameters<typeof findTool>[0], without: string): string | null {
  const found = findTool(name);
  if ('path' in found) return found.path;
  process.stderr.write(`fuel of ${without} under wasmtime: left out, because ${found.missing}\n`);
  return null;
}

function findRust(): string | null {
  const rustc = find('rustc', 'Rust');
  const missing = rustc === null ? null : missingTarget(rustc);
  if (missing !== null) process.stderr.write(`fuel of Rust under wasmtime: left out, because ${missing}\n`);
  return missing === null ? rustc : null;
}

const linker = find('wasm-ld', 'C');
const clang = linker === null ? null : find('clang', 'C');
const rustc = findRust();

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

  it.skipIf(clang === null)('for a handler in C', async () => {
    await compare(await compileC(clang ?? ''));
  });

  it.skipIf(rustc === null)('for a handler in Rust', async () => {
    await compare(await compileRust(rustc ?? ''));
  });
});

describe.skipIf(comparison === null)('the same end of fuel, to the unit, under wasmtime', { timeout: 240_000 }, () => {
  it('in one component', async () => {
    await compareBound(await buildCore(FEATURES['SIMD'] ?? ''));
  });

  it('in components within components', async () => {
    await compareBound(await buildText(COMPOSED));
  });
});
