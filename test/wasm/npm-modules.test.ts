/**
 * Modules that other people built and published, run metered through their own JavaScript API: they do what they do unmetered, for
 * the same fuel in each fresh copy.
 */
import { describe, expect, it } from 'vitest';
import { loadMetered, loadPlain, withFixedInputs } from './load-metered.ts';
import { NPM_MODULES } from './npm-modules.ts';

describe.each(NPM_MODULES)('$name ($kind)', ({ name, load, size }) => {
  it('gives metered what it gives unmetered, for the same fuel twice', async () => {
    const expected = await (await loadPlain(load))(size);
    expect(expected.length).toBeGreaterThan(16);
    const used = [];
    for (let round = 0; round < 2; round++) {
      const fuel = await withFixedInputs(async () => {
        const { result, fuelUsed } = await loadMetered(load);
        expect(await result(size)).toBe(expected);
        return fuelUsed();
      });
      used.push(fuel);
    }
    expect(used[0]).toBe(used[1]);
    expect(used[0]).toBeGreaterThan(size);
    process.stdout.write(`${name}: ${used[0]} units of fuel\n`);
  });
});
