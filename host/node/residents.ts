/**
 * What a host knew of an object when it last closed it, so that the next opening need not read, verify and fold again what this very
 * process just wrote. Held against the store's version and length of the bytes: other ones, or a store that can't tell, and all is
 * verified as ever. Whoever opens an object takes it out; only an end without anything behind the last seal puts it back.
 */
import type { ObjectFile } from '../ports.ts';
import type { ItemIndex } from '../object/item-index.ts';
import type { Frontier } from '../object/merkle.ts';
import type { State } from '../object/state.ts';
import type { Carried } from '../object/walk.ts';

/** What a session is told of the bytes that are stored. */
export interface Known {
  /** At the last seal. */
  readonly sealed: State;
  readonly carried: Carried | null;
  /** The tree of all items up to that seal, or to an earlier one. */
  readonly frontier: Frontier;
  readonly confidential: number;
  /** The session goes on with it: nobody else may then. */
  readonly index: ItemIndex;
  readonly blobs: ReadonlyMap<string, number>;
}

type Version = Pick<ObjectFile, 'version' | 'length'>;

export interface Residents {
  /** What is known of these bytes, which is then the caller's; else null, and what was known of others is forgotten. */
  take(name: string, file: Version): Known | null;
  /** Keeps it, if the store can tell versions apart; those that were kept longest ago make room. */
  keep(name: string, file: Version, known: Known): void;
  drop(name: string): void;
  readonly objects: number;
  /** Roughly what they take in memory. */
  readonly bytes: number;
}

export interface ResidentLimits {
  readonly objects: number;
  readonly bytes: number;
}

interface Resident {
  readonly version: string;
  readonly length: number;
  readonly known: Known;
  readonly weight: number;
}

export function createResidents(limits: ResidentLimits): Residents {
  /** Those kept longest ago come first. */
  const residents = new Map<string, Resident>();
  let bytes = 0;

  function drop(name: string): Resident | null {
    const found = residents.get(name);
    if (found === undefined) return null;
    residents.delete(name);
    bytes -= found.weight;
    return found;
  }

  return {
    take(name, { version, length }) {
      const found = drop(name);
      return found !== null && found.version === version && found.length === length ? found.known : null;
    },
    keep(name, { version, length }, known) {
      drop(name);
      if (version === null) return;
      const weight = weigh(known);
      if (weight > limits.bytes) return;
      residents.set(name, { version, length, known, weight });
      bytes += weight;
      for (const oldest of residents.keys()) {
        if (residents.size <= limits.objects && bytes <= limits.bytes) break;
        drop(oldest);
      }
    },
    drop: (name) => void drop(name),
    get objects() {
      return residents.size;
    },
    get bytes() {
      return bytes;
    },
  };
}

/** Bytes that a value, a member of a record or list, or an entry of a map takes beside what is in it. */
const SLOT_BYTES = 24;
const ARRAY_BYTES = 96;

function weigh({ sealed, index, blobs }: Known): number {
  return weightOf(sealed) + (index.places + blobs.size) * 4 * SLOT_BYTES;
}

/** Rough, and more than linear in nothing: plain data, maps and byte arrays. */
function weightOf(root: unknown): number {
  const left: unknown[] = [root];
  let weight = 0;
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    weight += SLOT_BYTES;
    if (typeof value === 'string') weight += value.length;
    else if (value instanceof Uint8Array) weight += ARRAY_BYTES + value.length;
    else if (value instanceof Map) for (const pair of value) left.push(...pair);
    else if (Array.isArray(value)) for (const one of value) left.push(one);
    else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) left.push(one);
  }
  return weight;
}
