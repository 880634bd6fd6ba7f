/**
 * Every instruction that the meter knows: what follows the opcode, how the operand stack changes, which price class it has.
 * An instruction that is not here has no price and is refused: threads (0xFE), relaxed SIMD, and whatever comes later.
 * Source: https://webassembly.github.io/spec/core/appendix/index-instructions.html (3.0) and the legacy exception proposal.
 */
import type { CostClass } from './costs.ts';
import { type FloatRole, floatRoles } from './float-opcodes.ts';

/** What follows the opcode. */
export const SHAPES = [
  'none',
  'blockType',
  'catches',
  'label',
  'labels',
  'index',
  'index2',
  'global',
  'local',
  'function',
  'types',
  'memarg',
  'memargLane',
  's32',
  's64',
  'bytes4',
  'bytes8',
  'bytes16',
  'lane',
  'heapType',
  'cast',
] as const;
export type Shape = (typeof SHAPES)[number];

export interface Opcode {
  readonly shape: Shape;
  /** Values pushed less values popped. Where it depends on a type, 0: the scanner works it out. */
  readonly delta: number;
  readonly cost: CostClass;
  /** What it does with the bits of a NaN; undefined where it moves or shows them. */
  readonly float: FloatRole | undefined;
}

/** First and last opcode (within the prefix), what follows, stack change, price class. */
type Row = readonly [first: number, last: number, shape: Shape, delta: number, cost: CostClass];

const MAIN: readonly Row[] = [
  [0x00, 0x01, 'none', 0, 'structure'], // unreachable, nop
  [0x02, 0x03, 'blockType', 0, 'structure'], // block, loop
  [0x04, 0x04, 'blockType', -1, 'plain'], // if
  [0x05, 0x05, 'none', 0, 'structure'], // else
  [0x06, 0x06, 'blockType', 0, 'structure'], // try (legacy)
  [0x07, 0x07, 'index', 0, 'structure'], // catch (legacy)
  [0x08, 0x08, 'index', 0, 'throw'],
  [0x09, 0x09, 'label', 0, 'throw'], // rethrow (legacy)
  [0x0a, 0x0a, 'none', -1, 'throw'], // throw_ref
  [0x0b, 0x0b, 'none', 0, 'structure'], // end
  [0x0c, 0x0c, 'label', 0, 'plain'], // br
  [0x0d, 0x0d, 'label', -1, 'plain'], // br_if
  [0x0e, 0x0e, 'labels', -1, 'branchTable'],
  [0x0f, 0x0f, 'none', 0, 'plain'], // return
  [0x10, 0x10, 'index', 0, 'call'],
  [0x11, 0x11, 'index2', 0, 'indirectCall'],
  [0x12, 0x12, 'index', 0, 'call'], // return_call
  [0x13, 0x13, 'index2', 0, 'indirectCall'],
  [0x14, 0x15, 'index', 0, 'indirectCall'], // call_ref, return_call_ref
  [0x18, 0x18, 'label', 0, 'structure'], // delegate (legacy)
  [0x19, 0x19, 'none', 0, 'structure'], // catch_all (legacy)
  [0x1a, 0x1a, 'none', -1, 'structure'], // drop
  [0x1b, 0x1b, 'none', -2, 'plain'], // select
  [0x1c, 0x1c, 'types', -2, 'plain'],
  [0x1f, 0x1f, 'catches', 0, 'structure'], // try_table
  [0x20, 0x20, 'local', 1, 'plain'], // local.get
  [0x21, 0x21, 'local', -1, 'plain'],
  [0x22, 0x22, 'local', 0, 'plain'],
  [0x23, 0x23, 'global', 1, 'load'],
  [0x24, 0x24, 'global', -1, 'store'],
  [0x25, 0x25, 'index', 0, 'table'],
  [0x26, 0x26, 'index', -2, 'table'],
  [0x28, 0x35, 'memarg', 0, 'load'],
  [0x36, 0x3e, 'memarg', -2, 'store'],
  [0x3f, 0x3f, 'index', 1, 'plain'], // memory.size
  [0x40, 0x40, 'index', 0, 'grow'], // memory.grow
  [0x41, 0x41, 's32', 1, 'plain'],
  [0x42, 0x42, 's64', 1, 'plain'],
  [0x43, 0x43, 'bytes4', 1, 'plain'],
  [0x44, 0x44, 'bytes8', 1, 'plain'],
  [0x45, 0x45, 'none', 0, 'plain'], // i32.eqz
  [0x46, 0x4f, 'none', -1, 'plain'],
  [0x50, 0x50, 'none', 0, 'plain'], // i64.eqz
  [0x51, 0x66, 'none', -1, 'plain'],
  [0x67, 0x69, 'none', 0, 'plain'],
  [0x6a, 0x6c, 'none', -1, 'plain'],
  [0x6d, 0x70, 'none', -1, 'division'],
  [0x71, 0x78, 'none', -1, 'plain'],
  [0x79, 0x7b, 'none', 0, 'plain'],
  [0x7c, 0x7e, 'none', -1, 'plain'],
  [0x7f, 0x82, 'none', -1, 'division'],
  [0x83, 0x8a, 'none', -1, 'plain'],
  [0x8b, 0x90, 'none', 0, 'plain'],
  [0x91, 0x91, 'none', 0, 'division'], // f32.sqrt
  [0x92, 0x94, 'none', -1, 'plain'],
  [0x95, 0x95, 'none', -1, 'division'],
  [0x96, 0x98, 'none', -1, 'plain'],
  [0x99, 0x9e, 'none', 0, 'plain'],
  [0x9f, 0x9f, 'none', 0, 'division'], // f64.sqrt
  [0xa0, 0xa2, 'none', -1, 'plain'],
  [0xa3, 0xa3, 'none', -1, 'division'],
  [0xa4, 0xa6, 'none', -1, 'plain'],
  [0xa7, 0xc4, 'none', 0, 'plain'], // conversions, sign extension
  [0xd0, 0xd0, 'heapType', 1, 'plain'],
  [0xd1, 0xd1, 'none', 0, 'plain'],
  [0xd2, 0xd2, 'function', 1, 'plain'], // ref.func
  [0xd3, 0xd3, 'none', -1, 'plain'],
  [0xd4, 0xd4, 'none', 0, 'plain'],
  [0xd5, 0xd5, 'label', 0, 'plain'], // br_on_null
  [0xd6, 0xd6, 'label', -1, 'plain'], // br_on_non_null
];

