/**
 * The WebAssembly specification's own test suite, and that of each proposal, run on metered modules: every assertion holds metered
 * and unmetered, with the same values and the same traps. What can't be run is pinned by number and reason, so it can't grow unseen.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { COSTS_V1 } from '../../host/wasm/component.ts';
import { OpcodeTable } from '../../host/wasm/opcodes.ts';
import { Writer } from '../../host/wasm/writer.ts';
import { needTools } from '../toolchain/tools.ts';
import { createTally, type Reason, REASONS, SpecRunner, type Tally } from './spec-runner.ts';
import { listSuites, readScripts } from './spec-script.ts';
import { SpecValues } from './spec-values.ts';
import { createMeteredRegime, PLAIN, SpecWorld } from './spec-world.ts';

const OPTIONS = { limits: DEFAULT_LIMITS.component, memoryPages: 65_536, tableElements: 10_000_000 };
const ALLOWANCE = { fuel: 2 ** 42, callDepth: DEFAULT_LIMITS.cycle.callDepth, memoryPages: 2 ** 31 - 1 };

/** What of each suite runs, and what is left out for which reason: exact for the pinned versions of engine, tests and tools. */
const SUITES: {
  readonly [suite: string]: { modules: number; assertions: number; leftOut: { readonly [reason in Reason]?: number } };
} = {
  'annotations': { modules: 58, assertions: 357, leftOut: { text: 202 } },
  'bulk-memory': { modules: 181, assertions: 7302, leftOut: {} },
  'custom-descriptors': { modules: 28, assertions: 324, leftOut: { engine: 499, text: 16 } },
  'custom-page-sizes': { modules: 20, assertions: 127, leftOut: { engine: 46, text: 4 } },
  'exceptions': { modules: 12, assertions: 88, leftOut: { text: 2 } },
  'extended-const': { modules: 69, assertions: 209, leftOut: { text: 3 } },
  'function-references': { modules: 208, assertions: 1575, leftOut: { accepted: 8, text: 67, host: 1 } },
  'gc': { modules: 95, assertions: 676, leftOut: { text: 1 } },
  'memory64': { modules: 141, assertions: 1389, leftOut: { text: 64, accepted: 12 } },
  'multi-memory': { modules: 78, assertions: 812, leftOut: { host: 5 } },
  'multi-value': { modules: 28, assertions: 1064, leftOut: { accepted: 8, text: 82 } },
  'mutable-global': { modules: 21, assertions: 111, leftOut: { differs: 10, host: 1 } },
  'nontrapping-float-to-int-conversions': { modules: 1, assertions: 614, leftOut: {} },
  'reference-types': { modules: 441, assertions: 8627, leftOut: { accepted: 16, text: 36, host: 4, bound: 1 } },
  'relaxed-simd': { modules: 0, assertions: 0, leftOut: { refused: 77 } },
  'sign-extension-ops': { modules: 2, assertions: 870, leftOut: {} },
  'simd': { modules: 474, assertions: 25_006, leftOut: { text: 509 } },
  'tail-call': { modules: 6, assertions: 102, leftOut: { text: 11 } },
  'threads': { modules: 102, assertions: 225, leftOut: { refused: 259, accepted: 8, host: 1, text: 22 } },
  'wasm-v3': { modules: 1118, assertions: 19_407, leftOut: { text: 658, host: 5, bound: 1 } },
  'wide-arithmetic': { modules: 0, assertions: 8, leftOut: { engine: 101 } },
};

/** What the suites use no instruction of: the older encoding of exceptions, which opcodes.test.ts covers. */
const UNUSED = [0x06, 0x07, 0x09, 0x18, 0x19];
/** Structure, `drop`, and nothing else. */
const FREE = [0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x0b, 0x18, 0x19, 0x1a, 0x1f];

const tools = needTools("the specification's test suite", ['wasm-tools', 'spec-tests']);

/** Runs one suite; gives what ran, the metered modules, and all fuel that was used. */
function runSuite(root: string, suite: string): { tally: Tally; outputs: Uint8Array[]; fuel: number } {
  const tally = createTally();
  const values = new SpecValues();
  const outputs: Uint8Array[] = [];
  let fuel = 0;
  for (const script of readScripts(root, suite)) {
    const metered = createMeteredRegime(OPTIONS, ALLOWANCE);
    const worlds = { plain: new SpecWorld(PLAIN, values), metered: new SpecWorld(metered, values) };
    new SpecRunner(script, worlds, values, tally).run();
    outputs.push(...metered.outputs.filter((bytes) => WebAssembly.validate(bytes)));
    fuel += metered.fuelUsed();
  }
  return { tally, outputs, fuel };
}

