/**
 * Meters a component: every core module in it, nested components included, and exports the meter. What comes out is again a valid
 * component. Source: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md.
 */
import { ComponentRewriter } from './component-rewriter.ts';
import { type KeptState, tooMany } from './context.ts';
import type { MeterAllowance } from './meter-module.ts';
import { createContext, type MeterOptions } from './module.ts';
import { Reader } from './reader.ts';

export { COSTS_V1 } from './costs.ts';
export { createMeterModule } from './meter-code.ts';
export { METER_INTERFACE } from './meter-interface.ts';
export * from './meter-module.ts';
export type { KeptState, Obstacle } from './context.ts';
export { meterModule, type MeterOptions } from './module.ts';

export interface ComponentMeterOptions extends MeterOptions {
  /** What the meter starts with, for engines that can't arm it before the component's start functions run; nothing if left out. */
  readonly allowance?: MeterAllowance;
  /**
   * For engines in which no host makes one instance of the meter module for all nested components, as our sandbox does: true lets nested
   * components share one meter by calls. The count is the same. Nothing changes where no nested component has core modules.
   */
  readonly standalone?: boolean;
}

export interface MeteredComponent {
  readonly bytes: Uint8Array;
  /** Names of the component's imports and exports, in order. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** Core modules and their functions, nested components included, the meter's own not. */
  readonly coreModules: number;
  readonly functions: number;
  /** Whether and how a host can restore instances. */
  readonly kept: KeptState;
}

/**
 * Meters a component. A host in JavaScript arms the meter (armMeter) when its module is instantiated, and uses one instance of it
 * for all nested components, so that there is one counter; see `standalone` for others.
 * Errors: `component.malformed`, `component.limit`, `component.opcode` (an instruction without a price, the asynchronous ABI),
 * `component.import` (a name of the meter's; core modules or components that cross a component's boundary).
 */
export function meterComponent(bytes: Uint8Array, options: ComponentMeterOptions): MeteredComponent {
  const { limits, allowance, standalone = false } = options;
  if (bytes.length > limits.componentBytes) throw tooMany('component, bytes', limits.componentBytes, bytes.length);
  const context = createContext(options);
  const rewriter = new ComponentRewriter({ context, allowance, standalone });
  const { bytes: metered, imports, exports } = rewriter.rewrite(new Reader(bytes));
  const { modules, functions } = rewriter.tally;
  return { bytes: metered, imports, exports, coreModules: modules, functions, kept: context.kept };
}
