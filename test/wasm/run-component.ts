/** Runs components in Node, metered or not: core instances share one meter, armed before anything of the guest runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco';
import { isMeter, type MeterGlobals, readMeter } from '../../host/wasm/component.ts';
import { callExport, createMeter, type Exports } from './run-metered.ts';

export interface Guest {
  /** Calls an export; `interface.function` reaches into an exported interface. */
  readonly call: (name: string, ...values: unknown[]) => unknown;
  readonly fuelUsed: () => number;
  readonly meter: MeterGlobals;
  /** Meter modules that the component brought, each shared instance counted once. */
  readonly meters: number;
}

interface Transpiled {
  instantiate(
    getCoreModule: (path: string) => WebAssembly.Module,
    imports: object,
    instantiateCore: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
  ): Exports;
}

const FUEL = 2 ** 40;

export async function instantiateComponent(component: Uint8Array, imports: object): Promise<Guest> {
  const create = await prepareComponent(component);
  return create(imports);
}

/** Compiles a component once, for as many instances as are asked for. */
export async function prepareComponent(component: Uint8Array): Promise<(imports: object) => Guest> {
  const { files } = await transpile(component, {
    name: 'guest',
    instantiation: 'sync',
    wasiShim: false,
    nodejsCompat: false,
  });
  const sources = new Map(Object.entries(files));
  const modules = new Map<string, WebAssembly.Module>();
  for (const [path, bytes] of sources) if (path.endsWith('.wasm')) modules.set(path, new WebAssembly.Module(bytes));
  const transpiled = await load(sources.get('guest.js') ?? new Uint8Array());
  return (imports) => createGuest(transpiled, modules, imports);
}

function createGuest(
  { instantiate }: Transpiled,
  modules: ReadonlyMap<string, WebAssembly.Module>,
  imports: object,
): Guest {
  const { instance: shared, meter } = createMeter({ fuel: FUEL, callDepth: 20_000, memoryPages: 1024 });
  let meters = 0;
  const get = (path: string): WebAssembly.Module => {
    const module = modules.get(path);
    if (module === undefined) throw new Error(`no core module ${path}`);
    return module;
  };
  const exports = instantiate(get, imports, (module, values) => {
    const instance = new WebAssembly.Instance(module, values);
    if (!isMeter(instance.exports)) return instance;
    meters = 1;
    return shared;
  });
  const fuelUsed = (): number => FUEL - readMeter(meter).fuel;
  return { call: (name, ...values) => callExport(exports, camelCase(name), values), fuelUsed, meter, meters };
}

/** Names of exports as jco writes them. */
function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

async function load(script: Uint8Array): Promise<Transpiled> {
  const folder = mkdtempSync(join(tmpdir(), 'meter-'));
  try {
    const path = join(folder, 'guest.mjs');
    writeFileSync(path, script);
    // What jco writes has this shape when it is told to leave instantiation to the caller.
    return (await import(pathToFileURL(path).href)) as Transpiled;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
