/**
 * The same kernels under wasmtime's command line: as they are, with wasmtime's own fuel, and metered by sojourn. Processor time of whole
 * processes, in turn, less what a process takes that calls nothing.
 * Prints JSON; says so where wasmtime is missing. With names, only those kernels: `node test/bench/wasmtime.ts matrix sieve`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { componentize } from 'componentize-qjs';
import { createMeterModule, METER_MODULE, meterComponent, meterModule } from '../../host/wasm/component.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { needTools } from '../toolchain/tools.ts';
import { fromText } from '../wasm/run-metered.ts';
import { KERNELS, SCRIPT, SCRIPT_KERNELS, SCRIPT_WORLD } from './meter-kernels.ts';

const ROUNDS = 9;
/** Of kernels in QuickJS, which take two seconds to compile in each process. */
const SCRIPT_ROUNDS = 3;
const OPTIONS = { limits: DEFAULT_LIMITS.component, memoryPages: 1024, tableElements: 65_536 };
const ALLOWANCE = { fuel: 2 ** 42, callDepth: DEFAULT_LIMITS.cycle.callDepth, memoryPages: 1024 };
const FUEL = ['-W', `fuel=${Number.MAX_SAFE_INTEGER}`];
/** Work in one process: calls of a kernel, or what a kernel in QuickJS is told. */
const WORK: { readonly [kernel: string]: number } = {
  'sha256': 40,
  'sort': 30,
  'matrix': 80,
  'recursion': 60,
  'sieve': 40,
  'interpreter': 20_000_000,
  'json parse': 1500,
};

const DRIVER = `(module (import "kernel" "run" (func $run (param i32) (result i32)))
  (func (export "repeat") (param $n i32) (param $times i32) (result i32) (local $last i32)
    (block $done (loop $l (br_if $done (i32.eqz (local.get $times))) (local.set $last (call $run (local.get $n)))
      (local.set $times (i32.sub (local.get $times) (i32.const 1))) (br $l)))
    (local.get $last)))`;

const WAYS = ['plain', 'fuel', 'metered'] as const;
type Way = (typeof WAYS)[number];

/** One kernel, and the command that does so much of its work in each way. */
interface Kernel {
  readonly name: string;
  readonly rounds: number;
  readonly command: (way: Way, work: number) => readonly string[];
}

interface Ran {
  readonly output: string;
  /** Processor time of the process, in milliseconds. */
  readonly ms: number;
}

/** Runs a command below a shell that tells what it took. */
function run(command: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', '"$@" && times', 'bash', ...command], {
    encoding: 'utf8',
  });
  const lines = stdout.trim().split('\n');
  const spent = [...(lines.at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (status !== 0 || spent.length !== 2) throw new Error(`${command.join(' ')}: ${stderr}`);
  const ms = spent.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0);
  return { output: lines.slice(0, -2).join(), ms };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const round = (value: number): number => Math.round(value * 100) / 100;

type WriteFile = (name: string, bytes: Uint8Array) => string;

async function prepareModules(write: WriteFile): Promise<Kernel[]> {
  const driver = write('driver', await fromText(DRIVER));
  const meter = write('meter', createMeterModule(ALLOWANCE));
  return Promise.all(
    KERNELS.map(async ({ name, text, n }) => {
      const bytes = await fromText(text);
      const plain = ['--preload', `kernel=${write(name, bytes)}`];
      const metered = `kernel=${write(`${name} metered`, meterModule(bytes, OPTIONS))}`;
      const args = {
        plain,
        fuel: [...FUEL, ...plain],
        metered: ['--preload', `${METER_MODULE}=${meter}`, '--preload', metered],
      };
      const command: Kernel['command'] = (way, work) => [...args[way], '--invoke', 'repeat', driver, `${n}`, `${work}`];
      return { name, rounds: ROUNDS, command };
    }),
  );
}

async function prepareScripts(folder: string, write: WriteFile): Promise<Kernel[]> {
  writeFileSync(join(folder, 'bench.wit'), SCRIPT_WORLD);
  const source = { witPath: folder, jsSource: SCRIPT, world: 'bench' };
  const { component } = await componentize({ ...source, sync: true, stubWasi: true });
  const plain = write('script', component);
  const metered = write('script metered', meterComponent(component, { ...OPTIONS, allowance: ALLOWANCE }).bytes);
  return SCRIPT_KERNELS.map(({ name }) => ({
    name,
    rounds: SCRIPT_ROUNDS,
    command: (way, work) => [
      ...(way === 'fuel' ? FUEL : []),
      '--invoke',
      `run("${name}", ${work})`,
      way === 'metered' ? metered : plain,
    ],
  }));
}

function measure(wasmtime: string, { name, rounds, command }: Kernel): object {
  const spent: Record<Way, number[]> = { plain: [], fuel: [], metered: [] };
  for (let turn = 0; turn < rounds; turn++) {
    const outputs = new Set<string>();
    for (const way of WAYS) {
      const { output, ms } = run([wasmtime, 'run', ...command(way, WORK[name] ?? 1)]);
      outputs.add(output);
      spent[way].push(ms - run([wasmtime, 'run', ...command(way, 0)]).ms);
    }
    if (outputs.size !== 1) throw new Error(`${name}: expected one result, found ${[...outputs].join(', ')}`);
  }
  const ratio = (way: Way): number =>
    round(median(spent[way].map((ms, turn) => ms / (spent.plain[turn] ?? Number.NaN))));
  return { kernel: name, plainMs: median(spent.plain), fuelRatio: ratio('fuel'), meteredRatio: ratio('metered') };
}

const tools = needTools('wasmtime', ['wasmtime']);
if (tools !== null) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmtime-'));
  try {
    const write: WriteFile = (name, bytes) => {
      const path = join(folder, `${name}.wasm`);
      writeFileSync(path, bytes);
      return path;
    };
    const kernels = [...(await prepareScripts(folder, write)), ...(await prepareModules(write))];
    const asked = process.argv.slice(2);
    const chosen = asked.length > 0 ? kernels.filter(({ name }) => asked.includes(name)) : kernels;
    const rows = chosen.map((kernel) => measure(tools.wasmtime, kernel));
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
