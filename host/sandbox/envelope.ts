/**
 * Puts a guest into a component that declares the types of the contract and of the WASI interfaces that it imports, instantiates
 * the guest with them and exports its entry alone: `handle`, or a command's `run`. The component validator then checks each
 * import and the export by type, whatever the guest claims; what else the guest exports (an engine's `init`) is out of reach.
 */
import { parse } from '@bytecodealliance/jco';
import { CONTRACT_INTERFACES, CONTRACT_TYPES } from './contract.ts';
import { CONTRACT_WAT } from './contract-wat.ts';
import { SojournError } from '../errors.ts';
import { Reader } from '../wasm/reader.ts';
import { Writer } from '../wasm/writer.ts';
import { declareWasi, isRunExport, wasiArguments } from './wasi/interfaces.ts';

const COMPONENT_SECTION = 4;
const HEADER_BYTES = 8;

/** Component binary in two parts; a section with the guest goes between them. */
export interface Envelope {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** What is called in a guest: the contract's `handle`, or `run` of a `wasi:cli` command, under the name that it is exported by. */
export type Entry = { readonly func: 'handle' } | { readonly func: 'run'; readonly instance: string };

/** A component's names, as it declares them. */
export interface GuestNames {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** The entry that is called, `handle` where there is a choice; null where there is none. */
export function entryOf({ exports }: GuestNames): Entry | null {
  if (exports.includes('handle')) return { func: 'handle' };
  const instance = exports.find(isRunExport);
  return instance === undefined ? null : { func: 'run', instance };
}

/** The envelope around an empty guest, taken apart. Costs some 30 ms. Names of imports must have passed `checkImports`. */
export async function createEnvelope(imports: readonly string[], entry: Entry): Promise<Envelope> {
  const bytes = await parse(`${CONTRACT_WAT}${declareWasi(imports)}${instantiateGuest(imports, entry)})`);
  const reader = new Reader(bytes, HEADER_BYTES);
  while (!reader.done) {
    const start = reader.pos;
    const id = reader.byte('section');
    reader.skip(reader.u32('section size'), 'section');
    if (id === COMPONENT_SECTION) return { before: bytes.slice(0, start), after: bytes.slice(reader.pos) };
  }
  throw new SojournError('internal', 'envelope: expected a component section, found none');
}

/** The envelope with `guest` inside, as one component binary. */
export function encloseGuest(envelope: Envelope, guest: Uint8Array): Uint8Array {
  return new Writer().bytes(envelope.before).section(COMPONENT_SECTION, guest).bytes(envelope.after).finish();
}

/** The rest of the component, behind the imports of CONTRACT_WAT and of WASI. */
function instantiateGuest(imports: readonly string[], entry: Entry): string {
  const instances = CONTRACT_INTERFACES.map((name, index) => `(with "${name}" (instance ${index}))`);
  const types = CONTRACT_TYPES.map((name) => `(with "${name}" (type $${name}))`);
  return `
  (component $guest)
  (instance $guest (instantiate $guest ${[...instances, ...types].join(' ')} ${wasiArguments(imports)}))
  ${entry.func === 'handle' ? EXPORT_HANDLE : exportRun(entry.instance)}`;
}

const EXPORT_HANDLE = `
  (alias export $guest "handle" (func $handle))
  (type $answer (result $proposal (error $handler-error)))
  (type $handle (func (param "situation" $situation) (result $answer)))
  (export "handle" (func $handle) (func (type $handle)))`;

function exportRun(instance: string): string {
  return `
  (alias export $guest "${instance}" (instance $command))
  (alias export $command "run" (func $run))
  (type $status (result))
  (type $run (func (result $status)))
  (export "run" (func $run) (func (type $run)))`;
}
