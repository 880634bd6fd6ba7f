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
} from './meter-module.ts';
import { EMPTY, I32, I64 } from './types.ts';
import { Writer } from './writer.ts';

/** The meter module's functions, by the names that they have in the component's interface. */
export const METER_FUNCTIONS = ['arm', 'fuel-left', 'stopped-by', 'version'] as const;

/** Cases of the interface's enum `bound`, in order of the codes that `stopped-by` gives. */
export const METER_BOUND_CASES = ['nothing', 'fuel', 'call-depth', 'memory-pages', 'table-elements', 'host'] as const;

const FUEL_CODE = METER_BOUND_CASES.indexOf('fuel');
const DEPTH_CODE = METER_BOUND_CASES.indexOf('call-depth');

const COUNTER = 0;
const PAGES = 1;
const BOUND = 2;
const FUNC_TYPES = [
  [3, I64, I32, I32, 0],
  [0, 1, I64],
  [0, 1, I32],
] as const;
const TYPE_OF = { 'arm': 0, 'fuel-left': 1, 'stopped-by': 2, 'version': 2 } as const;

const NOTHING: MeterAllowance = { fuel: 0, callDepth: 0, memoryPages: 0 };

/**
 * Three mutable globals and four functions, all exported. The meter starts with `allowance`: with nothing where it is left out, so
 * that a component that nobody arms stops at once. Errors: `usage` where armMeter would refuse the allowance.
 */
export function createMeterModule(allowance: MeterAllowance = NOTHING): Uint8Array {
  checkAllowance(allowance);
  const types = new Writer().u32(FUNC_TYPES.length);
  for (const type of FUNC_TYPES) types.byte(0x60).bytes(type);
  const functions = new Writer().u32(METER_FUNCTIONS.length);
  for (const name of METER_FUNCTIONS) functions.u32(TYPE_OF[name]);
  const globals = new Writer().u32(3);
  globals.bytes([I64, 1, OP.i64Const]).s64(packCounter(allowance)).byte(OP.end);
  globals.bytes([I32, 1, OP.i32Const]).s32(allowance.memoryPages).byte(OP.end);
  globals.bytes([I32, 1, OP.i32Const, 0, OP.end]);
  const exports = new Writer().u32(3 + METER_FUNCTIONS.length);
  for (const [index, name] of Object.values(METER_EXPORTS).entries()) exports.name(name).byte(0x03).u32(index);
  for (const [index, name] of METER_FUNCTIONS.entries()) exports.name(name).byte(0x00).u32(index);
  const code = new Writer().u32(METER_FUNCTIONS.length);
  for (const name of METER_FUNCTIONS) {
    const body = new Writer().byte(0);
    BODIES[name](body);
    code.sized(body.byte(OP.end).view());
  }
  return new Writer()
    .bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    .section(1, types.view())
    .section(3, functions.view())
    .section(6, globals.view())
    .section(7, exports.view())
    .section(10, code.view())
    .finish();
}

const BODIES: { readonly [name in (typeof METER_FUNCTIONS)[number]]: (out: Writer) => void } = {
  'arm': writeArm,
  'fuel-left': writeFuelLeft,
  'stopped-by': writeStoppedBy,
  'version': (out) => out.byte(OP.i32Const).s32(METER_VERSION),
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
  out.bytes([OP.localGet, 2, OP.globalSet, PAGES, OP.i32Const, 0, OP.globalSet, BOUND]);
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