const GC: readonly Row[] = [
  [0x00, 0x01, 'index', 0, 'allocation'], // struct.new, struct.new_default
  [0x02, 0x04, 'index2', 0, 'load'],
  [0x05, 0x05, 'index2', -2, 'store'],
  [0x06, 0x06, 'index', -1, 'allocation'], // array.new
  [0x07, 0x07, 'index', 0, 'allocation'],
  [0x08, 0x08, 'index2', 0, 'allocation'], // array.new_fixed
  [0x09, 0x0a, 'index2', -1, 'allocation'], // array.new_data, array.new_elem
  [0x0b, 0x0d, 'index', -1, 'load'],
  [0x0e, 0x0e, 'index', -3, 'store'],
  [0x0f, 0x0f, 'none', 0, 'plain'], // array.len
  [0x10, 0x10, 'index', -4, 'bulk'], // array.fill
  [0x11, 0x11, 'index2', -5, 'bulk'], // array.copy
  [0x12, 0x13, 'index2', -4, 'bulk'], // array.init_data, array.init_elem
  [0x14, 0x17, 'heapType', 0, 'cast'],
  [0x18, 0x19, 'cast', 0, 'cast'], // br_on_cast, br_on_cast_fail
  [0x1a, 0x1e, 'none', 0, 'plain'], // conversions, i31
];

const MISC: readonly Row[] = [
  [0x00, 0x07, 'none', 0, 'plain'], // saturating conversions
  [0x08, 0x08, 'index2', -3, 'bulk'], // memory.init
  [0x09, 0x09, 'index', 0, 'plain'], // data.drop
  [0x0a, 0x0a, 'index2', -3, 'bulk'], // memory.copy
  [0x0b, 0x0b, 'index', -3, 'bulk'], // memory.fill
  [0x0c, 0x0c, 'index2', -3, 'bulk'], // table.init
  [0x0d, 0x0d, 'index', 0, 'plain'], // elem.drop
  [0x0e, 0x0e, 'index2', -3, 'bulk'], // table.copy
  [0x0f, 0x0f, 'index', -1, 'grow'], // table.grow
  [0x10, 0x10, 'index', 1, 'plain'], // table.size
  [0x11, 0x11, 'index', -3, 'bulk'], // table.fill
];

