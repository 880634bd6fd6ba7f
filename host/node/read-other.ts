/**
 * Reading another object for what it has to say: its chain is verified whole, and the seals that matter to others are found in the
 * same pass. Takes no lock and changes nothing.
 */
import type { Limits } from '../limits.ts';
import { readEnd } from '../object/end.ts';
import { hex } from '../json.ts';
import { decodeEntry } from '../object/entry.ts';
import type { ItemIndex } from '../object/item-index.ts';
import { isBadObject } from '../object/genesis.ts';
import { readItems } from '../object/items.ts';
import type { Known } from '../object/known.ts';
import type { Entry } from '../object/model.ts';
import { encodeReceipt } from '../object/seal.ts';
import type { State } from '../object/state.ts';
import { findTail } from '../object/tail.ts';
import { pickItems } from '../object/witness.ts';
import { SojournError } from '../errors.ts';
import type { HostPorts } from './host-ports.ts';
import { expectOpen } from './census.ts';
import { expectSound, loadObject } from './load.ts';
import { splitTail } from './merged-tail.ts';

/** The items behind one seal, up to and with the next. */
export interface Section {
  /** `seq` of the first item. */
  readonly first: number;
  /** `seq` of the seal. */
  readonly seal: number;
}

export interface Other {
  readonly name: string;
  /** State at the last seal. */
  readonly state: State;
  /** And behind the merged attempts that no seal covers yet: how it stands. */
  readonly standing: State;
  /** `seq` of the first entry that this copy carries. */
  readonly from: number;
  readonly last: Section;
  /** The newest that holds the end of a cycle. */
  readonly cycle: Section | null;
  /** The one that holds the end of the object. */
  readonly end: Section | null;
  /** Those in which a child was given up, by its name. */
  readonly cancels: ReadonlyMap<string, Section>;
  /** Hexadecimal head of the seal up to which it was known; null where nothing was, or no seal stands there. */
  readonly headAt: string | null;
  readonly index: ItemIndex;
}

/**
 * What a crash left torn at the end is left out, as whoever goes on with the object would cut it off. Errors: `store.*`, `object.*`.
 * `known` is what is known of objects, this one perhaps among them.
 */
export async function readOther(
  name: string,
  ports: Pick<HostPorts, 'store' | 'hash' | 'verify' | 'reader'>,
  limits: Limits,
  known: ReadonlyMap<string, Known> = new Map(),
): Promise<Other> {
  const whole = await readFrom(ports.store.read(name), ports, limits, known);
  const { result } = whole;
  const end = result.ok || result.chain.reason !== 'truncated' ? null : await tornAt(name, ports, limits);
  const read = end === null ? whole : await readFrom(upTo(ports.store.read(name), end), ports, limits, known);
  const { sealed, tail, index, confidential } = expectSound(read.result, name);
  // what others are told must be how it is, and not how it was
  expectOpen(confidential, name);
  const { state: standing } = splitTail(sealed, tail, new Uint8Array(0));
  return { name, state: sealed, standing, index, ...read.sections.found(), headAt: read.headAt() };
}

async function readFrom(
  source: AsyncIterable<Uint8Array>,
  ports: Pick<HostPorts, 'hash' | 'verify' | 'reader'>,
  limits: Limits,
  known: ReadonlyMap<string, Known>,
) {
  const sections = createSections();
  let headAt: string | null = null;
  let at: number | null = null;
  const onEntry = (entry: Entry, behind: State): void => {
    sections.add(entry);
    at ??= known.get(hex(behind.id))?.at ?? 0;
    if (entry.seq === at && entry.kind === 'seal') headAt = hex(entry.prev);
  };
  const result = await loadObject(source, { ports, limits, onEntry });
  return { result, sections, headAt: () => headAt };
}

/** Where a torn end begins behind a seal; null where the object is damaged in another way. */
async function tornAt(name: string, ports: Pick<HostPorts, 'store'>, limits: Limits): Promise<number | null> {
  try {
    const { torn, sealEnd, completeEnd } = await findTail(ports.store.read(name), limits.object);
    return torn && sealEnd > 0 ? completeEnd : null;
  } catch (error) {
    if (!isBadObject(error)) throw error;
    return null;
  }
}

async function* upTo(source: AsyncIterable<Uint8Array>, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of source) {
    yield piece.subarray(0, end - at);
    at += piece.length;
    if (at >= end) return;
  }
}

/** The receipt and the items that a witness of this section holds. */
export async function readSection(
  { name, index }: Other,
  { first, seal }: Section,
  ports: Pick<HostPorts, 'store'>,
  limits: Limits,
): Promise<{ readonly receipt: Uint8Array; readonly items: readonly Uint8Array[] }> {
  const items: Uint8Array[] = [];
  const place = index.find(first) ?? { seq: 0, offset: 0, alone: false };
  for await (const item of readItems(ports.store.read(name, place.offset), limits.object)) {
    const seq = place.seq + item.seq;
    if (seq < first) continue;
    if (seq < seal) items.push(item.bytes);
    else {
      const entry = decodeEntry(item.bytes, limits.object);
      if (entry.kind !== 'seal') break;
      return { receipt: encodeReceipt(entry.body), items: pickItems(items, limits.object) };
    }
  }
  throw new SojournError(
    'object.chain',
    `${name}: expected a seal at entry ${seal}, found none: it was changed while it was read`,
  );
}

interface Sections {
  add(entry: Entry): void;
  found(): Pick<Other, 'from' | 'last' | 'cycle' | 'end' | 'cancels'>;
}

function createSections(): Sections {
  /** Of a carried object, its checkpoint. */
  let first: number | null = null;
  let from = 1;
  let last: Section = { first: 1, seal: 1 };
  let cycle: Section | null = null;
  let end: Section | null = null;
  let closes = false;
  const cancels = new Map<string, Section>();
  let ends = false;
  let given: string[] = [];
  return {
    add(entry) {
      if (first === null) from = entry.seq;
      first ??= entry.seq;
      if (entry.kind === 'cancel') given.push(entry.body.name);
      if (entry.kind === 'outcome') {
        closes = true;
        ends = readEnd(entry.body) !== null;
        if (entry.body.class !== 'success') given = [];
      }
      if (entry.kind !== 'seal') return;
      last = { first: first ?? entry.seq, seal: entry.seq };
      if (closes) cycle = last;
      if (ends) end ??= last;
      for (const name of given) cancels.set(name, last);
      first = entry.seq + 1;
      given = [];
      closes = false;
    },
    found: () => ({ from, last, cycle, end, cancels }),
  };
}
