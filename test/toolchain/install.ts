/**
 * Installs the tools that some tests need: `node test/toolchain/install.ts [names]`, all of them where none is named. What is
 * there already is left alone. Needs cargo for crates, Go for its modules, rustup for targets, Python for its packages, and root or sudo for Debian's.
 */
import { spawnSync } from 'node:child_process';
import { CRATES, GO_MODULES, PYTHON_PACKAGES, RUST_TARGETS, SYSTEM } from './versions.ts';
import { installSpecTests } from './spec-tests.ts';
import {
  cratePath,
  findTool,
  goToolPath,
  isCrateTool,
  isGoTool,
  isPythonTool,
  isRustTarget,
  pythonToolPath,
} from './tools.ts';
import type { CrateTool, GoTool, PythonTool, SystemTool, Tool } from './versions.ts';
import { dirname, join } from 'node:path';

const ALL = [
  ...Object.keys(SYSTEM),
  ...Object.keys(CRATES),
  ...Object.keys(GO_MODULES),
  ...Object.keys(PYTHON_PACKAGES),
  ...Object.keys(RUST_TARGETS),
  'spec-tests',
] as Tool[];

/** Optimised, but without what only makes building slow. */
const CARGO_PROFILE = {
  CARGO_PROFILE_RELEASE_DEBUG: '0',
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '2',
};

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): boolean {
  process.stderr.write(`$ ${command} ${args.join(' ')}\n`);
  return spawnSync(command, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...env } }).status === 0;
}

function installCrate(name: CrateTool): boolean {
  const { crate, version, features } = CRATES[name];
  const root = dirname(dirname(cratePath(name)));
  const choice = ['--locked', '--no-default-features', '--features', features.join(',')];
  return run('cargo', ['install', crate, '--version', version, ...choice, '--root', root], CARGO_PROFILE);
}

function installSystem(name: SystemTool): boolean {
  const { packages } = SYSTEM[name];
  if (packages.length === 0) return false;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = (...args: string[]) => {
    const [command = 'apt-get', ...rest] = [...sudo, 'apt-get', ...args];
    return run(command, rest, { DEBIAN_FRONTEND: 'noninteractive' });
  };
  return apt('update', '-qq') && apt('install', '-y', '-qq', ...packages);
}

function installGo(name: GoTool): boolean {
  const { module, version } = GO_MODULES[name];
  return run('go', ['install', `${module}@v${version}`], { GOBIN: dirname(goToolPath(name)) });
}

function installPython(name: PythonTool): boolean {
  const bin = dirname(pythonToolPath(name));
  const requirement = `${name}==${PYTHON_PACKAGES[name].version}`;
  const options = ['--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
  return run('python3', ['-m', 'venv', dirname(bin)]) && run(join(bin, 'pip'), ['install', ...options, requirement]);
}

function installBy(name: Exclude<Tool, 'spec-tests'>): boolean {
  if (isCrateTool(name)) return installCrate(name);
  if (isGoTool(name)) return install('go') && installGo(name);
  if (isPythonTool(name)) return install('python3') && installPython(name);
  if (isRustTarget(name)) return run('rustup', ['target', 'add', name]);
  return installSystem(name);
}

function install(name: Tool): boolean {
  if ('path' in findTool(name)) return true;
  const done = name === 'spec-tests' ? install('wasm-tools') && installSpecTests() : installBy(name);
  const found = findTool(name);
  if (done && 'path' in found) return true;
  process.stderr.write(
    `${name}: expected to install it, ${'missing' in found ? found.missing : 'its installer failed'}\n`,
  );
  return false;
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(ALL as string[]).includes(name));
if (unknown.length > 0) {
  process.stderr.write(`toolchain: expected some of ${ALL.join(', ')}, found ${unknown.join(', ')}\n`);
  process.exitCode = 2;
} else {
  const failed = (names.length > 0 ? (names as Tool[]) : ALL).filter((name) => !install(name));
  if (failed.length > 0) process.exitCode = 1;
}
