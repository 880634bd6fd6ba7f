/**
 * Puts a guest into a component that declares the contract's types, instantiates the guest with them and exports `handle`
 * alone. The component validator then checks each import and the export by type, whatever the guest claims; what else the
 * guest exports (an engine's `init`) is out of reach.
 */
import { parse } from '@bytecodealliance/jco';
import { CONTRACT_INTERFACES, CONTRACT_TYPES } from './contract.ts';
import { CONTRACT_WAT } from './contract-wat.ts';
import { SojournError } from '../errors.ts';
import { Reader } from '../wasm/reader.ts';
import { Writer } from '../wasm/writer.ts';

const COMPONENT_SECTION = 4;
const HEADER_BYTES = 8;

/** Component binary in two parts; a section with the guest goes between them. */
export interface Envelope {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** The envelope around an empty guest, taken apart. Costs some 30 ms. */
export async function createEnvelope(): Promise<Envelope> {
  const bytes = await parse(`${CONTRACT_WAT}${instantiateGuest()})`);
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

/** The rest of the component, behind the imports of CONTRACT_WAT. */
function instantiateGuest(): string {
  const instances = CONTRACT_INTERFACES.map((name, index) => `(with "${name}" (instance ${index}))`);
  const types = CONTRACT_TYPES.map((name) => `(with "${name}" (type $${name}))`);
  return `
  (component $guest)
  (instance $guest (instantiate $guest ${[...instances, ...types].join(' ')}))
  (alias export $guest "handle" (func $handle))
  (type $answer (result $proposal (error $handler-error)))
  (type $handle (func (param "situation" $situation) (result $answer)))
  (export "handle" (func $handle) (func (type $handle)))`;
}