/** The gaps are numbers that the spec leaves free. */
const SIMD: readonly Row[] = [
  [0x00, 0x0a, 'memarg', 0, 'load'],
  [0x0b, 0x0b, 'memarg', -2, 'store'],
  [0x0c, 0x0c, 'bytes16', 1, 'simd'],
  [0x0d, 0x0d, 'bytes16', -1, 'simd'], // shuffle
  [0x0e, 0x0e, 'none', -1, 'simd'],
  [0x0f, 0x14, 'none', 0, 'simd'], // splat
  [0x15, 0x16, 'lane', 0, 'simd'],
  [0x17, 0x17, 'lane', -1, 'simd'],
  [0x18, 0x19, 'lane', 0, 'simd'],
  [0x1a, 0x1a, 'lane', -1, 'simd'],
  [0x1b, 0x1b, 'lane', 0, 'simd'],
  [0x1c, 0x1c, 'lane', -1, 'simd'],
  [0x1d, 0x1d, 'lane', 0, 'simd'],
  [0x1e, 0x1e, 'lane', -1, 'simd'],
  [0x1f, 0x1f, 'lane', 0, 'simd'],
  [0x20, 0x20, 'lane', -1, 'simd'],
  [0x21, 0x21, 'lane', 0, 'simd'],
  [0x22, 0x22, 'lane', -1, 'simd'],
  [0x23, 0x4c, 'none', -1, 'simd'], // comparisons
  [0x4d, 0x4d, 'none', 0, 'simd'],
  [0x4e, 0x51, 'none', -1, 'simd'],
  [0x52, 0x52, 'none', -2, 'simd'], // bitselect
  [0x53, 0x53, 'none', 0, 'simd'],
  [0x54, 0x57, 'memargLane', -1, 'load'],
  [0x58, 0x5b, 'memargLane', -2, 'store'],
  [0x5c, 0x5d, 'memarg', 0, 'load'],
  [0x5e, 0x64, 'none', 0, 'simd'],
  [0x65, 0x66, 'none', -1, 'simd'],
  [0x67, 0x6a, 'none', 0, 'simd'],
  [0x6b, 0x73, 'none', -1, 'simd'],
  [0x74, 0x75, 'none', 0, 'simd'],
  [0x76, 0x79, 'none', -1, 'simd'],
  [0x7a, 0x7a, 'none', 0, 'simd'],
  [0x7b, 0x7b, 'none', -1, 'simd'],
  [0x7c, 0x81, 'none', 0, 'simd'],
  [0x82, 0x82, 'none', -1, 'simd'],
  [0x83, 0x84, 'none', 0, 'simd'],
  [0x85, 0x86, 'none', -1, 'simd'],
  [0x87, 0x8a, 'none', 0, 'simd'],
  [0x8b, 0x93, 'none', -1, 'simd'],
  [0x94, 0x94, 'none', 0, 'simd'],
  [0x95, 0x99, 'none', -1, 'simd'],
  [0x9b, 0x9f, 'none', -1, 'simd'],
  [0xa0, 0xa1, 'none', 0, 'simd'],
  [0xa3, 0xa4, 'none', 0, 'simd'],
  [0xa7, 0xaa, 'none', 0, 'simd'],
  [0xab, 0xae, 'none', -1, 'simd'],
  [0xb1, 0xb1, 'none', -1, 'simd'],
  [0xb5, 0xba, 'none', -1, 'simd'],
  [0xbc, 0xbf, 'none', -1, 'simd'],
  [0xc0, 0xc1, 'none', 0, 'simd'],
  [0xc3, 0xc4, 'none', 0, 'simd'],
  [0xc7, 0xca, 'none', 0, 'simd'],
  [0xcb, 0xce, 'none', -1, 'simd'],
  [0xd1, 0xd1, 'none', -1, 'simd'],
  [0xd5, 0xdf, 'none', -1, 'simd'],
  [0xe0, 0xe1, 'none', 0, 'simd'],
  [0xe3, 0xe3, 'none', 0, 'division'], // f32x4.sqrt
  [0xe4, 0xe6, 'none', -1, 'simd'],
  [0xe7, 0xe7, 'none', -1, 'division'],
  [0xe8, 0xeb, 'none', -1, 'simd'],
  [0xec, 0xed, 'none', 0, 'simd'],
  [0xef, 0xef, 'none', 0, 'division'], // f64x2.sqrt
  [0xf0, 0xf2, 'none', -1, 'simd'],
  [0xf3, 0xf3, 'none', -1, 'division'],
  [0xf4, 0xf7, 'none', -1, 'simd'],
  [0xf8, 0xff, 'none', 0, 'simd'],
];

/** The key of an opcode: prefix in the high byte, so that plain opcodes are their own key. */
export function opcodeKey(prefix: number, number: number): number {
  return prefix * 0x100 + number;
}

/** Keys of prefixed opcodes begin here; the table has no room for those in between. */
const FIRST_PREFIXED = 0xfb00;
const PLAIN = 0x100;

export class OpcodeTable {
  readonly #entries: (Opcode | undefined)[] = Array.from({ length: 4 * PLAIN }, () => undefined);

  constructor() {
    const floats = floatRoles();
    const prefixes: readonly (readonly [number, readonly Row[]])[] = [
      [0, MAIN],
      [0xfb, GC],
      [0xfc, MISC],
      [0xfd, SIMD],
    ];
    for (const [prefix, rows] of prefixes) {
      for (const [first, last, shape, delta, cost] of rows) {
        for (let number = first; number <= last; number++) {
          const key = opcodeKey(prefix, number);
          this.#entries[this.#index(key)] = { shape, delta, cost, float: floats.get(key) };
        }
      }
    }
  }

  /** The opcode of this key, or undefined where it isn't known. */
  get(key: number): Opcode | undefined {
    return this.#entries[this.#index(key)];
  }

  #index(key: number): number {
    if (key < PLAIN) return key;
    return key < FIRST_PREFIXED ? -1 : key - FIRST_PREFIXED + PLAIN;
  }
}
