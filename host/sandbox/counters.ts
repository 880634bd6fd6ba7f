/**
 * The counters of one evaluation. However many meter modules a component has (one for each nested component), an evaluation
 * has one instance, armed before any code of the guest runs; start functions are counted like everything else.
 */
import { DEPTH_MASK, METER_EXPORTS, armMeter, isMeter, readMeter } from '../wasm/component.ts';
import { SojournError } from '../errors.ts';
import type { CoreModule } from './program.ts';
import type { Realm } from './realm.ts';
import type { Bound, CycleLimits } from '../limits.ts';
import type { MeterGlobals } from '../wasm/component.ts';

export interface Counters {
  /** Instantiates a core module of this evaluation. */
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance;
  /** Fuel used so far, from 0 to the limit. */
  fuelUsed(): number;
  /** The bound that the meter stopped the guest at, or null. */
  bound(): Bound | null;
  /** True while code of the guest is on the stack. */
  running(): boolean;
}

interface Meter {
  readonly instance: WebAssembly.Instance;
  readonly globals: MeterGlobals;
}

/** `modules` says which of them is the meter's; a guest's own module is never taken for it, whatever it exports. */
export function createCounters(realm: Realm, modules: Iterable<CoreModule>, limits: CycleLimits): Counters {
  const meterModules = new Set(
    Array.from(modules)
      .filter(({ meter }) => meter)
      .map(({ module }) => module),
  );
  let meter: Meter | null = null;
  return {
    instantiate(module, imports) {
      if (!meterModules.has(module)) return realm.createInstance(module, imports);
      meter ??= startMeter(realm.createInstance(module, imports), limits);
      return meter.instance;
    },
    fuelUsed: () => (meter === null ? 0 : limits.fuel - readMeter(meter.globals).fuel),
    bound: () => (meter === null ? null : readMeter(meter.globals).bound),
    running: () => meter !== null && depthLeft(meter.globals) !== limits.callDepth,
  };
}

function startMeter(instance: WebAssembly.Instance, limits: CycleLimits): Meter {
  const { exports: globals } = instance;
  if (!isMeter(globals)) throw new SojournError('internal', 'meter: expected its exports, found others');
  armMeter(globals, limits);
  return { instance, globals };
}

function depthLeft(globals: MeterGlobals): number {
  const { value } = globals[METER_EXPORTS.counter];
  return typeof value === 'bigint' ? Number(value & DEPTH_MASK) : 0;
}
