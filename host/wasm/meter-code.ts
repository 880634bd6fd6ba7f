/**
 * The bytes of the meter module: the globals that metered modules import (meter-module.ts), and functions over them that any engine
 * can call, once they are lifted to component functions. What a function says is what armMeter and readMeter say.
 */
import { OP } from './counter-code.ts';
import {
  BOUND_HOST,
  BOUND_MEMORY,
  BOUND_TABLE,
  checkAllowance,
  DEPTH_BITS,
  DEPTH_SIGN,
  METER_EXPORTS,
  METER_MAXIMA,
  METER_VERSION,
  type MeterAllowance,
  packCounter,
  packMemory,
  PAGE_BITS,
} from './meter-module.ts';
import { assembleModule, type Signature } from './small-module.ts';
import { EMPTY, I32, I64 } from './types.ts';
import type { Writer } from './writer.ts';

/** Functions of the exported interface, by the names that they have there. */
export const METER_FUNCTIONS = ['arm', 'fuel-left', 'stopped-by', 'version'] as const;

/** Functions with which nested components take the counters and give them back (local-meter.ts). */
export const SHARING_FUNCTIONS = ['take', 'take-memory', 'give'] as const;

export type MeterFunction = (typeof METER_FUNCTIONS)[number];
export type SharingFunction = (typeof SHARING_FUNCTIONS)[number];

export const METER_SIGNATURES: { readonly [name in MeterFunction | SharingFunction]: Signature } = {
  'arm': { params: [I64, I32, I32], results: [] },
  'fuel-left': { params: [], results: [I64] },
  'stopped-by': { params: [], results: [I32] },
  'version': { params: [], results: [I32] },
  'take': { params: [], results: [I64] },
  'take-memory': { params: [], results: [I64] },
  'give': { params: [I64, I64], results: [] },
};

/** Cases of the interface's enum `bound`, in order of the codes that `stopped-by` gives. */
export const METER_BOUND_CASES = ['nothing', 'fuel', 'call-depth', 'memory-pages', 'table-elements', 'host'] as const;

const FUEL_CODE = METER_BOUND_CASES.indexOf('fuel');
const DEPTH_CODE = METER_BOUND_CASES.indexOf('call-depth');

const COUNTER = 0;
const MEMORY = 1;
const BOUND = 2;

export const NO_ALLOWANCE: MeterAllowance = { fuel: 0, callDepth: 0, memoryPages: 0 };

/**
 * Three mutable globals and the functions, all exported. The meter starts with `allowance`: with nothing where it is left out, so
 * that a component that nobody arms stops at once. Errors: `usage` where armMeter would refuse the allowance.
 */
export function createMeterModule(allowance: MeterAllowance = NO_ALLOWANCE): Uint8Array {
  checkAllowance(allowance);
  return assembleModule({
    globals: [
      { name: METER_EXPORTS.counter, value: packCounter(allowance) },
      { name: METER_EXPORTS.memory, value: packMemory(allowance) },
      { name: METER_EXPORTS.bound, value: 0 },
    ],
    functions: [...METER_FUNCTIONS, ...SHARING_FUNCTIONS].map((name) => ({
      name,
      signature: METER_SIGNATURES[name],
      body: BODIES[name],
    })),
  });
}

const BODIES: { readonly [name in MeterFunction | SharingFunction]: (out: Writer) => void } = {
  'arm': writeArm,
  'fuel-left': writeFuelLeft,
  'stopped-by': writeStoppedBy,
  'version': (out) => out.byte(OP.i32Const).s32(METER_VERSION),
  'take': (out) => out.bytes([OP.globalGet, COUNTER]),
  'take-memory': (out) => out.bytes([OP.globalGet, MEMORY]),
  'give': (out) => out.bytes([OP.localGet, 0, OP.globalSet, COUNTER, OP.localGet, 1, OP.globalSet, MEMORY]),
};

/** Traps on what armMeter refuses. */
function writeArm(out: Writer): void {
  out.bytes([OP.localGet, 0, OP.i64Const]).s64(BigInt(METER_MAXIMA.fuel)).byte(OP.i64GtU);
  trapIf(out);
  out.bytes([OP.localGet, 1, OP.i32Const]).s32(METER_MAXIMA.callDepth).byte(OP.i32GtU);
  trapIf(out);
  out.bytes([OP.localGet, 2, OP.i32Const, 0, OP.i32LtS]);
  trapIf(out);
  out.bytes([OP.localGet, 0, OP.i64Const]).s64(DEPTH_BITS).byte(OP.i64Shl);
  out.bytes([OP.localGet, 1, OP.i64ExtendI32U, OP.i64Or, OP.globalSet, COUNTER]);
  out.bytes([OP.localGet, 2, OP.i64ExtendI32U, OP.i64Const]).s64(PAGE_BITS).byte(OP.i64Shl);
  out.bytes([OP.globalSet, MEMORY, OP.i32Const, 0, OP.globalSet, BOUND]);
}

function trapIf(out: Writer): void {
  out.bytes([OP.if, EMPTY, OP.unreachable, OP.end]);
}

function writeFuelLeft(out: Writer): void {
  writeSignedFuel(out);
  out.bytes([OP.i64Const, 0]);
  writeSignedFuel(out);
  out.bytes([OP.i64Const, 0, OP.i64GtS, OP.select]);
}

/** Fuel left, below 0 where it ran out. A depth below 0 has borrowed one unit. */
function writeSignedFuel(out: Writer): void {
  out.bytes([OP.globalGet, COUNTER]);
  writeDepthSign(out);
  out.bytes([OP.i64Const, 1, OP.i64Shl, OP.i64Add, OP.i64Const]).s64(DEPTH_BITS).byte(OP.i64ShrS);
}

/** The depth's sign bit where it stands in the counter. */
function writeDepthSign(out: Writer): void {
  out.bytes([OP.globalGet, COUNTER, OP.i64Const]).s64(DEPTH_SIGN).byte(OP.i64And);
}

/** The codes of the global are those of the enum; fuel and depth show in the counter. */
function writeStoppedBy(out: Writer): void {
  const codes = [BOUND_MEMORY, BOUND_TABLE, BOUND_HOST];
  if (codes.some((code) => METER_BOUND_CASES[code] === undefined)) throw new RangeError('meter: bounds without a case');
  out.bytes([OP.globalGet, BOUND, OP.i32Const, DEPTH_CODE]);
  writeFuelCode(out);
  writeDepthSign(out);
  out.bytes([OP.i64Const, 0, OP.i64Ne, OP.select]);
  out.bytes([OP.globalGet, BOUND, OP.select]);
}

function writeFuelCode(out: Writer): void {
  writeSignedFuel(out);
  out.bytes([OP.i64Const, 0, OP.i64LtS, OP.i32Const, FUEL_CODE, OP.i32Mul]);
}
