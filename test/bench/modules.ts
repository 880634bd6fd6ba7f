/**
 * What metering costs real modules of other people (test/wasm/npm-modules.ts), each through its own JavaScript API: metered and
 * unmetered in turn, in one process. Prints JSON: medians of processor time, their ratio, fuel of one run. The glue code's own time is in both.
 */
import { loadMetered, loadPlain } from '../wasm/load-metered.ts';
import { NPM_MODULES, type NpmModule } from '../wasm/npm-modules.ts';

const ROUNDS = 15;
const WARM_UP = 4;
/** A benchmark does so many times the work of a test. */
const SCALE: { readonly [name: string]: number } = {
  'sql.js': 20,
  '@jsquash/jpeg': 4,
  'brotli-wasm': 10,
  'source-map': 60,
  '@chainsafe/as-sha256': 10,
  'wasmoon': 20,
  'hash-wasm': 40,
};

interface Row {
  readonly module: string;
  readonly kind: string;
  readonly plainMs: number;
  readonly meteredMs: number;
  readonly ratio: number;
  readonly fuel: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** Processor time of this thread, which other programs on the machine disturb less than they do the clock on the wall. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function measure({ name, kind, size, load }: NpmModule): Promise<Row> {
  const plain = await loadPlain(load);
  const { result: metered, fuelUsed, rearm } = await loadMetered(load);
  const n = size * (SCALE[name] ?? 1);
  const times: [number, number][] = [];
  let fuel = 0;
  for (let turn = 0; turn < WARM_UP + ROUNDS; turn++) {
    rearm();
    const begin = threadMs();
    const expected = await plain(n);
    const between = threadMs();
    const found = await metered(n);
    const end = threadMs();
    if (found !== expected) throw new Error(`${name}: expected ${expected}, found ${found}`);
    fuel = fuelUsed();
    if (turn >= WARM_UP) times.push([between - begin, end - between]);
  }
  const [plainMs, meteredMs] = [median(times.map(([time]) => time)), median(times.map(([, time]) => time))];
  const ratio = median(times.map(([one, other]) => other / one));
  return { module: name, kind, plainMs: round(plainMs), meteredMs: round(meteredMs), ratio: round(ratio), fuel };
}

const rows = [];
for (const module of NPM_MODULES) rows.push(await measure(module));
const medianRatio = median(rows.map(({ ratio }) => ratio));
process.stdout.write(`${JSON.stringify({ node: process.version, rounds: ROUNDS, rows, medianRatio }, null, 2)}\n`);
