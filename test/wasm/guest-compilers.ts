/** Builds handlers in C and Rust: a core module from the compiler, put behind the contract's world. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew } from '@bytecodealliance/jco';
import { readContract } from '../../host/sandbox/build-contract.ts';
import { type Handler, toHandler } from '../sandbox/guest-builds.ts';

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

export function compileRust(): Promise<Handler> {
  const source = fileURLToPath(new URL('./guests/words.rs', import.meta.url));
  const target = 'wasm32-unknown-unknown';
  return compileHandler('rustc', (out) => [
    '--target',
    target,
    '-O',
    '-C',
    'panic=abort',
    '--edition=2024',
    '--crate-type=cdylib',
    '-o',
    out,
    source,
  ]);
}

/** Why no Rust handler can be built here, or null. */
export function missingRust(): string | null {
  const { status, stdout } = spawnSync('rustc', ['--print', 'target-list', '--print', 'sysroot'], { encoding: 'utf8' });
  if (status !== 0) return 'rustc is not on this machine';
  const sysroot = stdout.trimEnd().split('\n').at(-1) ?? '';
  const found = spawnSync('ls', [join(sysroot, 'lib', 'rustlib', 'wasm32-unknown-unknown')]).status === 0;
  return found ? null : 'rustc has no target wasm32-unknown-unknown (rustup target add wasm32-unknown-unknown)';
}
