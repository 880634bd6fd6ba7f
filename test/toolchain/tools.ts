/**
 * Finds the tools of others that some tests need: compilers and engines. Where one is missing, the tests that need it are left out
 * and say so when they run; `npm run toolchain` installs them all, and so does `.ci/run`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CRATES, GO_MODULES, PYTHON_PACKAGES, RUST_TARGETS, SPEC_TESTS, SYSTEM } from './versions.ts';
import type { CrateTool, GoTool, PythonTool, RustTarget, SystemTool, Tool } from './versions.ts';

export type Found = { readonly path: string } | { readonly missing: string };

/** Where everything that is slow to make is kept: `$XDG_CACHE_HOME/sojourn`, or `~/.cache/sojourn`. */
export function toolFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sojourn');
}

/** Where a tool from crates.io is installed, there or not. */
export function cratePath(name: CrateTool): string {
  return join(toolFolder(), `${name}-${CRATES[name].version}`, 'bin', name);
}

/** Where a program that Go builds is installed, there or not. */
export function goToolPath(name: GoTool): string {
  return join(toolFolder(), `${name}-${GO_MODULES[name].version}`, 'bin', name);
}

/** Where a program from the Python package index is installed, there or not: `bin/` of its virtual environment. */
export function pythonToolPath(name: PythonTool): string {
  return join(toolFolder(), `${name}-${PYTHON_PACKAGES[name].version}`, 'bin', name);
}

/** Where the specification's tests lie once they are fetched and converted: `<suite>/<script>/test.json` and its modules. */
export function specTestsPath(): string {
  return join(toolFolder(), `spec-tests-${SPEC_TESTS.version}-${CRATES['wasm-tools'].version}`);
}

export function isCrateTool(name: Tool): name is CrateTool {
  return name in CRATES;
}

export function isGoTool(name: Tool): name is GoTool {
  return name in GO_MODULES;
}

export function isPythonTool(name: Tool): name is PythonTool {
  return name in PYTHON_PACKAGES;
}

export function isRustTarget(name: Tool): name is RustTarget {
  return name in RUST_TARGETS;
}

/** The path of a tool that answers, or why there is none. */
export function findTool(name: Tool): Found {
  if (isCrateTool(name)) {
    const path = cratePath(name);
    if (existsSync(path)) return { path };
    return { missing: `${name} ${CRATES[name].version} is not installed (npm run toolchain -- ${name})` };
  }
  if (name === 'spec-tests') {
    const path = specTestsPath();
    if (existsSync(path)) return { path };
    return { missing: `${name} ${SPEC_TESTS.version} are not installed (npm run toolchain -- ${name})` };
  }
  if (isGoTool(name)) {
    const path = goToolPath(name);
    if (existsSync(path)) return { path };
    return { missing: `${name} ${GO_MODULES[name].version} is not installed (npm run toolchain -- ${name})` };
  }
  if (isPythonTool(name)) {
    const path = pythonToolPath(name);
    if (existsSync(path)) return { path };
    return { missing: `${name} ${PYTHON_PACKAGES[name].version} is not installed (npm run toolchain -- ${name})` };
  }
  if (isRustTarget(name)) return findRustTarget(name);
  return findSystem(name);
}

/** The folder of a target's libraries. */
function findRustTarget(name: RustTarget): Found {
  const { status, stdout } = spawnSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' });
  const path = join(status === 0 ? stdout.trim() : '', 'lib', 'rustlib', name);
  if (status === 0 && existsSync(path)) return { path };
  return { missing: `rustc has no target ${name} (npm run toolchain -- ${name})` };
}

function findSystem(name: SystemTool): Found {
  const { packages, flag } = SYSTEM[name];
  if (spawnSync(name, [flag], { stdio: 'ignore' }).status === 0) return { path: name };
  const hint = packages.length > 0 ? ` (Debian: ${packages.join(' ')})` : '';
  return { missing: `${name} is not on this machine${hint}` };
}

/**
 * The paths of all named tools, or null after printing why the tests of `what` are left out. With SOJOURN_NEED_TOOLS=1, as in
 * CI, a missing tool is an error.
 */
export function needTools<const N extends Tool>(what: string, names: readonly N[]): Readonly<Record<N, string>> | null {
  const found = names.map((name) => [name, findTool(name)] as const);
  const missing = found.flatMap(([, tool]) => ('missing' in tool ? [tool.missing] : []));
  if (missing.length === 0) {
    // every entry has a path now
    return Object.fromEntries(found.map(([name, tool]) => [name, 'path' in tool ? tool.path : ''])) as Record<
      N,
      string
    >;
  }
  const reason = `${what}: left out, because ${missing.join(', and ')}`;
  if (process.env['SOJOURN_NEED_TOOLS'] === '1') throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return null;
}
