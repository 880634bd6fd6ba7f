/**
 * The meter module: it holds the counters that every metered module imports, and nothing else. `counter` packs two numbers, so
 * that one instruction charges both: fuel left in the upper bits, call depth left in the lowest 20. Depth that runs below 0
 * sets bit 19, fuel that runs below 0 sets the sign; one test at a function's entry sees either.
 */
import { SojournError } from '../errors.ts';

/** Changes whenever the same component would give another count: part of every object. */
export const METER_VERSION = 1;

/** The module name under which metered modules import the meter. Guests can't use it, nor export a name that begins so. */
export const METER_MODULE = 'sojourn:meter';

/** Begins the names of what modules export to be restored (kept-state.ts): then the kind, a slash, and the index among its kind. */
export const KEPT_PREFIX = `${METER_MODULE}/kept/`;

/** The meter module's globals, all mutable. A host in JavaScript knows the meter by these names. */
export const METER_EXPORTS = {
  counter: 'sojourn:meter/counter',
  memory: 'sojourn:meter/memory',
  bound: 'sojourn:meter/bound',
} as const;

/** Width of the depth field of the counter, its sign bit included. */
export const DEPTH_BITS = 20n;
/** Set in the counter when the depth ran below 0. */
export const DEPTH_SIGN = 1n << (DEPTH_BITS - 1n);
/** Bytes of a page, as a power of 2. */
export const PAGE_BITS = 16n;
export const DEPTH_MASK = (1n << DEPTH_BITS) - 1n;

/** Inclusive maxima of what `armMeter` takes: the counter has no room for more. */
export const METER_MAXIMA = { fuel: 2 ** 42, callDepth: Number(DEPTH_SIGN) - 1, memoryPages: 2 ** 31 - 1 } as const;

/** Codes in the meter's `bound` global. Fuel and call depth show in the counter itself. */
export const BOUND_MEMORY = 3;
export const BOUND_TABLE = 4;
export const BOUND_HOST = 5;

/** The bound that stopped a guest; `host` where the engine refused growth that no limit forbade. */
export type MeterBound = 'fuel' | 'callDepth' | 'memoryPages' | 'tableElements' | 'host';

const NAMED_BOUNDS: readonly (readonly [code: number, bound: MeterBound])[] = [
  [BOUND_MEMORY, 'memoryPages'],
  [BOUND_TABLE, 'tableElements'],
  [BOUND_HOST, 'host'],
];

/** The exports of an instance of the meter module, as `WebAssembly.Instance` gives them. */
export type MeterGlobals = {
  readonly [name in (typeof METER_EXPORTS)[keyof typeof METER_EXPORTS]]: { value: unknown };
};

export interface MeterAllowance {
  readonly fuel: number;
  readonly callDepth: number;
  /** Pages over all memories, those that instantiation makes included, and of garbage-collected objects all that was ever made. */
  readonly memoryPages: number;
}

export interface MeterReading {
  /** Units left, never below 0. */
  readonly fuel: number;
  /** Null where no bound was hit. A call that returned with its fuel used up has hit `fuel` too. */
  readonly bound: MeterBound | null;
}

/** True for the exports of an instance of the meter module. */
export function isMeter(exports: object): exports is MeterGlobals {
  return METER_EXPORTS.counter in exports && METER_EXPORTS.bound in exports;
}

/**
 * Sets the meter. The meter starts with nothing: it has to be armed as soon as it is instantiated, which in a metered component
 * is before any other core module, so that start functions run under it.
 * Errors: `usage` where a number is no whole number within METER_MAXIMA.
 */
export function armMeter(meter: MeterGlobals, allowance: MeterAllowance): void {
  checkAllowance(allowance);
  meter[METER_EXPORTS.counter].value = packCounter(allowance);
  meter[METER_EXPORTS.memory].value = packMemory(allowance);
  meter[METER_EXPORTS.bound].value = 0;
}

/** Errors: `usage` where a number is no whole number within METER_MAXIMA. */
export function checkAllowance(allowance: MeterAllowance): void {
  for (const name of ['fuel', 'callDepth', 'memoryPages'] as const) {
    const value = allowance[name];
    if (Number.isInteger(value) && value >= 0 && value <= METER_MAXIMA[name]) continue;
    throw new SojournError(
      'usage',
      `meter ${name}: expected a whole number from 0 to ${METER_MAXIMA[name]}, found ${value}`,
    );
  }
}

/** Fuel and call depth as the counter holds them. */
export function packCounter({ fuel, callDepth }: MeterAllowance): bigint {
  return (BigInt(fuel) << DEPTH_BITS) | BigInt(callDepth);
}

/** Bytes that may still be added, as the meter holds them. */
export function packMemory({ memoryPages }: MeterAllowance): bigint {
  return BigInt(memoryPages) << PAGE_BITS;
}

/** Reads fuel and bound; good at any time the guest isn't running, after a trap too. */
export function readMeter(meter: MeterGlobals): MeterReading {
  const counter = counterOf(meter);
  const tooDeep = (counter & DEPTH_SIGN) !== 0n;
  const left = Number((tooDeep ? counter + DEPTH_MASK + 1n : counter) >> DEPTH_BITS);
  const named = NAMED_BOUNDS.find(([code]) => code === meter[METER_EXPORTS.bound].value)?.[1] ?? null;
  return { fuel: Math.max(0, left), bound: named ?? (tooDeep ? 'callDepth' : left < 0 ? 'fuel' : null) };
}

function counterOf(meter: MeterGlobals): bigint {
  const { value } = meter[METER_EXPORTS.counter];
  if (typeof value !== 'bigint')
    throw new SojournError('internal', `meter counter: expected a bigint, found ${typeof value}`);
  return BigInt.asIntN(64, value);
}
