/**
 * A world for one script of the specification: its modules, what they registered, and the module `spectest`. Two worlds run each
 * script, one with modules as they are, one with metered ones that share one meter; each step says how it ended.
 */
import { SojournError } from '../../host/errors.ts';
import {
  armMeter,
  METER_EXPORTS,
  METER_MODULE,
  type MeterAllowance,
  type MeterBound,
  meterModule,
  type MeterOptions,
  readMeter,
} from '../../host/wasm/component.ts';
import { DEPTH_MASK } from '../../host/wasm/meter-module.ts';
import { createMeter, type Exports } from './run-metered.ts';
import type { SpecAction, SpecValue } from './spec-script.ts';
import type { CallFunction, SpecValues } from './spec-values.ts';

export type Ended =
  | { readonly kind: 'values'; readonly values: readonly unknown[] }
  | { readonly kind: 'trap' | 'invalid' | 'link'; readonly message: string }
  /** Exhausted is the stack: metered at the bound of the call depth, unmetered at the engine's own. */
  | { readonly kind: 'exhausted' | 'exception' }
  /** The engine's own stack ran out although the meter bounds the depth. */
  | { readonly kind: 'overflow' }
  | { readonly kind: 'bound'; readonly bound: Exclude<MeterBound, 'callDepth'> }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** What prepares a module and stands by while it runs. */
export interface Regime {
  readonly prepare: (bytes: Uint8Array) => Uint8Array;
  readonly imports: WebAssembly.Imports;
  readonly before: () => void;
  /** The bound that was hit, if any. Errors where the meter is left in a wrong state. */
  readonly after: (returned: boolean) => MeterBound | null;
}

export const PLAIN: Regime = { prepare: (bytes) => bytes, imports: {}, before: () => {}, after: () => null };

/** Metered under one meter, armed anew before each step. `fuelUsed` adds up. */
export function createMeteredRegime(
  options: MeterOptions,
  allowance: MeterAllowance,
): Regime & { readonly fuelUsed: () => number; readonly outputs: readonly Uint8Array[] } {
  const { instance, meter } = createMeter(allowance);
  const outputs: Uint8Array[] = [];
  let used = 0;
  return {
    prepare(bytes) {
      const metered = meterModule(bytes, options);
      outputs.push(metered);
      return metered;
    },
    outputs,
    imports: { [METER_MODULE]: instance.exports },
    before() {
      const { value: memory } = meter[METER_EXPORTS.memory];
      armMeter(meter, allowance);
      meter[METER_EXPORTS.memory].value = memory;
    },
    after(returned) {
      const { bound, fuel } = readMeter(meter);
      used += allowance.fuel - fuel;
      const depth = Number((meter[METER_EXPORTS.counter].value as bigint) & DEPTH_MASK);
      if (returned && depth !== allowance.callDepth)
        throw new Error(`call depth after a return: expected ${allowance.callDepth}, found ${depth}`);
      return bound;
    },
    fuelUsed: () => used,
  };
}

export class SpecWorld {
  readonly #regime: Regime;
  readonly #values: SpecValues;
  readonly #imports: WebAssembly.Imports;
  readonly #named = new Map<string, Exports>();
  #current: Exports | null = null;

  constructor(regime: Regime, values: SpecValues) {
    this.#regime = regime;
    this.#values = values;
    this.#imports = { ...regime.imports, spectest: createSpectest() };
  }

