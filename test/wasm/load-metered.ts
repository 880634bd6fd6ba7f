/**
 * Loads other people's glue code while everything that it compiles is metered, all under one meter. Glue code sees a WebAssembly
 * object in place of the platform's, and a clock that stands still, as a guest's does.
 */
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
  Date: { now: () => number };
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
  const { now } = platform.Date;
  platform.WebAssembly = replacement;
  platform.Date.now = () => NOW;
  try {
    return await load({
      require(name) {
        forget(require.resolve(name));
        return require(name);
      },
      import: (name) => import(`${pathToFileURL(require.resolve(name)).href}?${crypto.randomUUID()}`),
    });
  } finally {
    platform.WebAssembly = original;
    platform.Date.now = now;
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
