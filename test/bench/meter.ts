/**
 * What metering costs: each kernel metered and unmetered in turn, in one process. Prints JSON: medians of times, their ratio, the
 * fuel of one run, and the median of all ratios. Run it with `node test/bench/meter.ts`. Not measured: compilation.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { componentize } from 'componentize-qjs';
import { armMeter, meterComponent, type MeterGlobals, meterModule, readMeter } from '../../host/wasm/component.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { type Guest, instantiateComponent } from '../wasm/run-component.ts';
import { fromText, start } from '../wasm/run-metered.ts';
import { KERNELS, SCRIPT, SCRIPT_KERNELS, SCRIPT_WORLD } from './meter-kernels.ts';

const ROUNDS = 15;
const OPTIONS = { limits: DEFAULT_LIMITS.component, memoryPages: 1024, tableElements: 65_536 };
const RICH = { fuel: 2 ** 42, callDepth: DEFAULT_LIMITS.cycle.callDepth, memoryPages: 1024 };

type Run = (name: string, n: number) => unknown;

interface Measured {
  readonly kernel: string;
  readonly plainMs: number;
  readonly meteredMs: number;
  readonly ratio: number;
  readonly fuel: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function timeMs(run: () => unknown): number {
  const begin = performance.now();
  run();
  return performance.now() - begin;
}

/** Both in turn, so that what disturbs the machine disturbs both; the first rounds are for the compiler. */
function compare(kernel: string, n: number, plain: Run, metered: Run, meter: MeterGlobals): Measured {
  for (let round = 0; round < 4; round++) {
    const results = [plain(kernel, n), metered(kernel, n)];
    if (results[0] !== results[1])
      throw new Error(`${kernel}: expected ${String(results[0])}, found ${String(results[1])}`);
  }
  armMeter(meter, RICH);
  metered(kernel, n);
  const fuel = RICH.fuel - readMeter(meter).fuel;
  const times = Array.from({ length: ROUNDS }, () => {
    armMeter(meter, RICH);
    return [timeMs(() => plain(kernel, n)), timeMs(() => metered(kernel, n))] as const;
  });
  const [plainMs, meteredMs] = [median(times.map(([time]) => time)), median(times.map(([, time]) => time))];
  return { kernel, plainMs, meteredMs, ratio: median(times.map(([one, other]) => other / one)), fuel };
}

async function measureModules(): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { name, text, n } of KERNELS) {
    const bytes = await fromText(text);
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports['run'];
    const { call, meter } = start(meterModule(bytes, OPTIONS), RICH);
    if (typeof plain !== 'function') throw new Error(`${name}: no run`);
    measured.push(
      compare(
        name,
        n,
        (_, size) => plain(size),
        (_, size) => call('run', size),
        meter,
      ),
    );
  }
  return measured;
}

async function measureScripts(): Promise<Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), 'meter-'));
  try {
    writeFileSync(join(folder, 'bench.wit'), SCRIPT_WORLD);
    const { component } = await componentize({
      witPath: folder,
      jsSource: SCRIPT,
      sync: true,
      stubWasi: true,
      world: 'bench',
    });
    const plain = await instantiateComponent(component, {});
    const metered = await instantiateComponent(meterComponent(component, OPTIONS).bytes, {});
    const call =
      (guest: Guest): Run =>
      (kernel, n) =>
        guest.call('run', kernel, n);
    return SCRIPT_KERNELS.map(({ name, n }) => compare(name, n, call(plain), call(metered), metered.meter));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
const measured = [...(await measureScripts()), ...(await measureModules())];
const rows = measured.map((row) => ({
  ...row,
  plainMs: round(row.plainMs),
  meteredMs: round(row.meteredMs),
  ratio: round(row.ratio),
}));
const medianRatio = round(median(measured.map(({ ratio }) => ratio)));
process.stdout.write(`${JSON.stringify({ node: process.version, rounds: ROUNDS, rows, medianRatio }, null, 2)}\n`);
