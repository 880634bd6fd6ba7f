/**
 * Modules of the specification's test suite with bits and bytes changed: the meter must read each as the engine does. What the engine takes
 * comes out of the meter valid or is refused for a limit, a price or a name, never as malformed; nothing but a SojournError is thrown.
 */
import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { meterModule } from '../../host/wasm/component.ts';
import { needTools } from '../toolchain/tools.ts';
import { listSuites, readScripts } from './spec-script.ts';

const OPTIONS = { limits: DEFAULT_LIMITS.component, memoryPages: 65_536, tableElements: 10_000_000 };
const MUTANTS = 60;
const LARGEST = 4000;

const tools = needTools('changed modules of the specification', ['spec-tests']);

/** V8 takes an empty element segment of numbers, which the standard does not. */
const LAX = /^reference type at offset \d+: expected a known one, found 0x7[b-f]$/;

/** The suites' modules, each once. */
function* readModules(root: string): Generator<{ readonly from: string; readonly bytes: Uint8Array }> {
  const seen = new Set<string>();
  for (const suite of listSuites(root)) {
    for (const script of readScripts(root, suite)) {
      for (const command of script.commands) {
        const bytes = 'filename' in command ? script.bytesOf(command) : null;
        if (bytes === null || bytes.length <= 8 || bytes.length > LARGEST) continue;
        const text = Buffer.from(bytes).toString('latin1');
        if (!seen.has(text)) yield { from: `${suite}/${script.name}:${command.line}`, bytes };
        seen.add(text);
      }
    }
  }
}

/** Whole numbers below a bound, the same for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Changes one or two bytes behind the header: mostly one bit, sometimes all of them. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const mutant = bytes.slice();
  for (let left = 1 + random(2); left > 0; left--) {
    const at = 8 + random(mutant.length - 8);
    mutant[at] = random(3) > 0 ? mutant[at]! ^ (1 << random(8)) : random(256);
  }
  return mutant;
}

/** What is wrong with how the meter takes a module; null where nothing is. */
function judge(bytes: Uint8Array, isValid: boolean): string | null {
  try {
    const metered = meterModule(bytes, OPTIONS);
    return isValid && !WebAssembly.validate(metered) ? 'metered, it is invalid' : null;
  } catch (error) {
    if (!(error instanceof SojournError)) return String(error);
    return isValid && error.code === 'component.malformed' && !LAX.test(error.message) ? error.message : null;
  }
}

describe.skipIf(tools === null)('a changed module', () => {
  it('is read as the engine reads it', () => {
    const random = createRandom(Number(process.env['SOJOURN_SEED']));
    const wrong: string[] = [];
    const counts = { valid: 0, invalid: 0 };
    for (const { from, bytes } of readModules(tools?.['spec-tests'] ?? '')) {
      for (let round = 0; round < MUTANTS; round++) {
        const mutant = mutate(bytes, random);
        const isValid = WebAssembly.validate(mutant);
        counts[isValid ? 'valid' : 'invalid']++;
        const fault = judge(mutant, isValid);
        if (fault !== null) wrong.push(`${from}: ${fault}: ${Buffer.from(mutant).toString('hex')}`);
      }
    }
    process.stdout.write(
      `changed modules: ${counts.valid} that the engine takes, ${counts.invalid} that it does not\n`,
    );
    expect(wrong).toEqual([]);
    expect(counts.valid).toBeGreaterThan(10_000);
  });
});
