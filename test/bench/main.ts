/**
 * Runs every benchmark of this folder, one after the other, each in a process of its own. With names, only those:
 * `npm run bench -- policy meter`. Prints what each prints; the figures that were kept are in README.md beside this file.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Parts of a benchmark, not one of their own. */
const PARTS = new Set(['main.ts', 'start-child.ts', 'meter-kernels.ts', 'drive.ts', 'serve-program.ts']);

const all = readdirSync(HERE)
  .filter((name) => name.endsWith('.ts') && !PARTS.has(name))
  .map((name) => name.slice(0, -3))
  .toSorted();
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !all.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`bench: expected ${all.join(', ')}, found ${unknown}\n`);
  process.exit(2);
}
let failed = 0;
for (const name of asked.length > 0 ? asked : all) {
  process.stdout.write(`\n== ${name}\n`);
  const { status } = spawnSync(process.execPath, [`${HERE}${name}.ts`], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) failed++;
}
process.exitCode = failed > 0 ? 1 : 0;
