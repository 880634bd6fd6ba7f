import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { armMeter, METER_EXPORTS, METER_MAXIMA, meterModule, readMeter } from '../../host/wasm/component.ts';
import { KERNELS } from '../bench/meter-kernels.ts';
import { createMeter, fromText, OPTIONS, start } from './run-metered.ts';

const RICH = { fuel: 2 ** 42, callDepth: 20_000, memoryPages: 64 };

/** Fuel of one run of each kernel in `fuel-child.ts`. A change here means a new METER_VERSION. */
const FROZEN = { sha256: 2820744, sort: 2396, matrix: 220593, recursion: 295526, sieve: 502 };

describe('fuel', () => {
  it('is the same to the unit over 20 runs, whichever tier of the compiler they run in', async () => {
    for (const { text } of KERNELS) {
      const guest = start(meterModule(await fromText(text), OPTIONS), RICH);
      const used = new Set<number>();
      for (let round = 0; round < 20; round++) {
        armMeter(guest.meter, RICH);
        guest.call('run', 15);
        used.add(RICH.fuel - readMeter(guest.meter).fuel);
      }
      expect(used.size).toBe(1);
    }
  });

  it('is the same in two other processes, one of which optimises nothing, and the same as ever', () => {
    const child = new URL('fuel-child.ts', import.meta.url).pathname;
    const runs = [[], ['--liftoff-only']].map((flags) =>
      JSON.parse(
        execFileSync(process.execPath, [...flags, '--conditions=sojourn-source', child], { encoding: 'utf8' }),
      ),
    );
    expect(runs).toEqual([FROZEN, FROZEN]);
  });
});

describe('armMeter', () => {
  it('is read back as it was set', () => {
    const { meter } = createMeter({ fuel: METER_MAXIMA.fuel, callDepth: METER_MAXIMA.callDepth, memoryPages: 7 });
    expect(readMeter(meter)).toEqual({ fuel: METER_MAXIMA.fuel, bound: null });
    expect(meter[METER_EXPORTS.memory].value).toBe(7n * 65_536n);
  });

  it.each([
    ['fuel', -1],
    ['fuel', 1.5],
    ['fuel', METER_MAXIMA.fuel + 1],
    ['callDepth', METER_MAXIMA.callDepth + 1],
    ['memoryPages', Number.NaN],
  ])('refuses %s of %d', (name, value) => {
    const { meter } = createMeter();
    expect(() => armMeter(meter, { ...RICH, [name]: value })).toThrow(SojournError);
  });
});
