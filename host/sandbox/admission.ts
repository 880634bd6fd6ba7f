/**
 * From a component's bytes to a program, or a refusal that says why: size and shape, meter, imports by name, then types (the
 * envelope), then transpile and compile. Hostile bytes are parsed here, so it runs in a worker of its own (admission-worker.ts)
 * that is thrown away afterwards. Nothing of the guest is executed.
 */
import { transpile } from '@bytecodealliance/jco';
import { CONTRACT_INTERFACES, CONTRACT_TYPES, OPERATIONS, CONTRACT_VERSION } from './contract.ts';
import { createEnvelope, encloseGuest, entryOf } from './envelope.ts';
import { exposeGlueState } from './glue-state.ts';
import { checkCoreNames, toScript } from './program.ts';
import { planSnapshot } from './snapshot-plan.ts';
import { WASI_ASYNC_IMPORTS, wasiInterface } from './wasi/interfaces.ts';
import { SojournError } from '../errors.ts';
import { createMeterModule, meterComponent } from '../wasm/component.ts';
import type { ComponentLimits } from '../limits.ts';
import type { Entry } from './envelope.ts';
import type { CoreModule, Program } from './program.ts';
import type { StoredProgram } from './program-entry.ts';

export interface AdmissionOptions {
  readonly limits: ComponentLimits;
  readonly memoryPages: number;
  readonly tableElements: number;
}

export interface Admission {
  readonly program: Program;
  /** The same with its core modules as bytes, which the program no longer has. */
  readonly stored: StoredProgram;
}

/**
 * Errors: `component.limit`, `component.malformed`, `component.opcode` (see the meter), `component.import` for an import that
 * neither the contract nor our WASI has, or has with another type, `component.export` where there is no entry or one of another type.
 */
export async function admitComponent(bytes: Uint8Array, options: AdmissionOptions): Promise<Admission> {
  const metered = meterComponent(bytes, { ...options, isValid: (module) => WebAssembly.validate(module) });
  checkImports(metered.imports);
  const entry = entryOf(metered);
  if (entry === null) {
    throw new SojournError(
      'component.export',
      'component: expected an export named handle, or wasi:cli/run@0.2, found neither',
    );
  }
  const files = await transpileGuest(metered.bytes, metered.imports, entry);
  const glue = files['guest.js'];
  if (glue === undefined) throw new SojournError('internal', 'transpile: expected guest.js, found none');
  const meterModule = createMeterModule();
  const compiled = Object.entries(files)
    .filter(([name]) => name.endsWith('.wasm'))
    .map(([name, code]) => compile(name, Uint8Array.from(code), meterModule));
  const exposed = exposeGlueState(new TextDecoder().decode(glue));
  const wasi = metered.imports.some((name) => wasiInterface(name) !== null);
  const facts = {
    script: toScript(exposed.glue),
    entry: entry.func,
    wasi,
    snapshot: planSnapshot({ kept: metered.kept, glueKnown: exposed.known, wasi }, compiled),
  };
  return {
    program: { ...facts, modules: compiled.map(({ name, module, meter }) => ({ name, module, meter })) },
    stored: { ...facts, modules: compiled.map(({ name, meter, bytes: code }) => ({ name, meter, code })) },
  };
}

/** Exact names: other versions of the contract, other letter case and what our WASI doesn't have are refused by name. */
export function checkImports(names: readonly string[]): void {
  const allowed = new Set([...CONTRACT_INTERFACES, ...CONTRACT_TYPES]);
  for (const name of names) {
    if (allowed.has(name) || wasiInterface(name) !== null) continue;
    throw new SojournError(
      'component.import',
      `component: expected imports of the contract or of WASI 0.2 (docs/wasi.md), found ${JSON.stringify(name)}`,
      {
        details: { import: name },
      },
    );
  }
}

async function transpileGuest(
  guest: Uint8Array,
  imports: readonly string[],
  entry: Entry,
): Promise<Record<string, Uint8Array>> {
  const enclosed = encloseGuest(await createEnvelope(imports, entry), guest);
  try {
    const { files } = await transpile(enclosed, {
      name: 'guest',
      instantiation: 'async',
      asyncMode: 'jspi',
      asyncImports: [
        ...OPERATIONS.map(({ module, func }) => `${module}@${CONTRACT_VERSION}#${func}`),
        ...WASI_ASYNC_IMPORTS,
      ],
      asyncExports: [entry.func],
      wasiShim: false,
      nodejsCompat: false,
    });
    return files;
  } catch (error) {
    throw typeError(error instanceof Error ? error.message : String(error), entry);
  }
}

/** The validator's words, sorted into our codes: it names the import or the export that does not fit. */
function typeError(message: string, { func }: Entry): SojournError {
  const found = reasonIn(message);
  const argument = /type mismatch for import `([^`]*)`/.exec(message)?.[1];
  if (argument !== undefined) {
    return new SojournError(
      'component.import',
      `component: expected ${argument} as ${argument.startsWith('wasi:') ? 'WASI 0.2 has it' : 'in the contract'}, found ${found}`,
      {
        details: { import: argument },
      },
    );
  }
  if (/ascribed type of export|export (?:named )?`(?:handle|run|wasi:cli\/run@[0-9.]+)`/.test(message)) {
    return new SojournError('component.export', `component: expected ${func} as in the contract, found ${found}`);
  }
  return new SojournError('component.malformed', `component: expected a valid component, found ${found}`);
}

/** The causes on one line, without offsets, which count from the start of the envelope. */
function reasonIn(message: string): string {
  const [head = '', causes = head] = message.split('Caused by:');
  const lines = causes.split('\n').map((line) => line.replace(/\(at offset 0x[0-9a-f]+\)/, '').trim());
  return lines
    .filter((line) => line !== '')
    .join('; ')
    .slice(0, MESSAGE_CHARS);
}

const MESSAGE_CHARS = 500;

function compile(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  meterModule: Uint8Array,
): CoreModule & { readonly bytes: Uint8Array } {
  let module: WebAssembly.Module;
  try {
    module = new WebAssembly.Module(bytes);
  } catch (error) {
    throw new SojournError(
      'component.malformed',
      `core module ${name}: expected one that the engine compiles, found ${String(error)}`,
    );
  }
  checkCoreNames(name, module);
  return { name, module, meter: Buffer.compare(bytes, meterModule) === 0, bytes };
}
