/**
 * The meter as a component exports it: an instance of plain functions, lifted from the meter module, that any engine can call.
 * It stands behind everything of the guest's, whose indices can only point backwards, so no guest can call it.
 *
 *     package sojourn:meter@1.0.0;
 *     interface meter {
 *       enum bound { nothing, fuel, call-depth, memory-pages, table-elements, host }
 *       arm: func(fuel: u64, call-depth: u32, memory-pages: u32);
 *       fuel-left: func() -> u64;
 *       stopped-by: func() -> bound;
 *       version: func() -> u32;
 *     }
 */
import { CORE, type Scope, SORT } from './component-scope.ts';
import { METER_BOUND_CASES, METER_FUNCTIONS } from './meter-code.ts';
import { Writer } from './writer.ts';

/** The name under which a metered component exports its meter. */
export const METER_INTERFACE = 'sojourn:meter/meter@1.0.0';

const SECTION = { instance: 5, alias: 6, type: 7, canon: 8, export: 11 };
const U32 = 0x79;
const U64 = 0x77;
const ENUM = 0x6d;
const FUNC = 0x40;

const SIGNATURES: {
  readonly [name in (typeof METER_FUNCTIONS)[number]]: {
    readonly params: readonly (readonly [name: string, type: number])[];
    readonly result: number | 'bound' | null;
  };
} = {
  'arm': {
    params: [
      ['fuel', U64],
      ['call-depth', U32],
      ['memory-pages', U32],
    ],
    result: null,
  },
  'fuel-left': { params: [], result: U64 },
  'stopped-by': { params: [], result: 'bound' },
  'version': { params: [], result: U32 },
};

/** Ends a component with its meter as an export; `meter` is the meter's core instance. */
export function exportMeter(out: Writer, scope: Scope, meter: number): void {
  const { alias, types, canon, instance } = createParts();
  const bound = scope.insert(SORT.type);
  types.byte(ENUM).u32(METER_BOUND_CASES.length);
  for (const name of METER_BOUND_CASES) types.name(name);
  instance.byte(0).name('bound').byte(SORT.type).u32(bound);
  for (const name of METER_FUNCTIONS) {
    alias.bytes([CORE, 0x00, 0x01]).u32(meter).name(name);
    canon.bytes([0x00, 0x00]).u32(scope.insert(SORT.coreFunc)).u32(0).u32(scope.insert(SORT.type));
    writeSignature(types, name, bound);
    instance.byte(0).name(name).byte(SORT.func).u32(scope.insert(SORT.func));
  }
  out
    .section(SECTION.alias, alias.view())
    .section(SECTION.type, types.view())
    .section(SECTION.canon, canon.view())
    .section(SECTION.instance, instance.view());
  const exported = new Writer().u32(1).byte(0).name(METER_INTERFACE).byte(SORT.instance);
  out.section(SECTION.export, exported.u32(scope.insert(SORT.instance)).byte(0).view());
}

function createParts(): { alias: Writer; types: Writer; canon: Writer; instance: Writer } {
  const functions = METER_FUNCTIONS.length;
  return {
    alias: new Writer().u32(functions),
    types: new Writer().u32(1 + functions),
    canon: new Writer().u32(functions),
    instance: new Writer()
      .u32(1)
      .byte(0x01)
      .u32(1 + functions),
  };
}

function writeSignature(types: Writer, name: (typeof METER_FUNCTIONS)[number], bound: number): void {
  const { params, result } = SIGNATURES[name];
  types.byte(FUNC).u32(params.length);
  for (const [label, type] of params) types.name(label).byte(type);
  if (result === null) types.bytes([0x01, 0x00]);
  // a type's index is a signed number there, of 33 bits
  else if (result === 'bound') types.byte(0x00).s32(bound);
  else types.byte(0x00).byte(result);
}
