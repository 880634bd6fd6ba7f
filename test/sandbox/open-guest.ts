/** A guest without threads: admitted, in a realm of its own, with its instances' state open to view. */
import { createHash } from 'node:crypto';
import { admitComponent } from '../../host/sandbox/admission.ts';
import { evaluate } from '../../host/sandbox/evaluate.ts';
import { createInstance, loadGuest } from '../../host/sandbox/instance.ts';
import { createRealm } from '../../host/sandbox/realm.ts';
import { collectKept } from '../../host/sandbox/snapshot.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { SITUATION } from './run-handler.ts';
import type { Handler } from './guest-builds.ts';
import type { Instance } from '../../host/sandbox/instance.ts';
import type { RunResult } from '../../host/sandbox/messages.ts';
import type { SnapshotPlan } from '../../host/sandbox/program.ts';
import type { KeptExports } from '../../host/sandbox/snapshot.ts';
import type { CycleLimits } from '../../host/limits.ts';
import type { GuestReply, Situation } from '../../host/ports.ts';

export interface OpenInstance {
  readonly instance: Instance;
  readonly kept: KeptExports;
  run(options?: RunOptions): Promise<{ readonly result: RunResult; readonly byItself: boolean }>;
}

export interface RunOptions {
  readonly situation?: Situation;
  readonly limits?: Partial<CycleLimits>;
  readonly answer?: (operation: string) => GuestReply | Promise<GuestReply>;
}

export interface OpenGuest {
  readonly plan: SnapshotPlan;
  create(limits?: Partial<CycleLimits>): OpenInstance;
}

export async function openGuest(handler: Handler): Promise<OpenGuest> {
  const { memoryPages, tableElements } = DEFAULT_LIMITS.cycle;
  const { program } = await admitComponent(handler.bytes, {
    limits: DEFAULT_LIMITS.component,
    memoryPages,
    tableElements,
  });
  const realm = createRealm();
  return {
    plan: program.snapshot,
    create(limits) {
      const kept: KeptExports = { memories: [], globals: [], tables: [] };
      const watched = {
        ...realm,
        createInstance: (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
          const core = realm.createInstance(module, imports);
          collectKept(core.exports, kept);
          return core;
        },
      };
      const instance = createInstance(watched, loadGuest(realm, program), { ...DEFAULT_LIMITS.cycle, ...limits });
      return { instance, kept, run: (options) => runOn(instance, options) };
    },
  };
}

async function runOn(instance: Instance, options: RunOptions = {}) {
  let result: RunResult | null = null;
  let failure: Error | null = null;
  const byItself = await evaluate(instance, {
    situation: options.situation ?? SITUATION,
    limits: { ...DEFAULT_LIMITS.cycle, ...options.limits },
    call: async (operation) => (await options.answer?.(operation)) ?? { ok: true, value: 5 },
    done: (found) => (result = found),
    broken: (error) => (failure = new Error('a reply broke the contract', { cause: error })),
  });
  if (failure !== null) throw failure as Error;
  if (result === null) throw new Error('expected a result, found none');
  return { result: result as RunResult, byItself };
}

/** Everything that an instance keeps, to be compared. Functions are told apart by their place in their own module. */
export function readState({ memories, globals, tables }: KeptExports) {
  return {
    memories: memories.map(({ buffer }) => createHash('sha256').update(new Uint8Array(buffer)).digest('hex')),
    globals: globals.map(({ value }) => nameOf(value)),
    tables: tables.map((table) => Array.from({ length: Number(table.length) }, (_, index) => nameOf(table.get(index)))),
  };
}

function nameOf(value: unknown): unknown {
  return typeof value === 'function' ? `function ${value.name}` : value;
}
