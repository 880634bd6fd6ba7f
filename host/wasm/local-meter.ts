/**
 * The meter of one component among nested ones. Between components only functions cross, so each has counters of its own that
 * follow those of one shared meter: `enter` takes them whenever the component starts to run, `leave` gives them back whenever
 * another one may. Allocators and post-return functions must not call, so they run on what was left when the component last
 * ran, and what they use is taken off at the next `enter` or `settle`.
 */
import { OP } from './counter-code.ts';
import { METER_FUNCTIONS, METER_SIGNATURES, SHARING_FUNCTIONS } from './meter-code.ts';
import {
  BOUND_MEMORY,
  DEPTH_BITS,
  METER_EXPORTS,
  type MeterAllowance,
  packCounter,
  packMemory,
} from './meter-module.ts';
import { assembleModule, type Signature } from './small-module.ts';
import { EMPTY } from './types.ts';
import type { Writer } from './writer.ts';

/** What a local meter exports beside the meter's globals. */
export const LOCAL_FUNCTIONS = ['enter', 'leave', 'settle', 'enter-post', 'leave-post'] as const;
export type LocalFunction = (typeof LOCAL_FUNCTIONS)[number];

/** The name under which the small modules import. */
export const FROM = 'from';

/**
 * Fuel that a post-return function may use, and no memory. It is settled late, so a component of many instances could otherwise use what
 * is left once in each of them.
 */
const POST_FUEL = 2n ** 26n;

const NOTHING: Signature = { params: [], results: [] };
/** Indices of imports, then of globals. */
const [TAKE, TAKE_MEMORY, GIVE] = [0, 1, 2];
const [COUNTER, MEMORY, BOUND, KNOWN, KNOWN_MEMORY, SAVED, SAVED_MEMORY] = [0, 1, 2, 3, 4, 5, 6];

/** `allowance` is what the shared meter starts with. */
export function createLocalMeter(allowance: MeterAllowance): Uint8Array {
  const counter = packCounter(allowance);
  const memory = packMemory(allowance);
  return assembleModule({
    imports: SHARING_FUNCTIONS.map((name) => [FROM, name, METER_SIGNATURES[name]]),
    globals: [
      { name: METER_EXPORTS.counter, value: counter },
      { name: METER_EXPORTS.memory, value: memory },
      { name: METER_EXPORTS.bound, value: 0 },
      { value: counter },
      { value: memory },
      { value: 0n },
      { value: 0n },
    ],
    functions: LOCAL_FUNCTIONS.map((name) => ({ name, signature: NOTHING, body: BODIES[name] })),
  });
}

const BODIES: { readonly [name in LocalFunction]: (out: Writer) => void } = {
  'enter': (out) => {
    writeLoad(out);
    out.bytes([OP.globalGet, COUNTER, OP.i64Const, 0, OP.i64LtS, OP.if, EMPTY, OP.unreachable, OP.end]);
    out.bytes([OP.globalGet, MEMORY, OP.i64Const, 0, OP.i64LtS, OP.if, EMPTY]);
    out.bytes([OP.i32Const, BOUND_MEMORY, OP.globalSet, BOUND, OP.unreachable, OP.end]);
  },
  'leave': writeGive,
  'settle': (out) => {
    writeLoad(out);
    writeGive(out);
  },
  'enter-post': writeEnterPost,
  'leave-post': writeLeavePost,
};

/** The shared counters, less what was used here since they were last known. */
function writeLoad(out: Writer): void {
  out.bytes([OP.call, TAKE, OP.globalGet, KNOWN, OP.i64Sub, OP.globalGet, COUNTER, OP.i64Add, OP.globalSet, COUNTER]);
  out.bytes([OP.call, TAKE_MEMORY, OP.globalGet, KNOWN_MEMORY, OP.i64Sub, OP.globalGet, MEMORY, OP.i64Add]);
  out.bytes([OP.globalSet, MEMORY]);
}

function writeGive(out: Writer): void {
  out.bytes([OP.globalGet, COUNTER, OP.globalGet, MEMORY, OP.call, GIVE]);
  out.bytes([OP.globalGet, COUNTER, OP.globalSet, KNOWN, OP.globalGet, MEMORY, OP.globalSet, KNOWN_MEMORY]);
}

/** Puts by what is over the post-return's own allowance: `saved` is added again afterwards. */
function writeEnterPost(out: Writer): void {
  const most = (): void => void out.byte(OP.i64Const).s64(POST_FUEL << DEPTH_BITS);
  out.bytes([OP.globalGet, COUNTER]);
  most();
  out
    .bytes([OP.i64Sub, OP.i64Const])
    .s64(-1n << DEPTH_BITS)
    .byte(OP.i64And);
  out.bytes([OP.i64Const, 0, OP.globalGet, COUNTER]);
  most();
  out.bytes([OP.i64GtS, OP.select, OP.globalSet, SAVED]);
  out.bytes([OP.globalGet, COUNTER, OP.globalGet, SAVED, OP.i64Sub, OP.globalSet, COUNTER]);
  out.bytes([OP.globalGet, MEMORY, OP.globalSet, SAVED_MEMORY, OP.i64Const, 0, OP.globalSet, MEMORY]);
}

function writeLeavePost(out: Writer): void {
  out.bytes([OP.globalGet, COUNTER, OP.globalGet, SAVED, OP.i64Add, OP.globalSet, COUNTER]);
  out.bytes([OP.globalGet, SAVED_MEMORY, OP.globalSet, MEMORY]);
}

/** A module whose `call` calls the imported `call` between the imported `before` and `after`. */
export function createWrapper(signature: Signature): Uint8Array {
  return assembleModule({
    imports: [
      [FROM, 'before', NOTHING],
      [FROM, 'call', signature],
      [FROM, 'after', NOTHING],
    ],
    functions: [
      {
        name: 'call',
        signature,
        body: (out) => {
          out.bytes([OP.call, 0]);
          for (let index = 0; index < signature.params.length; index++) out.byte(OP.localGet).u32(index);
          out.bytes([OP.call, 1, OP.call, 2]);
        },
      },
    ],
  });
}

/** A module that calls the imported `call` when it is instantiated. */
export function createStarter(): Uint8Array {
  return assembleModule({ imports: [[FROM, 'call', NOTHING]], start: 0 });
}

/** A module whose `settle` calls the imported functions `0`, `1` and so on. */
export function createSettler(count: number): Uint8Array {
  return assembleModule({
    imports: Array.from({ length: count }, (_, index) => [FROM, String(index), NOTHING] as const),
    functions: [
      {
        name: 'settle',
        signature: NOTHING,
        body: (out) => {
          for (let index = 0; index < count; index++) out.byte(OP.call).u32(index);
        },
      },
    ],
  });
}

/** A module with the meter's functions, which lets the imported `settle` bring everything up to date around each. */
export function createFront(): Uint8Array {
  return assembleModule({
    imports: [
      [FROM, 'settle', NOTHING],
      ...METER_FUNCTIONS.map((name) => [FROM, name, METER_SIGNATURES[name]] as const),
    ],
    functions: METER_FUNCTIONS.map((name, index) => ({
      name,
      signature: METER_SIGNATURES[name],
      body: (out) => {
        out.bytes([OP.call, 0]);
        for (let param = 0; param < METER_SIGNATURES[name].params.length; param++) out.byte(OP.localGet).u32(param);
        out.byte(OP.call).u32(1 + index);
        out.bytes([OP.call, 0]);
      },
    })),
  });
}
