/** Runs metered modules from standard input and prints how each ended: for comparing engines, which are V8 under several flags. */
import { readFileSync } from 'node:fs';
import {
  armMeter,
  createMeterModule,
  isMeter,
  METER_MODULE,
  type MeterAllowance,
  readMeter,
} from '../../host/wasm/component.ts';

export interface Job {
  /** A metered module in base64, with an export `run`. */
  readonly module: string;
  readonly allowance: MeterAllowance;
  readonly argument: number;
}

function runJob({ module, allowance, argument }: Job): object {
  const { exports: meter } = new WebAssembly.Instance(new WebAssembly.Module(createMeterModule()));
  if (!isMeter(meter)) throw new Error('not a meter');
  armMeter(meter, allowance);
  const compiled = new WebAssembly.Module(Buffer.from(module, 'base64'));
  const { run } = new WebAssembly.Instance(compiled, { [METER_MODULE]: meter }).exports;
  if (typeof run !== 'function') throw new Error('no run');
  try {
    const value: unknown = run(argument);
    return { ended: 'returned', value, ...readMeter(meter) };
  } catch (error) {
    return { ended: error instanceof WebAssembly.RuntimeError ? 'trapped' : String(error), ...readMeter(meter) };
  }
}

const jobs = JSON.parse(readFileSync(0, 'utf8')) as Job[];
process.stdout.write(JSON.stringify(jobs.map(runJob)));
