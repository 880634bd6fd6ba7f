/**
 * Builds the conformance handler in other languages (guest/handlers/conformance/), with the commands that docs/handlers.md shows.
 * Bindings are generated at build time, and nothing that comes out is kept with the sources.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentNew } from '@bytecodealliance/jco';
import { readContract } from '../../host/sandbox/build-contract.ts';
import { toolFolder } from './tools.ts';

const SOURCES = fileURLToPath(new URL('../../guest/handlers/conformance/', import.meta.url));

/** C against the typed contract: bindings by wit-bindgen, wasi-libc for memory and text, and nothing of WASI in what comes out. */
export function buildC(tools: { readonly 'clang': string; readonly 'wit-bindgen': string }): Promise<Uint8Array> {
  return inScratch(async (folder) => {
    run(tools['wit-bindgen'], ['c', '--world', 'handler', '--out-dir', folder, readContract().witPath], folder);
    const sources = ['conformance.c', 'calls.c', 'advice.c', 'life.c', 'situation.c', 'text.c'].map((name) =>
      join(SOURCES, 'c', name),
    );
    const bindings = ['handler.c', 'handler_component_type.o'].map((name) => join(folder, name));
    const flags = [
      '--target=wasm32-wasi',
      '-mexec-model=reactor',
      '-Os',
      '-Wall',
      '-Werror',

      '-s',
      '-I',
      folder,
    ];
    run(tools.clang, [...flags, '-o', 'core.wasm', ...sources, ...bindings], folder);
    return componentNew(readFileSync(join(folder, 'core.wasm')));
  });
}

/** Rust against the typed contract. */
export async function buildRust(cargo: string): Promise<Uint8Array> {
  return componentNew(runCargo(cargo, 'rust', 'wasm32-unknown-unknown', 'conformance.wasm'));
}

/** Rust as a command of WASI, which the compiler makes a component of by itself. */
export async function buildRustCommand(cargo: string): Promise<Uint8Array> {
  return runCargo(cargo, 'command', 'wasm32-wasip2', 'conformance-command.wasm');
}

/** What cargo made is kept in the tools' folder, so that a second build takes a second. */
function runCargo(cargo: string, folder: string, triple: string, file: string): Uint8Array {
  const target = join(toolFolder(), 'rust-handlers');
  const args = ['build', '--release', '--locked', '--quiet', '--target', triple];
  run(cargo, args, join(SOURCES, folder), { CARGO_TARGET_DIR: target });
  return readFileSync(join(target, triple, 'release', file));
}

/** Python against the typed contract. WASI is stubbed: a program that reaches for it traps. */
export function buildPython(componentize: string): Promise<Uint8Array> {
  return inScratch(async (folder) => {
    copyFileSync(join(SOURCES, 'python', 'app.py'), join(folder, 'app.py'));
    const world = ['--quiet', '--wit-path', readContract().witPath, '--world', 'handler'];
    run(componentize, [...world, 'componentize', '--stub-wasi', '--output', 'app.wasm', 'app'], folder);
    return readFileSync(join(folder, 'app.wasm'));
  });
}

async function inScratch(build: (folder: string) => Promise<Uint8Array>): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-handler-'));
  try {
    return await build(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: expected to build, found:\n${stdout}${stderr}`);
}
