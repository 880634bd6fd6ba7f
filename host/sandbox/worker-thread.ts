/**
 * How the sandbox starts its threads: no environment, no input, no flags of the parent, a bound on the heap. Output is kept from
 * the parent's; reading it in order to throw it away would keep the process alive.
 */
import { Worker } from 'node:worker_threads';

export interface ThreadOptions {
  readonly heapMib: number;
  readonly data?: unknown;
}

const YOUNG_MIB = 32;
const STACK_MIB = 4;

/** `name` is that of a module in this folder; its ending follows this one's, so that source and build both work. */
export function startThread(name: 'worker' | 'admission-worker', { heapMib, data }: ThreadOptions): Worker {
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return new Worker(new URL(`./${name}${ending}`, import.meta.url), {
    name: `sojourn-${name}`,
    env: {},
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: heapMib, maxYoungGenerationSizeMb: YOUNG_MIB, stackSizeMb: STACK_MIB },
  });
}