/** Of one component: wasm-tools takes no more than 1000. */
const MOST_MODULES = 500;

/** A component that is nothing but these core modules, so that one call validates them all. */
function bundle(modules: readonly Uint8Array[]): Uint8Array {
  const out = new Writer(1 << 20).bytes([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]);
  for (const module of modules) out.section(1, module);
  return out.finish();
}

function importsTwice(bytes: Uint8Array): boolean {
  const names = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(
    ({ module, name }) => `${module} ${name}`,
  );
  return new Set(names).size < names.length;
}

describe.skipIf(tools === null)("the specification's test suite, metered", () => {
  const root = tools?.['spec-tests'] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'spec-'));
  const seen = new Set<number>();
  const sums = { modules: 0, assertions: 0 };
  const leftOut = new Map<Reason, number>();
  const lookUp = OpcodeTable.prototype.get;

  beforeAll(() => {
    // Not a spy: it would keep each of millions of calls.
    OpcodeTable.prototype.get = function get(this: OpcodeTable, key) {
      seen.add(key);
      return lookUp.call(this, key);
    };
  });

  afterAll(() => {
    OpcodeTable.prototype.get = lookUp;
    rmSync(folder, { recursive: true });
    const reasons = [...leftOut].map(([reason, count]) => `  ${count} left out: ${REASONS[reason]}`);
    process.stdout.write(
      `specification: ${sums.modules} modules, ${sums.assertions} assertions, ${seen.size} opcodes\n${reasons.join('\n')}\n`,
    );
  });

  it('has the suites that are listed here', () => {
    expect(listSuites(root)).toEqual(Object.keys(SUITES).toSorted());
  });

  it.each(Object.entries(SUITES))(
    '%s holds as unmetered, uses the same fuel twice, and is valid for wasm-tools',
    { timeout: 120_000 },
    (suite, expected) => {
      const { tally, outputs, fuel } = runSuite(root, suite);
      sums.modules += tally.modules;
      sums.assertions += tally.assertions;
      for (const [reason, count] of tally.leftOut) leftOut.set(reason, (leftOut.get(reason) ?? 0) + count);
      expect(tally.failures).toEqual([]);
      const ran = { modules: tally.modules, assertions: tally.assertions, leftOut: Object.fromEntries(tally.leftOut) };
      expect(ran).toEqual(expected);
      expect(runSuite(root, suite).fuel).toBe(fuel);
      expect(validate(outputs)).toEqual([]);
    },
  );

  /** What wasm-tools finds wrong with metered modules. */
  function validate(modules: readonly Uint8Array[]): string[] {
    const file = join(folder, 'modules.wasm');
    // A component may not have a module that imports one name twice.
    const alone = modules.filter(importsTwice);
    const together = modules.filter((bytes) => !importsTwice(bytes));
    const bundles = [];
    for (let first = 0; first < together.length; first += MOST_MODULES)
      bundles.push(bundle(together.slice(first, first + MOST_MODULES)));
    const wrong = [];
    for (const bytes of [...bundles, ...alone]) {
      writeFileSync(file, bytes);
      const { status, stderr } = spawnSync(tools?.['wasm-tools'] ?? '', ['validate', '--features', 'all', file]);
      if (status !== 0) wrong.push(stderr.toString());
    }
    return wrong;
  }

  it('uses every instruction that has a price', () => {
    const table = new OpcodeTable();
    const unused = [];
    for (let key = 0; key < 0x10000; key++) {
      if (lookUp.call(table, key) !== undefined && !seen.has(key)) unused.push(key);
    }
    expect(unused).toEqual(UNUSED);
  });
});

describe('the opcode table', () => {
  it('gives no instruction away by accident', () => {
    const table = new OpcodeTable();
    const free = [];
    for (let key = 0; key < 0x10000; key++) {
      const opcode = table.get(key);
      if (opcode !== undefined && (COSTS_V1.classes[opcode.cost] ?? 0) === 0) free.push(key);
    }
    expect(free).toEqual(FREE);
  });
});
