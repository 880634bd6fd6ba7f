/**
 * What an instruction costs, in fuel units. One unit stands for one plain instruction. A table belongs to one METER_VERSION:
 * changing a number here changes what every object's recorded fuel means.
 */
export type CostClass =
  | 'structure'
  | 'plain'
  | 'load'
  | 'store'
  | 'division'
  | 'simd'
  | 'branchTable'
  | 'call'
  | 'indirectCall'
  | 'throw'
  | 'table'
  | 'bulk'
  | 'grow'
  | 'allocation'
  | 'cast';

export interface CostTable {
  /** Units of one instruction of the class, 0 to 2^20. A class left out has no price: its instructions are refused. */
  readonly classes: { readonly [name in CostClass]?: number };
  /** Bytes of linear memory that one unit fills, copies or initialises: a power of two, given as its exponent. */
  readonly bytesPerUnitLog2: number;
  /** Units for each page of 64 KiB that linear memory grows by. */
  readonly page: number;
  /** Units for each element that a table grows by. Bounds the sum over all tables, which no limit names. */
  readonly tableGrowth: number;
  /** Units for each element that is filled, copied or initialised in a table or an array. */
  readonly element: number;
  /** Units for each byte of a garbage-collected object. Bounds what is allocated on the engine's heap, which no limit names. */
  readonly heapByte: number;
  /** An arm that costs up to this much is charged with the code ahead of it. */
  readonly smallArm: number;
  /** At most so much is charged ahead in one place. */
  readonly aheadMost: number;
}

export const COSTS_V1: CostTable = {
  classes: {
    structure: 0,
    plain: 1,
    load: 1,
    store: 1,
    division: 4,
    simd: 1,
    branchTable: 2,
    call: 4,
    indirectCall: 6,
    throw: 1000,
    table: 2,
    bulk: 8,
    grow: 256,
    allocation: 16,
    cast: 3,
  },
  bytesPerUnitLog2: 3,
  page: 4096,
  tableGrowth: 64,
  element: 1,
  heapByte: 4,
  smallArm: 4,
  aheadMost: 8,
};
