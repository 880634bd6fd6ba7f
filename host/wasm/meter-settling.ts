/**
 * Brings the shared meter up to date before it is read or set from outside. Each component that shares it exports functions that settle
 * its own use and that of the components within; one beside them all calls these, because a component can't call
 * one within it.
 */
import { Emitter } from './component-emitter.ts';
import { Scope, SORT } from './component-scope.ts';
import type { MeterContext } from './context.ts';
import { createFront, createSettler, FROM } from './local-meter.ts';
import { METER_FUNCTIONS, METER_SIGNATURES } from './meter-code.ts';
import type { Gates } from './meter-gates.ts';
import { COMPONENT_HEADER, exportMeter, METER_INTERFACE } from './meter-interface.ts';
import { METER_MODULE } from './meter-module.ts';
import type { Signature } from './small-module.ts';
import { Writer } from './writer.ts';

const SETTLE_INTERFACE = `${METER_MODULE}/settle@1.0.0`;
const SHARED = 'shared';
const SETTLING = 'settling';
const NOTHING: Signature = { params: [], results: [] };

/** Ends a nested component that shares the meter. */
export function exportSettle(emitter: Emitter, scope: Scope, gates: Gates | null): void {
  emitter.export(SETTLE_INTERFACE, SORT.instance, bundleSettles(emitter, scope, gates));
}

/** Ends the outermost component, which has no core modules of its own, with the shared meter as an export. */
export function exportSharedMeter(emitter: Emitter, scope: Scope, context: MeterContext): void {
  const component = emitter.component(createFrontComponent(context, scope.meters));
  const front = emitter.instance(component, [
    [SHARED, scope.shared],
    [SETTLING, bundleSettles(emitter, scope, null)],
  ]);
  emitter.export(METER_INTERFACE, SORT.instance, emitter.exported(front, METER_INTERFACE, SORT.instance));
}

function settleName(index: number): string {
  return `s${index}`;
}

/** An instance with the functions that settle everything within. */
function bundleSettles(emitter: Emitter, scope: Scope, gates: Gates | null): number {
  const own = gates === null ? [] : [emitter.lift(gates.settle, { signature: NOTHING })];
  const within = scope.sharing.flatMap(({ instance, meters }) => {
    const settling = emitter.exported(instance, SETTLE_INTERFACE, SORT.instance);
    return Array.from({ length: meters }, (_, index) => emitter.exported(settling, settleName(index), SORT.func));
  });
  return emitter.bundle([...own, ...within].map((settle, index) => [settleName(index), SORT.func, settle] as const));
}

/** A component with the exported meter, which settles everything around each call. */
function createFrontComponent(context: MeterContext, meters: number): Uint8Array {
  const out = new Writer().bytes(COMPONENT_HEADER);
  const emitter = new Emitter(out, new Scope(context));
  const shared = emitter.importInstance(
    SHARED,
    METER_FUNCTIONS.map((name) => [name, METER_SIGNATURES[name]] as const),
  );
  const names = Array.from({ length: meters }, (_, index) => settleName(index));
  const settling = emitter.importInstance(
    SETTLING,
    names.map((name) => [name, NOTHING] as const),
  );
  const lowered = (instance: number, name: string): number =>
    emitter.lower(emitter.exported(instance, name, SORT.func));
  const settles = emitter.coreBundle(names.map((name, index) => [String(index), lowered(settling, name)] as const));
  const settler = emitter.coreInstance(emitter.coreModule(createSettler(meters)), [[FROM, settles]]);
  const functions = METER_FUNCTIONS.map((name) => [name, lowered(shared, name)] as const);
  const from = emitter.coreBundle([['settle', emitter.coreFunction(settler, 'settle')], ...functions]);
  exportMeter(emitter, emitter.coreInstance(emitter.coreModule(createFront()), [[FROM, from]]));
  return out.finish();
}
