/** Runs components under the wasmtime command line, and asks wasm-tools whether they are valid. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needTools } from '../toolchain/tools.ts';

export type Invoked = { readonly output: string } | { readonly trap: string };

export interface Wasmtime {
  /** Calls an export of a fresh instance; the call and what comes back are in WAVE. */
  invoke(component: Uint8Array, call: string): Invoked;
}

/** Proposals that the meter prices and that wasmtime has switched off by default. */
const PROPOSALS = 'exceptions,gc,function-references,tail-call,memory64,multi-memory,wide-arithmetic,extended-const';

/** Null, with the reason printed, where the tool is missing. */
export function createWasmtime(what: string): Wasmtime | null {
  const tools = needTools(what, ['wasmtime']);
  if (tools === null) return null;
  return {
    invoke: (component, call) =>
      withFile(component, (path) => {
        // compiled anew for each call, so it had better be quick
        const args = ['run', '-O', 'opt-level=0', '-W', PROPOSALS, '--invoke', call, path];
        const { status, stdout, stderr } = spawnSync(tools.wasmtime, args, {
          encoding: 'utf8',
          env: {},
          timeout: 400_000,
        });
        if (status === 0) return { output: stdout.trim() };
        return { trap: stderr };
      }),
  };
}

export type Validate = (component: Uint8Array) => string;

/** Gives what `wasm-tools validate` finds wrong: nothing for a valid component. Null, with the reason printed, where it is missing. */
export function createValidator(what: string): Validate | null {
  const tools = needTools(what, ['wasm-tools']);
  if (tools === null) return null;
  return (component) =>
    withFile(component, (path) => {
      const { status, stderr, error } = spawnSync(tools['wasm-tools'], ['validate', '--features', 'all', path], {
        encoding: 'utf8',
      });
      if (error !== undefined) throw error;
      return status === 0 ? '' : stderr || `status ${status}`;
    });
}

function withFile<T>(component: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'component-'));
  try {
    const path = join(folder, 'component.wasm');
    writeFileSync(path, component);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
