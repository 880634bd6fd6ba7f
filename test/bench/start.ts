/**
 * How soon a host gives its first result: with nothing kept (cold), with the handler in the cache on disk (warm), and again in the
 * same process. Each start is a process of its own that runs the built package (`npm run build` first); the median of several.
 * Prints JSON. Run it with `node test/bench/start.ts`, or `node test/bench/start.ts quickjs` for one engine.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentizeBundle } from '../../host/sandbox/build-engine.ts';

const CHILD = fileURLToPath(new URL('start-child.ts', import.meta.url));
const STARTS = 9;
const SOURCE = `
import { now } from 'sojourn:object/clock@0.2.0';
export function handle(situation) {
  const result = JSON.stringify({ goal: situation.intent.goal });
  return { action: { tag: 'termination', val: { achieved: true, result } }, rationale: '', confidence: 1 };
}`;

interface Start {
  readonly fromProcessMs: number;
  readonly fromSandboxMs: number;
  /** From the sandbox on, all threads together: what other work on the machine disturbs least. */
  readonly processorMs: number;
  readonly againMs: number;
  readonly longestTurnMs: number;
  readonly fuel: number;
}

function median(starts: readonly Start[], name: keyof Start): number {
  const sorted = starts.map((start) => start[name]).toSorted((left, right) => left - right);
  return Math.round((sorted[sorted.length >> 1] ?? Number.NaN) * 10) / 10;
}

function summarise(starts: readonly Start[]) {
  return {
    starts: starts.length,
    fromProcessMs: median(starts, 'fromProcessMs'),
    fromSandboxMs: median(starts, 'fromSandboxMs'),
    processorMs: median(starts, 'processorMs'),
    againMs: median(starts, 'againMs'),
    longestTurnMs: median(starts, 'longestTurnMs'),
    fuel: median(starts, 'fuel'),
  };
}

if (!existsSync(new URL('../../dist/host/index.js', import.meta.url))) {
  process.stderr.write('start: expected the built package, found none: npm run build\n');
  process.exit(2);
}
const home = mkdtempSync(join(tmpdir(), 'sojourn-start-'));
const report: Record<string, unknown> = {};
const asked = process.argv.slice(2);
for (const engine of ['quickjs', 'starlingmonkey'] as const) {
  if (asked.length > 0 && !asked.includes(engine)) continue;
  const component = await componentizeBundle({ code: SOURCE, sourceMap: '{}' }, engine);
  const path = join(home, `${engine}.wasm`);
  writeFileSync(path, component);
  const start = (cache: string): Start => {
    const args = [CHILD, path, cache, join(home, 'secret')];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`start: expected exit code 0, found ${status}: ${stderr}`);
    return JSON.parse(stdout) as Start; // start-child.ts prints it
  };
  const cold = [1, 2, 3].map((turn) => start(join(home, `${engine}-${turn}`)));
  const warm = Array.from({ length: STARTS }, () => start(join(home, `${engine}-1`)));
  report[engine] = { componentBytes: component.length, cold: summarise(cold), warm: summarise(warm) };
}
rmSync(home, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
