/**
 * Every opcode of the table, once in a function: the engine must accept the function as it is and as it comes out of the meter,
 * which it would not if the meter misread what follows an opcode.
 */
import { describe, expect, it } from 'vitest';
import { COSTS_V1, meterModule } from '../../host/wasm/component.ts';
import { type Opcode, opcodeKey, OpcodeTable, type Shape } from '../../host/wasm/opcodes.ts';
import { Writer } from '../../host/wasm/writer.ts';
import { OPTIONS } from './run-metered.ts';

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const UNREACHABLE = 0x00;
const END = 0x0b;
const DROP = 0x1a;
const EMPTY = 0x40;

/** Types: 0 a function, 1 a struct of i32 and i8, 2 an array of i8, 3 an array of funcref, 4 an array of i32. */
const TYPES = [5, 0x60, 0, 0, 0x5f, 2, 0x7f, 1, 0x78, 1, 0x5e, 0x78, 1, 0x5e, 0x70, 1, 0x5e, 0x7f, 1];

/** A module with one function, and one or two of everything that an instruction can name. */
function moduleWith(code: readonly number[]): Uint8Array {
  const body = new Writer().sized(new Uint8Array([1, 1, 0x7f, ...code, END]));
  return new Writer()
    .bytes(HEADER)
    .section(1, new Uint8Array(TYPES))
    .section(3, new Uint8Array([1, 0]))
    .section(4, new Uint8Array([1, 0x70, 0, 1]))
    .section(5, new Uint8Array([1, 0, 1]))
    .section(13, new Uint8Array([1, 0, 0]))
    .section(6, new Uint8Array([1, 0x7f, 1, 0x41, 0, END]))
    .section(9, new Uint8Array([1, 5, 0x70, 1, 0xd2, 0, END]))
    .section(12, new Uint8Array([1]))
    .section(10, new Writer().u32(1).bytes(body.view()).finish())
    .section(11, new Uint8Array([1, 1, 1, 0]))
    .finish();
}

const IMMEDIATES: { readonly [shape in Shape]: readonly number[] } = {
  none: [],
  blockType: [EMPTY],
  catches: [EMPTY, 0],
  label: [0],
  labels: [1, 0, 0],
  index: [0],
  index2: [0, 0],
  global: [0],
  local: [0],
  function: [0],
  types: [1, 0x7f],
  memarg: [0, 0xff, 0x7f],
  memargLane: [0, 0, 0],
  s32: [0xff, 0xff, 0xff, 0xff, 0x7f],
  s64: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  bytes4: [1, 2, 3, END],
  bytes8: [1, 2, 3, 4, 5, 6, 7, END],
  bytes16: [1, 2, 3, 4, 5, 6, 7, END, 1, 2, 3, 4, 5, 6, 7, END],
  lane: [1],
  heapType: [0x6e],
  cast: [3, 0, 0x6e, 0x6c],
};

/** What stands in place of the plain form: whole code by opcode, where one instruction alone would be no valid function. */
const WHOLE: { readonly [key: number]: readonly number[] } = {
  0x00: [UNREACHABLE],
  0x02: [0x02, EMPTY, END],
  0x03: [0x03, 0x7f, UNREACHABLE, END, DROP],
  0x04: [UNREACHABLE, 0x04, EMPTY, END],
  0x05: [UNREACHABLE, 0x04, 0x7f, UNREACHABLE, 0x05, UNREACHABLE, END, DROP],
  0x06: [0x06, EMPTY, 0x19, END],
  0x07: [0x06, EMPTY, 0x07, 0, END],
  0x09: [0x06, EMPTY, 0x19, 0x09, 0, END],
  0x0b: [],
  0x18: [0x06, EMPTY, 0x06, EMPTY, 0x18, 0, 0x19, END],
  0x19: [0x06, EMPTY, 0x19, END],
  0x1f: [0x02, EMPTY, 0x1f, EMPTY, 2, 0, 0, 0, 2, 0, END, END],
  0xd6: [0x02, 0x70, UNREACHABLE, 0xd6, 0, UNREACHABLE, END, DROP],
  0xfb18: [0x02, 0x6e, UNREACHABLE, 0xfb, 0x18, 3, 0, 0x6e, 0x6c, UNREACHABLE, END, DROP],
  0xfb19: [0x02, 0x6e, UNREACHABLE, 0xfb, 0x19, 3, 0, 0x6e, 0x6c, UNREACHABLE, END, DROP],
};

