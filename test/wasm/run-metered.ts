/** What the meter's tests share: modules from text, and instances under an armed meter. */
import { parse } from '@bytecodealliance/jco';
import {
  armMeter,
  createMeterModule,
  isMeter,
  METER_MODULE,
  type MeterAllowance,
  type MeterGlobals,
  meterModule,
  type MeterOptions,
  type MeterReading,
  readMeter,
} from '../../host/wasm/component.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';

export const OPTIONS: MeterOptions = { limits: DEFAULT_LIMITS.component, memoryPages: 64, tableElements: 1000 };
export const ALLOWANCE: MeterAllowance = {
  fuel: 1_000_000,
  callDepth: DEFAULT_LIMITS.cycle.callDepth,
  memoryPages: 64,
};

/** The bytes of a module or component in the text format. */
export async function fromText(text: string): Promise<Uint8Array> {
  return parse(text);
}

export type Exports = Readonly<Record<string, unknown>>;

export interface Metered {
  readonly meter: MeterGlobals;
  /** The instance's exported functions; empty where instantiation trapped. */
  readonly call: (name: string, ...values: unknown[]) => unknown;
  readonly exports: Exports;
}

export function createMeter(allowance: MeterAllowance = ALLOWANCE): {
  instance: WebAssembly.Instance;
  meter: MeterGlobals;
} {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(createMeterModule())));
  const meter = instance.exports;
  if (!isMeter(meter)) throw new Error('not a meter');
  armMeter(meter, allowance);
  return { instance, meter };
}

/** Instantiates a module that was metered already. */
export function start(
  bytes: Uint8Array,
  allowance: MeterAllowance = ALLOWANCE,
  imports: WebAssembly.Imports = {},
): Metered {
  const { instance: meterInstance, meter } = createMeter(allowance);
  const module = new WebAssembly.Module(new Uint8Array(bytes));
  const { exports } = new WebAssembly.Instance(module, { ...imports, [METER_MODULE]: meterInstance.exports });
  return { meter, exports, call: (name, ...values) => callExport(exports, name, values) };
}

export function callExport(exports: Exports, name: string, values: readonly unknown[]): unknown {
  const target = exports[name];
  if (typeof target !== 'function') throw new Error(`no function ${name}`);
  return target(...values);
}

export async function startText(
  text: string,
  allowance: MeterAllowance = ALLOWANCE,
  imports: WebAssembly.Imports = {},
): Promise<Metered> {
  return start(meterModule(await fromText(text), OPTIONS), allowance, imports);
}

/** Runs an export and says how it ended. */
export function run(
  metered: Metered,
  name: string,
  ...values: unknown[]
): { ended: string; value: unknown } & MeterReading {
  try {
    const value = metered.call(name, ...values);
    return { ended: 'returned', value, ...readMeter(metered.meter) };
  } catch (error) {
    return {
      ended: error instanceof WebAssembly.RuntimeError ? 'trapped' : String(error),
      value: undefined,
      ...readMeter(metered.meter),
    };
  }
}
