/**
 * An admitted handler in the form that workers run: the generated glue as a script, and its core modules, compiled once.
 * The glue is text that a code generator made from a hostile binary, so names that would reach it unescaped are refused.
 */
import { SojournError } from '../errors.ts';
import type { Obstacle } from '../wasm/component.ts';

export interface Program {
  /** A function expression: called with the values of `GLUE_GLOBALS`, in order, it gives `instantiate`. */
  readonly script: string;
  readonly modules: readonly CoreModule[];
  /** What the instance has to call: the contract's `handle`, or `run` of a command. */
  readonly entry: 'handle' | 'run';
  /** It imports from WASI. */
  readonly wasi: boolean;
  readonly snapshot: SnapshotPlan;
}

/** Whether an instance can be put back to what it was after instantiation (docs/sandbox.md). */
export interface SnapshotPlan {
  /**
   * Why not, or null: `references`, `vectors`, `drops` as the meter found them; `glue` where the glue has state that isn't known;
   * `adapters` where a module that the transpiler added has state of its own; `wasi` where the host holds resources for the guest.
   */
  readonly obstacle: Obstacle | 'glue' | 'adapters' | 'wasi' | null;
  /** Tables can change, so their elements are kept too. */
  readonly tables: boolean;
}

export interface CoreModule {
  readonly name: string;
  readonly module: WebAssembly.Module;
  /** True for the meter's own module, of which one evaluation has one instance. */
  readonly meter: boolean;
}

/** The only names beyond ECMAScript and WebAssembly that the glue gets to see. */
export const GLUE_GLOBALS = [
  'TextDecoder',
  'TextEncoder',
  'setTimeout',
  'setInterval',
  'clearTimeout',
  'clearInterval',
  'queueMicrotask',
  'console',
  'sliceMemory',
] as const;

const HEAD = '"use components";\nexport function instantiate(';
const UTIL = /^export const _util = \{\s*\};?\s*$/m;
/** The canonical ABI allocates for an empty text too, as other engines do; what an allocator uses is fuel. */
const EMPTY_TEXT = 'if (s.length === 0) { return { ptr: 1, len: 0 }; }';
/** How the glue copies a list of numbers out of linear memory. */
const MEMORY_SLICE = /\b(memory\d+\.buffer)\.slice\(/g;
const FETCH_SELF = 'fetchCompile(new URL(`./${name}`, import.meta.url))';

/** Turns the generated ES module into a script. Errors: `internal` where the generator's output is not as expected. */
export function toScript(glue: string): string {
  if (!glue.startsWith(HEAD)) throw new SojournError('internal', 'glue: expected its known head, found other text');
  if (!UTIL.test(glue)) throw new SojournError('internal', 'glue: expected its known end, found other text');
  if (glue.includes('_utf8AllocateAndEncode') && !glue.includes(EMPTY_TEXT))
    throw new SojournError('internal', 'glue: expected its known text encoder, found another');
  const body = glue
    .slice(glue.indexOf('\n') + 1)
    .replace('export ', '')
    .replace(UTIL, '')
    .replace(EMPTY_TEXT, '')
    .replace(FETCH_SELF, 'undefined')
    .replace(MEMORY_SLICE, 'sliceMemory($1, ');
  return `(function (${GLUE_GLOBALS.join(', ')}) { "use strict";\n${body}\nreturn instantiate;\n})`;
}

const SAFE_NAME = /^[\x20-\x7e]*$/;
const UNSAFE_NAME = /['"`\\]|\*\/|\$\{|<!--|-->/;

/**
 * Import and export names of core modules end up in the glue within quotes. Errors: `component.malformed` for one that is not
 * printable ASCII or has a quote, a backslash, a comment mark or `${` in it.
 */
export function checkCoreNames(file: string, module: WebAssembly.Module): void {
  const names = [
    ...WebAssembly.Module.imports(module).flatMap((entry) => [entry.module, entry.name]),
    ...WebAssembly.Module.exports(module).map((entry) => entry.name),
  ];
  for (const name of names) {
    if (SAFE_NAME.test(name) && !UNSAFE_NAME.test(name)) continue;
    throw new SojournError(
      'component.malformed',
      `core module ${file}: expected import and export names in printable ASCII without quotes or comment marks, found ${JSON.stringify(name)}`,
      { details: { module: file, name } },
    );
  }
}
