/**
 * The realm that a worker runs glue and guests in: a bare context with ECMAScript and WebAssembly and nothing of Node, where
 * text cannot become code. A second line of defence: guests reach no JavaScript but the imports, and names that could inject
 * into the glue are refused at admission.
 */
import { createContext, Script, constants } from 'node:vm';
import type { Context } from 'node:vm';
import { createTextDecoder } from './lift-budget.ts';
import type { LiftBudget } from './lift-budget.ts';
import { GLUE_GLOBALS } from './program.ts';

export interface Realm {
  /** Evaluates a program's script. What it gives makes an `instantiate` whose instances count against a budget. */
  load(script: string): (budget: LiftBudget) => Instantiate;
  /** Instantiates a core module in the realm. */
  readonly createInstance: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance;
}

export type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: object,
  instantiateCore: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
) => unknown;

/** The glue copies lists with `sliceMemory`, which counts; nothing may copy them uncounted. */
const BOOTSTRAP = `(function () {
  "use strict";
  const slice = ArrayBuffer.prototype.slice;
  delete ArrayBuffer.prototype.slice;
  Math.random = () => 0.5;
  for (const name of ['Date', 'SharedArrayBuffer', 'Atomics', 'console']) delete globalThis[name];
  return {
    createInstance: (module, imports) => new WebAssembly.Instance(module, imports),
    slice: (buffer, start, end) => slice.call(buffer, start, end),
  };
})`;

interface Bootstrap {
  readonly createInstance: Realm['createInstance'];
  readonly slice: (buffer: ArrayBuffer, start: number, end: number) => ArrayBuffer;
}

export function createRealm(): Realm {
  const context = createContext(constants.DONT_CONTEXTIFY, { codeGeneration: { strings: false, wasm: true } });
  const { createInstance, slice } = (runIn(context, BOOTSTRAP, 'bootstrap') as () => Bootstrap)();
  return {
    load(script) {
      const make = runIn(context, script, 'guest') as (...values: unknown[]) => Instantiate;
      return (budget) => {
        const globals = createGlobals(budget, slice);
        return make(...GLUE_GLOBALS.map((name) => globals[name]));
      };
    },
    createInstance,
  };
}

function createGlobals(budget: LiftBudget, slice: Bootstrap['slice']): Record<(typeof GLUE_GLOBALS)[number], unknown> {
  return {
    TextDecoder: createTextDecoder(budget),
    TextEncoder,
    setTimeout,
    setInterval,
    clearTimeout,
    clearInterval,
    queueMicrotask,
    console: Object.freeze({ error: silent, debug: silent, log: silent, warn: silent }),
    sliceMemory: (buffer: ArrayBuffer, start: number, end: number) => {
      // `slice` would cut the list down to what is there
      if (start < 0 || end > buffer.byteLength) throw new WebAssembly.RuntimeError('list: out of bounds');
      budget.take(end - start);
      return slice(buffer, start, end);
    },
  };
}

function runIn(context: Context, source: string, filename: string): unknown {
  return new Script(source, { filename: `sandbox:${filename}` }).runInContext(context);
}

function silent(): void {}

/**
 * Takes the function constructors away from the worker's own realm, whose objects the glue gets to see, so that none of them
 * leads from an object to code.
 */
export function disarmFunctionConstructors(): void {
  const samples = [() => undefined, async () => undefined, function* () {}, async function* () {}];
  const refuse = () => {
    throw new EvalError('sandbox: code from text is not allowed');
  };
  for (const sample of samples) {
    Object.defineProperty(Object.getPrototypeOf(sample), 'constructor', {
      value: refuse,
      writable: false,
      configurable: false,
    });
  }
}