/** What follows an opcode where the usual numbers would name a wrong type. */
const SPECIAL: { readonly [key: number]: readonly number[] } = {
  0x06: [0],
  0x1f: [EMPTY, 0],
  0xfb00: [1],
  0xfb01: [1],
  0xfb02: [1, 0],
  0xfb03: [1, 1],
  0xfb04: [1, 1],
  0xfb05: [1, 0],
  0xfb06: [4],
  0xfb07: [4],
  0xfb08: [4, 3],
  0xfb09: [2, 0],
  0xfb0a: [3, 0],
  0xfb0b: [4],
  0xfb0c: [2],
  0xfb0d: [2],
  0xfb0e: [4],
  0xfb10: [4],
  0xfb11: [4, 4],
  0xfb12: [2, 0],
  0xfb13: [3, 0],
};

function codeFor(key: number, shape: Shape): readonly number[] {
  const whole = WHOLE[key];
  if (whole !== undefined) return whole;
  const prefix = key >> 8;
  const number = key & 0xff;
  const opcode = prefix === 0 ? [number] : [prefix, ...new Writer().u32(number).finish()];
  return [UNREACHABLE, ...opcode, ...(SPECIAL[key] ?? IMMEDIATES[shape]), UNREACHABLE];
}

/** Whatever can follow an opcode in this module. */
const TAILS = [...Object.values(IMMEDIATES), ...Object.values(SPECIAL), [EMPTY, END], [0, 0, 0, 0], [1, 1, 1]];

/** Whether the engine takes such an opcode with anything behind it. */
function isAccepted(opcode: readonly number[]): boolean {
  return TAILS.some((tail) => WebAssembly.validate(moduleWith([UNREACHABLE, ...opcode, ...tail, UNREACHABLE])));
}

const table = new OpcodeTable();
const entries = Array.from({ length: 0x10000 }, (_, key) => ({ key, opcode: table.get(key) })).filter(isKnown);

function isKnown(entry: { key: number; opcode: Opcode | undefined }): entry is { key: number; opcode: Opcode } {
  return entry.opcode !== undefined;
}

describe('the opcode table', () => {
  it('has a price for every instruction that it knows', () => {
    expect(entries.length).toBeGreaterThan(430);
    for (const { opcode } of entries) expect(COSTS_V1.classes[opcode.cost]).toBeGreaterThanOrEqual(0);
  });

  it.each(entries)('is right about what follows opcode $key', ({ key, opcode }) => {
    const plain = moduleWith(codeFor(key, opcode.shape));
    expect(WebAssembly.validate(plain)).toBe(true);
    const metered = meterModule(plain, OPTIONS);
    expect(WebAssembly.validate(metered)).toBe(true);
  });

  it('knows every instruction that the engine runs, but threads and relaxed SIMD', () => {
    const known = new Set(entries.map(({ key }) => key));
    const missing = new Map<number, number[]>();
    for (const [prefix, last] of [
      [0x00, 0xfa],
      [0xfb, 0xff],
      [0xfc, 0xff],
      [0xfd, 0x1ff],
      [0xfe, 0xff],
    ] as const) {
      for (let number = 0; number <= last; number++) {
        if (number <= 0xff && known.has(opcodeKey(prefix, number))) continue;
        if (isAccepted(prefix === 0 ? [number] : [prefix, ...new Writer().u32(number).finish()]))
          missing.set(prefix, [...(missing.get(prefix) ?? []), number]);
      }
    }
    const relaxed = Array.from({ length: 0x14 }, (_, index) => 0x100 + index);
    expect(missing.get(0xfd)).toEqual(relaxed);
    expect(missing.get(0xfe)?.length).toBe(67);
    expect([...missing.keys()]).toEqual([0xfd, 0xfe]);
  });

  it('would see an instruction that it does not know', () => {
    for (const { key } of entries.filter(({ key }) => WHOLE[key] === undefined)) {
      const opcode = key < 0x100 ? [key] : [key >> 8, ...new Writer().u32(key & 0xff).finish()];
      expect([key, isAccepted(opcode)]).toEqual([key, true]);
    }
  });
});

describe('operand height', () => {
  // The weight of a frame follows from it, so a wrong stack change would show as another weight.
  it.each(entries.filter(({ key, opcode }) => key >= 0x45 && key <= 0xc4 && opcode.shape === 'none'))(
    'changes with opcode $key as the engine says',
    ({ key, opcode }) => {
      const types = [0x7f, 0x7e, 0x7d, 0x7c];
      const constants: { readonly [type: number]: readonly number[] } = {
        0x7f: [0x41, 0],
        0x7e: [0x42, 0],
        0x7d: [0x43, 0, 0, 0, 0],
        0x7c: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
      };
      const operands = 1 - opcode.delta;
      const accepted = types.some((type) =>
        WebAssembly.validate(
          moduleWith([...Array.from({ length: operands }, () => constants[type] ?? []).flat(), key, DROP]),
        ),
      );
      expect(accepted).toBe(true);
    },
  );
});
