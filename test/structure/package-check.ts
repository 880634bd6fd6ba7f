/**
 * Checks the package as its users get it: nothing unused in it (knip), its manifest and types resolve (publint, attw), and once
 * packed and unpacked elsewhere its entry points load, its command line answers and builds the handler that it ships.
 * Prints each step and exits with 1 where one failed. Works without a network.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tool = (name: string) => join(root, 'node_modules', '.bin', name);

/** Below node_modules, so that the package finds its dependencies and Node treats it as an installed one. */
const base = join(root, 'node_modules', '.cache', 'sojourn');
mkdirSync(base, { recursive: true });
const place = mkdtempSync(join(base, 'package-'));

function run(command: string, args: readonly string[], cwd = root): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}

function unpack(): string {
  run('npm', ['pack', '--silent', '--pack-destination', place]);
  const tarball = readdirSync(place).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack: expected a tarball, found none');
  const installed = join(place, 'node_modules', 'sojourn');
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', join(place, tarball), '-C', installed, '--strip-components', '1']);
  return join(place, tarball);
}

const installedFile = (...parts: string[]) => join(place, 'node_modules', 'sojourn', ...parts);
const main = installedFile('dist', 'host', 'cli', 'main.js');
const handler = installedFile('guest', 'handlers', 'purchase-approval', 'handler.ts');
const load = `for (const name of ['sojourn', 'sojourn/node'])
  if (Object.keys(await import(name)).length === 0) throw new Error(name);`;

const steps: readonly (readonly [string, () => void])[] = [
  ['nothing unused', () => run(tool('knip'), ['--no-progress'])],
  ['manifest', () => run(tool('publint'), ['run', unpack(), '--strict'])],
  ['types', () => run(tool('attw'), [tarballPath(), '--profile', 'esm-only', '--no-emoji', '--no-color'])],
  ['entry points', () => run(process.execPath, ['--input-type=module', '-e', load], place)],
  ['command line', () => run(process.execPath, [main, '--help'], place)],
  [
    'build of the handler',
    () => run(process.execPath, [main, 'build', handler, '-o', join(place, 'handler.wasm')], place),
  ],
];

function tarballPath(): string {
  return join(place, readdirSync(place).find((name) => name.endsWith('.tgz')) ?? '');
}

let failed = 0;
for (const [name, step] of steps) {
  process.stdout.write(`— ${name}\n`);
  try {
    step();
  } catch (error) {
    failed += 1;
    process.stdout.write(`${name} failed: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
rmSync(place, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;
