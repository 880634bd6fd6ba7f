/**
 * Looking at an object without touching it: verified, folded to any entry, no lock and no key needed.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { Limits } from '../limits.ts';
import type { Child } from '../object/child.ts';
import { entryJson, genesisJson, toJson } from '../object/json.ts';
import type { Known } from '../object/known.ts';
import type { Entry } from '../object/model.ts';
import { quarantineOf } from '../object/quarantine.ts';
import type { State } from '../object/state.ts';
import type { Carried } from '../object/walk.ts';
import type { ValueMap } from '../value.ts';
import { censusJson } from './census.ts';
import type { Census } from './census.ts';
import { expectSound, loadObject } from './load.ts';
import { negativeJson, pendingJson } from './view-pending.ts';
import type { HostPorts } from './host-ports.ts';

export interface ObjectView {
  /** State behind the entry that was asked for; where a body before it stayed closed, behind the last entry before that. */
  readonly state: State;
  /** Entries up to it, in order. */
  readonly entries: readonly Entry[];
  /** Entries at the end that no seal covers yet. */
  readonly unsealed: number;
  readonly signed: boolean;
  /** Bodies of the whole object that are confidential, and to whom. */
  readonly confidential: Census;
  /** The checkpoint that it begins with; what was before stands in archives. Null for a whole object. */
  readonly carried: Carried | null;
}

/** Errors: `object.*` where the object does not hold, `usage` for an entry that it does not have, `store.*`. */
export async function viewObject(
  name: string,
  ports: Pick<HostPorts, 'store' | 'hash' | 'verify' | 'reader'>,
  limits: Limits,
  at?: number,
): Promise<ObjectView> {
  const entries: Entry[] = [];
  let state: State | null = null;
  const onEntry = (entry: Entry, behind: State): void => {
    if (at !== undefined && entry.seq > at) return;
    entries.push(
      entry.kind === 'blob' ? { ...entry, body: { ...entry.body, bytes: entry.body.bytes.slice() } } : entry,
    );
    state = behind;
  };
  const object = expectSound(await loadObject(ports.store.read(name), { ports, limits, onEntry }), name);
  const { carried } = object.chain;
  const first = carried?.seq ?? 1;
  if (at !== undefined && (at < first || at > object.chain.seq)) {
    const archived = at < first && at > 0 ? ', which stands in an archive' : '';
    throw new SojournError(
      'usage',
      `${name}: expected an entry from ${first} to ${object.chain.seq}, found ${at}${archived}`,
    );
  }
  return {
    state: state ?? object.state,
    entries,
    unsealed: object.tail.length,
    signed: !object.chain.unsigned,
    confidential: object.confidential,
    carried,
  };
}

/** The view as plain JSON data: what `sojourn show --json` prints. */
export function viewJson(view: ObjectView): ValueMap {
  const { state, entries, unsealed, signed, confidential, carried } = view;
  const { genesis, dormancy, last } = state;
  return {
    id: hex(state.id),
    status: state.status,
    seq: state.seq,
    head: hex(state.head),
    cycle: state.cycle,
    trust: state.trust,
    continuousOver: state.continuity.over,
    quarantine: quarantineJson(state),
    signed,
    unsealed,
    confidential: censusJson(confidential),
    checkpoint: state.checkpoint,
    carried: carried === null ? null : { ...carried },
    genesis: genesisJson(genesis),
    intent: toJson({ ...state.intent }),
    values: Object.fromEntries([...state.values].map(([key, { value, seq }]) => [key, { value: toJson(value), seq }])),
    spent: { ...state.spent },
    signals: state.signals.map((signal) => ({ ...signal })),
    children: Object.fromEntries(Array.from(state.children, ([name, child]) => [name, childJson(child)])),
    objects: Object.fromEntries(Array.from(state.objects, ([id, known]) => [id, knownJson(known)])),
    dormancy:
      dormancy === null
        ? null
        : {
            seq: dormancy.seq,
            since: dormancy.since,
            attempts: dormancy.attempts,
            outcomes: dormancy.outcomes.map((note) => ({ ...note })),
            condition: conditionJson(dormancy.condition),
          },
    pending: state.pending === null ? null : pendingJson(state.pending),
    negatives: state.negatives.map((note) => negativeJson(note, conditionJson)),
    last: last === null ? null : entryJson(last),
    entries: entries.map((entry) => entryJson(entry)),
  };
}

export function childJson({ end, carved, ...child }: Child): ValueMap {
  const told = end === null ? null : { ...end, result: toJson(end.result), back: { ...end.back } };
  return { ...child, carved: { ...carved }, end: told };
}

function knownJson({ cancelled, ended, last, spent, fork, ...head }: Known): ValueMap {
  return {
    ...head,
    ended: ended === null ? null : { ...ended },
    last: last === null ? null : { ...last },
    cancelled: Object.fromEntries(Array.from(cancelled, ([name, given]) => [name, { ...given }])),
    spent: spent === null ? null : { ...spent },
    fork: fork === null ? null : { ...fork },
  };
}

/** What any other node than that of its last cycle would meet (docs/trust.md). */
export function quarantineJson(state: State): ValueMap | null {
  const found = quarantineOf(state);
  return found === null ? null : { from: hex(found.from), slope: found.slope, lost: found.lost };
}

function conditionJson(condition: NonNullable<State['dormancy']>['condition']): ValueMap {
  if (condition.tag === 'group') return { ...condition, members: condition.members.map(conditionJson) };
  return condition.tag === 'object' ? { ...condition, id: hex(condition.id) } : { ...condition };
}
