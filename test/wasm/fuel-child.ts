/** Runs the benchmark's kernels, small, under the meter and prints the fuel of each as JSON: for comparing processes. */
import { meterModule, readMeter } from '../../host/wasm/component.ts';
import { KERNELS } from '../bench/meter-kernels.ts';
import { fromText, OPTIONS, start } from './run-metered.ts';

const RICH = { fuel: 2 ** 42, callDepth: 20_000, memoryPages: 64 };

const used: Record<string, number> = {};
for (const { name, text } of KERNELS) {
  const guest = start(meterModule(await fromText(text), OPTIONS), RICH);
  guest.call('run', 20);
  used[name] = RICH.fuel - readMeter(guest.meter).fuel;
}
process.stdout.write(JSON.stringify(used));
