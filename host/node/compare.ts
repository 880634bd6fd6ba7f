/**
 * `compare`: two copies of one object side by side. Both are verified; of what each has beyond what they share it is said who wrote it
 * and which seal covers it. Needs no key, no policy and no network, and memory that does not grow with the histories.
 */
import { hex } from '../json.ts';
import type { Limits } from '../limits.ts';
import { compareCopies } from '../object/compare.ts';
import type { Comparison } from '../object/compare.ts';
import { storedKind } from '../object/confidential.ts';
import { isBadObject } from '../object/genesis.ts';
import type { Entry } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Place } from '../object/walk.ts';
import type { HostPorts } from './host-ports.ts';
import { expectSound, loadObject } from './load.ts';

/** One copy, and what it has beyond what both share. */
export interface Branch {
  readonly object: string;
  readonly id: string;
  /** `seq` of the last entry. */
  readonly last: number;
  readonly beyond: { readonly entries: number; readonly cycles: number };
  /** The first entry that the other copy does not have; null where there is none. */
  readonly parted: EntryNote | null;
  /** The first seal behind the parting: who vouches for it. Null where nothing parts, or nobody vouches for it yet. */
  readonly seal: (EntryNote & { readonly signed: boolean }) | null;
  /** Ids of the nodes that sealed beyond the parting, in order of appearance; the first 64 of them. */
  readonly nodes: readonly string[];
}

export interface EntryNote {
  readonly seq: number;
  /** Byte offset in this copy. */
  readonly offset: number;
  readonly kind: string;
  readonly node: string;
  readonly time: number;
}

export interface CompareReport {
  /** `prefix`: one is behind the other. `other`: two objects. `apart`: no entry stands in both, for the rest is in archives. */
  readonly relation: Comparison['relation'];
  /** For `prefix`: the copy that is behind. */
  readonly behind: 'a' | 'b' | null;
  /** `seq` of the first entry that is not the same in both; null where there is none. */
  readonly at: number | null;
  readonly a: Branch;
  readonly b: Branch;
}

const NODES_TOLD = 64;

/** Errors: `store.*`, and `object.*` where a copy does not hold, with its name. */
export async function compareObjects(
  names: readonly [a: string, b: string],
  ports: Pick<HostPorts, 'store' | 'hash' | 'verify'>,
  limits: Limits,
): Promise<CompareReport> {
  const found = await compareStored(names, ports, limits);
  const at = found?.relation === 'fork' ? found.a.seq : found?.relation === 'prefix' ? found.next.seq : null;
  const [a, b] = [await readBranch(names[0], at, ports, limits), await readBranch(names[1], at, ports, limits)];
  // what does not hold was told by now
  const comparison = found ?? { relation: 'other' };
  return {
    relation: comparison.relation,
    behind: comparison.relation === 'prefix' ? comparison.shorter : null,
    at,
    a,
    b,
  };
}

/** Null for a copy that can't be read to its end: verifying it says why. */
async function compareStored(
  [a, b]: readonly [a: string, b: string],
  { store, hash }: Pick<HostPorts, 'store' | 'hash'>,
  limits: Limits,
): Promise<Comparison | null> {
  try {
    return await compareCopies(store.read(a), store.read(b), limits.object, hash);
  } catch (error) {
    if (!isBadObject(error)) throw error;
    return null;
  }
}

async function readBranch(
  name: string,
  at: number | null,
  ports: Pick<HostPorts, 'store' | 'hash' | 'verify'>,
  limits: Limits,
): Promise<Branch> {
  const beyond = { entries: 0, cycles: 0 };
  const nodes = new Set<string>();
  let parted: EntryNote | null = null;
  let seal: Branch['seal'] = null;
  const onEntry = (entry: Entry, _: State, { offset }: Place): void => {
    if (at === null || entry.seq < at) return;
    beyond.entries++;
    if (storedKind(entry) === 'outcome') beyond.cycles++;
    parted ??= noteOf(entry, offset);
    if (entry.kind !== 'seal') return;
    seal ??= { ...noteOf(entry, offset), signed: entry.body.signature !== null };
    if (nodes.size < NODES_TOLD) nodes.add(hex(entry.node));
  };
  const { chain } = expectSound(await loadObject(ports.store.read(name), { ports, limits, onEntry }), name);
  return { object: name, id: hex(chain.id), last: chain.seq, beyond, parted, seal, nodes: [...nodes] };
}

function noteOf(entry: Entry, offset: number): EntryNote {
  const { seq, node, time } = entry;
  return { seq, offset, kind: storedKind(entry), node: hex(node), time };
}
