/**
 * The counters of one instance of a component. However many meter modules it has (one for each nested component), it has one
 * instance of the meter, armed before any code of the guest runs; start functions are counted like everything else. Armed anew
 * for a later evaluation, the counters stand where the later evaluation's own limits would have left them after instantiation.
 */
import {
  DEPTH_BITS,
  DEPTH_MASK,
  METER_EXPORTS,
  armMeter,
  isMeter,
  packMemory,
  readMeter,
} from '../wasm/meter-module.ts';
import { SojournError } from '../errors.ts';
import type { CoreModule } from './program.ts';
import type { Realm } from './realm.ts';
import type { Bound, CycleLimits } from '../limits.ts';
import type { MeterGlobals } from '../wasm/meter-module.ts';

export interface Counters {
  /** Instantiates a core module of the component. */
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance;
  /** To be called once, right after instantiation. */
  noteInstantiated(): void;
  /** True where `rearm` for these limits gives what instantiating under them would have given. */
  fits(limits: CycleLimits): boolean;
  rearm(limits: CycleLimits): void;
  /** Takes all fuel: should the guest ever go on, it is stopped at the next check, whatever it catches. */
  exhaust(): void;
  /** Fuel used so far, from 0 to the limit; what instantiation used is part of it. */
  fuelUsed(): number;
  /** The bound that the meter stopped the guest at, or null. */
  bound(): Bound | null;
  /** True while code of the guest is on the stack. */
  running(): boolean;
}

/** `modules` says which of them is the meter's; a guest's own module is never taken for it, whatever it exports. */
export function createCounters(realm: Realm, modules: Iterable<CoreModule>, first: CycleLimits): Counters {
  const meterModules = new Set(
    Array.from(modules)
      .filter(({ meter }) => meter)
      .map(({ module }) => module),
  );
  let limits = first;
  let meter: { readonly instance: WebAssembly.Instance; readonly globals: MeterGlobals } | null = null;
  let instantiation = { fuel: 0, memory: 0n };
  const fuelUsed = () => (meter === null ? 0 : limits.fuel - readMeter(meter.globals).fuel);
  const memoryUsed = () => (meter === null ? 0n : packMemory(limits) - memoryLeft(meter.globals));
  return {
    instantiate(module, imports) {
      if (!meterModules.has(module)) return realm.createInstance(module, imports);
      if (meter === null) {
        const instance = realm.createInstance(module, imports);
        meter = { instance, globals: metersGlobals(instance) };
        armMeter(meter.globals, limits);
      }
      return meter.instance;
    },
    noteInstantiated() {
      instantiation = { fuel: fuelUsed(), memory: memoryUsed() };
    },
    fits: ({ fuel, callDepth, memoryPages }) =>
      fuel >= instantiation.fuel && callDepth === first.callDepth && memoryPages === first.memoryPages,
    rearm(next) {
      limits = next;
      if (meter === null) return;
      const { fuel, callDepth, memoryPages } = next;
      armMeter(meter.globals, { fuel: fuel - instantiation.fuel, callDepth, memoryPages });
      meter.globals[METER_EXPORTS.memory].value = memoryLeft(meter.globals) - instantiation.memory;
    },
    exhaust() {
      if (meter !== null) meter.globals[METER_EXPORTS.counter].value = (-1n << DEPTH_BITS) | BigInt(limits.callDepth);
    },
    fuelUsed,
    bound: () => (meter === null ? null : readMeter(meter.globals).bound),
    running: () => meter !== null && depthLeft(meter.globals) !== limits.callDepth,
  };
}

function metersGlobals({ exports }: WebAssembly.Instance): MeterGlobals {
  if (!isMeter(exports)) throw new SojournError('internal', 'meter: expected its exports, found others');
  return exports;
}

function memoryLeft(globals: MeterGlobals): bigint {
  const { value } = globals[METER_EXPORTS.memory];
  return typeof value === 'bigint' ? value : 0n;
}

function depthLeft(globals: MeterGlobals): number {
  const { value } = globals[METER_EXPORTS.counter];
  return typeof value === 'bigint' ? Number(value & DEPTH_MASK) : 0;
}