  /** Compiles and instantiates, and makes the instance the current one. */
  instantiate(bytes: Uint8Array, name?: string): Ended {
    this.#current = null;
    if (name !== undefined) this.#named.delete(name);
    return this.#attempt(() => {
      this.#current = this.#create(bytes);
      if (name !== undefined) this.#named.set(name, this.#current);
      return [];
    });
  }

  /** The same for an instance that nothing else is to see. */
  tryInstantiate(bytes: Uint8Array): Ended {
    return this.#attempt(() => {
      this.#create(bytes);
      return [];
    });
  }

  #create(bytes: Uint8Array): Exports {
    const module = new WebAssembly.Module(this.#regime.prepare(bytes));
    return new WebAssembly.Instance(module, this.#imports).exports;
  }

  /** Whether the module is refused or invalid; nothing is run. */
  compile(bytes: Uint8Array): Ended {
    return this.#attempt(() => {
      void new WebAssembly.Module(this.#regime.prepare(bytes));
      return [];
    });
  }

  has(name?: string): boolean {
    return this.#find(name) !== null;
  }

  register(as: string, name?: string): void {
    const exports = this.#find(name);
    if (exports === null) delete this.#imports[as];
    else this.#imports[as] = { ...exports };
  }

  isRegistered(name: string): boolean {
    return this.#imports[name] !== undefined;
  }

  run(action: SpecAction, expected: readonly SpecValue[] | null): Ended {
    const target = this.#find(action.module)?.[action.field];
    if (action.type === 'get') return { kind: 'values', values: crossGlobal(target, expected?.[0]?.type) };
    if (typeof target !== 'function') throw new Error(`no function ${action.field}`);
    const call = this.#values.prepare(target as CallFunction, action.args ?? [], expected);
    return this.#attempt(() => {
      const result = call();
      return Array.isArray(result) ? result : result === undefined ? [] : [result];
    });
  }

  #find(name?: string): Exports | null {
    return name === undefined ? this.#current : (this.#named.get(name) ?? null);
  }

  #attempt(act: () => readonly unknown[]): Ended {
    this.#regime.before();
    try {
      const values = act();
      const bound = this.#regime.after(true);
      return bound === null ? { kind: 'values', values } : stopped(bound);
    } catch (error) {
      const bound = this.#regime.after(false);
      if (bound !== null) return stopped(bound);
      const ended = classify(error);
      return ended.kind === 'exhausted' && this.#regime !== PLAIN ? { kind: 'overflow' } : ended;
    }
  }
}

function stopped(bound: MeterBound): Ended {
  return bound === 'callDepth' ? { kind: 'exhausted' } : { kind: 'bound', bound };
}

function classify(error: unknown): Ended {
  if (error instanceof SojournError) return { kind: 'refused', code: error.code, message: error.message };
  if (error instanceof WebAssembly.Exception) return { kind: 'exception' };
  if (error instanceof WebAssembly.RuntimeError) return { kind: 'trap', message: error.message };
  if (error instanceof WebAssembly.CompileError) return { kind: 'invalid', message: error.message };
  // The JavaScript API's word for an import from a module that isn't there.
  if (error instanceof WebAssembly.LinkError || (error instanceof TypeError && error.message.includes('Import #')))
    return { kind: 'link', message: error.message };
  if (error instanceof RangeError && error.message.includes('call stack')) return { kind: 'exhausted' };
  throw error;
}

/** A global as an adapter would hand it over: floats as their bits. */
function crossGlobal(global: unknown, type: string | undefined): readonly unknown[] {
  if (!(global instanceof WebAssembly.Global)) throw new Error('no such global');
  const { value } = global;
  if (type === 'f32') return [new Int32Array(new Float32Array([value as number]).buffer)[0]];
  if (type === 'f64') return [new BigInt64Array(new Float64Array([value as number]).buffer)[0]];
  return [value];
}

/** The host module that the specification's scripts import. Its functions print in the original, and do nothing here. */
function createSpectest(): Record<string, unknown> {
  const global = (type: string, value: unknown): unknown => new WebAssembly.Global({ value: type }, value);
  const names = ['', '_i32', '_i64', '_f32', '_f64', '_i32_f32', '_f64_f64'];
  return {
    ...Object.fromEntries(names.map((name) => [`print${name}`, () => {}])),
    global_i32: global('i32', 666),
    global_i64: global('i64', 666n),
    global_f32: global('f32', 666.6),
    global_f64: global('f64', 666.6),
    table: new WebAssembly.Table({ initial: 10, maximum: 20, element: 'anyfunc' }),
    table64: new WebAssembly.Table({ initial: 10n, maximum: 20n, element: 'anyfunc', address: 'i64' }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
    shared_memory: new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }),
  };
}
