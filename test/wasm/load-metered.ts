/**
 * Loads other people's glue code while everything that it compiles is metered, all under one meter: glue code sees a WebAssembly
 * object in place of the platform's.
 */
import nodeCrypto from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { armMeter, METER_MODULE, type MeterGlobals, meterModule, readMeter } from '../../host/wasm/component.ts';
import { createMeter, OPTIONS } from './run-metered.ts';

const ROOMY = { ...OPTIONS, memoryPages: 16_384, tableElements: 65_536 };
const RICH = { fuel: 2 ** 42, callDepth: 20_000, memoryPages: 16_384 };
const NOW = Date.UTC(2026, 0, 1);

const require = createRequire(import.meta.url);

/** Loads copies that nothing else in the process uses, so that none shares an instance with another. */
export interface Loader {
  readonly require: (name: string) => unknown;
  readonly import: (name: string) => Promise<unknown>;
}

export interface Loaded<Result> {
  readonly result: Result;
  readonly meter: MeterGlobals;
  /** Fuel since the module began or the meter was armed anew. Fails where a bound was hit. */
  readonly fuelUsed: () => number;
  readonly rearm: () => void;
}

interface Platform {
  WebAssembly: object;
}

/** A WebAssembly object that prepares bytes and adds imports. */
function createReplacement(prepare: (bytes: Uint8Array) => Uint8Array, added: WebAssembly.Imports): object {
  const original = WebAssembly;
  const toBytes = (source: ArrayBuffer | ArrayBufferView): Uint8Array =>
    ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source);
  const compile = (source: ArrayBuffer): WebAssembly.Module => new original.Module(prepare(toBytes(source)));
  const link = (module: WebAssembly.Module, imports: WebAssembly.Imports = {}): WebAssembly.Instance =>
    new original.Instance(module, { ...imports, ...added });
  function Module(source: ArrayBuffer): WebAssembly.Module {
    return compile(source);
  }
  function Instance(module: WebAssembly.Module, imports?: WebAssembly.Imports): WebAssembly.Instance {
    return link(module, imports);
  }
  // What the platform made is an instance of these too.
  Module.prototype = (original.Module as { prototype?: unknown }).prototype;
  Instance.prototype = (original.Instance as { prototype?: unknown }).prototype;
  return Object.assign(Object.create(original), {
    Module,
    Instance,
    compile: async (source: ArrayBuffer) => compile(source),
    instantiate: async (source: ArrayBuffer | WebAssembly.Module, imports?: WebAssembly.Imports) => {
      if (source instanceof original.Module) return link(source, imports);
      const module = compile(source);
      return { module, instance: link(module, imports) };
    },
  });
}

/** Forgets every module of a package that was loaded before. */
function forget(path: string): void {
  const folder = path.slice(0, path.indexOf('/', path.lastIndexOf('node_modules/') + 'node_modules/@'.length));
  for (const known of Object.keys(require.cache)) if (known.startsWith(folder)) delete require.cache[known];
}

async function loadWith<Result>(replacement: object, load: (loader: Loader) => Promise<Result>): Promise<Result> {
  const platform = globalThis as unknown as Platform;
  const { WebAssembly: original } = platform;
  platform.WebAssembly = replacement;
  try {
    return await load({
      require(name) {
        forget(require.resolve(name));
        return require(name);
      },
      import: (name) => import(`${pathToFileURL(require.resolve(name)).href}?${performance.now()}`),
    });
  } finally {
    platform.WebAssembly = original;
  }
}

/** Acts while the clock stands still and randomness is always the same, as they do and are for a guest. */
export async function withFixedInputs<Result>(act: () => Promise<Result>): Promise<Result> {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const fill = (view: ArrayBufferView): ArrayBufferView => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let at = 0; at < bytes.length; at++) bytes[at] = random() * 256;
    return view;
  };
  const fixed: readonly (readonly [target: object, fixed: object])[] = [
    [Date, { now: () => NOW }],
    [Math, { random }],
    [crypto, { getRandomValues: fill }],
    [nodeCrypto, { randomFillSync: fill }],
  ];
  const before = fixed.map(([target, values]) => Object.keys(values).map((name) => [name, Reflect.get(target, name)]));
  for (const [target, values] of fixed) Object.assign(target, values);
  try {
    return await act();
  } finally {
    for (const [index, [target]] of fixed.entries()) Object.assign(target, Object.fromEntries(before[index] ?? []));
  }
}

/** Loads glue code with its modules as they are. */
export function loadPlain<Result>(load: (loader: Loader) => Promise<Result>): Promise<Result> {
  return loadWith(WebAssembly, load);
}

/** Loads glue code with everything that it compiles metered. */
export async function loadMetered<Result>(load: (loader: Loader) => Promise<Result>): Promise<Loaded<Result>> {
  const { instance, meter } = createMeter(RICH);
  const replacement = createReplacement((bytes) => meterModule(bytes, ROOMY), { [METER_MODULE]: instance.exports });
  const fuelUsed = (): number => {
    const { fuel, bound } = readMeter(meter);
    if (bound !== null) throw new Error(`expected no bound to be hit, found ${bound}`);
    return RICH.fuel - fuel;
  };
  const rearm = (): void => armMeter(meter, RICH);
  return { result: await loadWith(replacement, load), meter, fuelUsed, rearm };
}
