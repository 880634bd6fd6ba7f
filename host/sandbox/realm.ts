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
  /** Evaluates a program's script: gives its `instantiate`. */
  load(script: string): Instantiate;
  /** Instantiates a core module in the realm. */
  readonly createInstance: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance;
}

export type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: object,
  instantiateCore: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
) => unknown;

/** `take` counts slices of linear memory, which the glue copies lists of numbers with. */
const BOOTSTRAP = `(function (take) {
  "use strict";
  const slice = ArrayBuffer.prototype.slice;
  Object.defineProperty(ArrayBuffer.prototype, 'slice', {
    value: function (start, end) {
      take(Math.max(0, Math.min(end, this.byteLength) - start));
      return slice.call(this, start, end);
    },
  });
  Math.random = () => 0.5;
  for (const name of ['Date', 'SharedArrayBuffer', 'Atomics', 'console']) delete globalThis[name];
  return (module, imports) => new WebAssembly.Instance(module, imports);
})`;

export function createRealm(budget: LiftBudget): Realm {
  const context = createContext(constants.DONT_CONTEXTIFY, { codeGeneration: { strings: false, wasm: true } });
  const globals: Record<(typeof GLUE_GLOBALS)[number], unknown> = {
    TextDecoder: createTextDecoder(budget),
    TextEncoder,
    setTimeout,
    setInterval,
    clearTimeout,
    clearInterval,
    queueMicrotask,
    console: Object.freeze({ error: silent, debug: silent, log: silent, warn: silent }),
  };
  const values = GLUE_GLOBALS.map((name) => globals[name]);
  const bootstrap = runIn(context, BOOTSTRAP, 'bootstrap') as (
    take: (bytes: number) => void,
  ) => Realm['createInstance'];
  const createInstance = bootstrap((bytes) => budget.take(bytes));
  return {
    load: (script) => (runIn(context, script, 'guest') as (...values: unknown[]) => Instantiate)(...values),
    createInstance,
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
