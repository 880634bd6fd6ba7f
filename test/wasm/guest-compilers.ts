/** Builds handlers in C and Rust: a core module from the compiler, put behind the contract's world. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew } from '@bytecodealliance/jco';
import { readContract } from '../../host/sandbox/build-contract.ts';
import { type Handler, toHandler } from '../sandbox/guest-builds.ts';

const RUST_TARGET = 'wasm32-unknown-unknown';

/** `compiler` writes a core module that exports `handle`, `cabi_realloc` and `memory`. */
export async function compileHandler(compiler: string, args: (out: string) => readonly string[]): Promise<Handler> {
  const folder = mkdtempSync(join(tmpdir(), 'guest-'));
  try {
    const out = join(folder, 'guest.wasm');
    const { status, stderr } = spawnSync(compiler, args(out), { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${compiler}: ${stderr}`);
    const { witText } = readContract();
    const binary = Uint8Array.from(readFileSync(out));
    return toHandler(await componentNew(await componentEmbed({ binary, witSource: witText, world: 'handler' })));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function compileC(clang: string): Promise<Handler> {
  const source = fileURLToPath(new URL('./guests/hash.c', import.meta.url));
  return compileHandler(clang, (out) => ['--target=wasm32', '-O2', '-nostdlib', '-Wl,--no-entry', '-o', out, source]);
}

export function compileRust(rustc: string): Promise<Handler> {
  const source = fileURLToPath(new URL('./guests/words.rs', import.meta.url));
  const flags = ['--target', RUST_TARGET, '-O', '-C', 'panic=abort', '--edition=2024', '--crate-type=cdylib'];
  return compileHandler(rustc, (out) => [...flags, '-o', out, source]);
}

/** Why no Rust handler can be built with this compiler, or null. */
export function missingTarget(rustc: string): string | null {
  const { stdout } = spawnSync(rustc, ['--print', 'sysroot'], { encoding: 'utf8' });
  if (existsSync(join(stdout.trim(), 'lib', 'rustlib', RUST_TARGET))) return null;
  return `rustc has no target ${RUST_TARGET} (rustup target add ${RUST_TARGET})`;
}
