/**
 * The meter as a component exports it: an instance of plain functions, lifted from the meter module, that any engine can call.
 * It stands behind everything of the guest's, whose indices can only point backwards, so no guest can call it.
 * docs/fuel.md has it as WIT.
 */
import { Emitter } from './component-emitter.ts';
import { Scope, SORT } from './component-scope.ts';
import type { MeterContext } from './context.ts';
import {
  createMeterModule,
  METER_BOUND_CASES,
  METER_FUNCTIONS,
  METER_SIGNATURES,
  type MeterFunction,
  SHARING_FUNCTIONS,
} from './meter-code.ts';
import type { MeterAllowance } from './meter-module.ts';
import { Writer } from './writer.ts';

/** The name under which a metered component exports its meter. */
export const METER_INTERFACE = 'sojourn:meter/meter@1.0.0';

/** The header of a component. */
export const COMPONENT_HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00] as const;

const PARAMS: { readonly [name in MeterFunction]?: readonly string[] } = {
  arm: ['fuel', 'call-depth', 'memory-pages'],
};

/** Ends a component with its meter as an export; `meter` is a core instance with the meter's functions. */
export function exportMeter(emitter: Emitter, meter: number): void {
  const bound = emitter.enumType(METER_BOUND_CASES);
  const functions = METER_FUNCTIONS.map((name) => {
    const type = { signature: METER_SIGNATURES[name], params: PARAMS[name] ?? [] };
    const lifted = emitter.lift(
      emitter.coreFunction(meter, name),
      name === 'stopped-by' ? { ...type, result: bound } : type,
    );
    return [name, SORT.func, lifted] as const;
  });
  emitter.export(METER_INTERFACE, SORT.instance, emitter.bundle([['bound', SORT.type, bound], ...functions]));
}

/** The meter module as a component of its own, which nested components share. */
export function createMeterComponent(context: MeterContext, allowance: MeterAllowance): Uint8Array {
  const out = new Writer().bytes(COMPONENT_HEADER);
  const emitter = new Emitter(out, new Scope(context));
  const meter = emitter.coreInstance(emitter.coreModule(createMeterModule(allowance)));
  for (const name of [...METER_FUNCTIONS, ...SHARING_FUNCTIONS]) {
    const lifted = emitter.lift(emitter.coreFunction(meter, name), { signature: METER_SIGNATURES[name] });
    emitter.export(name, SORT.func, lifted);
  }
  return out.finish();
}
