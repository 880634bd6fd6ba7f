/**
 * Runs metered modules in a process whose V8 has other flags. The process runs a few lines of JavaScript and no TypeScript: what
 * loads that is WebAssembly too, and takes long under some flags.
 */
import { execFileSync } from 'node:child_process';
import {
  createMeterModule,
  METER_EXPORTS,
  METER_MODULE,
  type MeterAllowance,
  type MeterReading,
  readMeter,
} from '../../host/wasm/component.ts';
import { createMeter } from './run-metered.ts';

export interface Job {
  /** A metered module with an export `run`. */
  readonly module: Uint8Array;
  readonly allowance: MeterAllowance;
  /** Its arguments, call by call. */
  readonly calls: readonly (readonly (number | bigint)[])[];
}

export interface Ran extends MeterReading {
  readonly ended: string;
  /** What the calls gave, as text, up to the first that trapped. */
  readonly values: readonly string[];
}

const CHILD = `
const revive = (key, value) => typeof value === 'string' && /^-?[0-9]+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
const replace = (key, value) => typeof value === 'bigint' ? value + 'n' : value;
const { meterModule, name, jobs } = JSON.parse(require('fs').readFileSync(0, 'utf8'), revive);
const compile = (text) => new WebAssembly.Module(Buffer.from(text, 'base64'));
const meters = compile(meterModule);
const results = jobs.map(({ module, state, calls }) => {
  const meter = new WebAssembly.Instance(meters).exports;
  for (const key in state) meter[key].value = state[key];
  const { run } = new WebAssembly.Instance(compile(module), { [name]: meter }).exports;
  const values = [];
  let ended = 'returned';
  try { for (const call of calls) values.push(String(run(...call))); } catch (error) { ended = error instanceof WebAssembly.RuntimeError ? 'trapped' : String(error); }
  return { ended, values, state: Object.fromEntries(Object.keys(state).map((key) => [key, meter[key].value])) };
});
process.stdout.write(JSON.stringify(results, replace));`;

interface Result {
  readonly ended: string;
  readonly values: readonly string[];
  readonly state: Readonly<Record<string, number | bigint>>;
}

/** Runs all jobs in one process with these flags. */
export function runInEngine(flags: readonly string[], jobs: readonly Job[]): readonly Ran[] {
  const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const input = JSON.stringify(
    {
      meterModule: encode(createMeterModule()),
      name: METER_MODULE,
      jobs: jobs.map(({ module, allowance, calls }) => ({ module: encode(module), state: stateOf(allowance), calls })),
    },
    (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
  );
  const output = execFileSync(process.execPath, [...flags, '-e', CHILD], { encoding: 'utf8', input });
  const revive = (_: string, value: unknown): unknown =>
    typeof value === 'string' && /^-?[0-9]+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
  const results = JSON.parse(output, revive) as Result[];
  return results.map(({ ended, values, state }) => ({ ended, values, ...read(state) }));
}

function stateOf(allowance: MeterAllowance): Record<string, unknown> {
  const { meter } = createMeter(allowance);
  return Object.fromEntries(Object.values(METER_EXPORTS).map((name) => [name, meter[name].value]));
}

function read(state: Result['state']): MeterReading {
  const { meter } = createMeter();
  for (const name of Object.values(METER_EXPORTS)) meter[name].value = state[name];
  return readMeter(meter);
}
