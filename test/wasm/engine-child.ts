/** Runs metered modules from standard input and prints how each ended: for comparing engines, which are V8 under several flags. */
import { readFileSync } from 'node:fs';
import type { MeterAllowance } from '../../host/wasm/component.ts';
import { run, start } from './run-metered.ts';

export interface Job {
  /** A metered module in base64, with an export `run`. */
  readonly module: string;
  readonly allowance: MeterAllowance;
  readonly argument: number;
}

const jobs = JSON.parse(readFileSync(0, 'utf8')) as Job[];
const results = jobs.map(({ module, allowance, argument }) =>
  run(start(Buffer.from(module, 'base64'), allowance), 'run', argument),
);
process.stdout.write(JSON.stringify(results));
