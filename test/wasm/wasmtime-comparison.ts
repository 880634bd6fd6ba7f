/** Runs a handler under wasmtime with the limits that the sandbox has by default, and says what that should give. */
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { HandlerResult, Situation } from '../../host/ports.ts';
import { meterComponent } from '../../host/wasm/component.ts';
import type { Handler } from '../sandbox/guest-builds.ts';
import { createDriver } from './wasmtime-driver.ts';
import { createValidator, createWasmtime, type Invoked } from './wasmtime.ts';
import { answerText, situationText } from './wave.ts';

export interface Prepared {
  /** The meter is armed anew before the call, with enough. */
  run(situation: Situation): Invoked;
  /** With the first allowance alone. */
  runOnce(situation: Situation): Invoked;
  expected(result: HandlerResult): Invoked;
}

export interface Comparison {
  /** Meters the handler for wasmtime, to start with so much fuel; both of its metered forms must be valid. */
  prepare(handler: Handler, fuel?: number): Promise<Prepared>;
}

/** Null, with the reason printed, where a tool is missing. */
export function createComparison(what: string): Comparison | null {
  const wasmtime = createWasmtime(what);
  const validate = createValidator(what);
  if (wasmtime === null || validate === null) return null;
  const { callDepth, memoryPages, tableElements } = DEFAULT_LIMITS.cycle;
  const options = { limits: DEFAULT_LIMITS.component, memoryPages, tableElements };
  return {
    async prepare({ bytes }, fuel = DEFAULT_LIMITS.cycle.fuel) {
      const allowance = { fuel, callDepth, memoryPages };
      const metered = meterComponent(bytes, { ...options, allowance, standalone: true });
      for (const form of [metered, meterComponent(bytes, options)]) {
        const wrong = validate(form.bytes);
        if (wrong !== '') throw new Error(`wasm-tools validate: ${wrong}`);
      }
      const driver = await createDriver(metered.bytes, allowance);
      return {
        run: (situation) => wasmtime.invoke(driver, `run(${situationText(situation)})`),
        runOnce: (situation) => wasmtime.invoke(driver, `run-once(${situationText(situation)})`),
        expected: (result) => ({ output: answerText(result) }),
      };
    },
  };
}
