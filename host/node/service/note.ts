/**
 * The note that a node's store keeps beside an object: what lists, timers and relations need of it, so that a node starts without
 * reading its objects. A cache: one that is not there, or is of another version, is made again from the object (R42).
 */
import { hex } from '../../json.ts';
import type { Facets } from '../../kernel/facets.ts';
import { wakeInputs } from '../../kernel/reentry.ts';
import { checkWake, nextWakeTime } from '../../kernel/wake.ts';
import type { WakeInputs } from '../../kernel/wake.ts';
import { decode, encode } from '../../object/codec.ts';
import { parentsWord } from '../../object/lineage.ts';
import type { Condition, Genesis } from '../../object/model.ts';
import type { State } from '../../object/state.ts';
import { isCount, isList } from '../../value.ts';
import type { Value } from '../../value.ts';

export const STATUSES = ['active', 'dormant', 'terminated', 'left', 'set-aside'] as const;

/** What is true of an object, beside its numbers. */
export const FLAGS = {
  /** Made without a first run; nobody has asked for one since. */
  held: 1,
  /** Active, and its last cycle carried nothing out: who runs it again does so on purpose. */
  resting: 2,
  /** It sleeps until others have had outcomes. */
  hears: 4,
  /** It sleeps until its surroundings change. */
  context: 8,
  /** It knows that its parent ended or gave it up. */
  orphaned: 16,
  /** Its condition holds, or its parent's word is reason enough to look at it. */
  ready: 32,
  /** Made with an idempotency key: its nonce is found by it. */
  keyed: 64,
  /** Its parent gave it up. Of the index alone, from the note of the parent. */
  givenUp: 128,
} as const;

export interface Note {
  readonly status: 'active' | 'dormant' | 'terminated';
  /** Of `FLAGS`. */
  readonly flags: number;
  readonly handler: Uint8Array;
  readonly kind: string;
  readonly parent: Uint8Array | null;
  readonly cycles: number;
  readonly seq: number;
  /** Bytes up to its last seal, or the merged attempts behind it: more than that is a cycle that was left open. */
  readonly length: number;
  readonly wakesAt: number | null;
  /** Names of signals that it waits for, and objects that are not where it waits for them to be. */
  readonly signals: readonly string[];
  readonly objects: readonly Awaited[];
  /** Children whose end it knows, and ids of those that it gave up and that have not ended since. */
  readonly returned: number;
  readonly givenUp: readonly Uint8Array[];
  /** Of its genesis: from the idempotency key where it was made with one. */
  readonly nonce: Uint8Array;
  /** What the node was that wrote the note: 8 bytes of a digest, and its id. */
  readonly facets: Uint8Array;
  readonly node: Uint8Array;
}

/** `until`: the entry that the object has to reach; 0: its end. */
export interface Awaited {
  readonly id: Uint8Array;
  readonly until: number;
}

/** What a note says beside the object's own state. */
export interface NoteFacts {
  readonly facets: Facets;
  readonly fingerprint: Uint8Array;
  readonly node: Uint8Array;
  readonly now: number;
  readonly held: boolean;
  readonly keyed: boolean;
}

/** At a seal, or behind merged attempts. */
export function noteOf(state: State, length: number, facts: NoteFacts): Note {
  const { status, genesis, dormancy } = state;
  const inputs = dormancy === null ? null : wakeInputs(state, dormancy, facts.now, facts.facets);
  const waits: Waits = { signals: new Set(), objects: new Map(), flags: 0 };
  if (dormancy !== null && inputs !== null) gather(dormancy.condition, inputs, waits);
  const orphaned = parentsWord(state) !== null;
  const holds = dormancy !== null && inputs !== null && checkWake(dormancy.condition, inputs).satisfied;
  const flags =
    waits.flags |
    (facts.held && status === 'active' ? FLAGS.held : 0) |
    (facts.keyed ? FLAGS.keyed : 0) |
    (restsAt(state) ? FLAGS.resting : 0) |
    (orphaned ? FLAGS.orphaned : 0) |
    (status !== 'terminated' && (holds || (orphaned && dormancy !== null)) ? FLAGS.ready : 0);
  const children = [...state.children.values()];
  return {
    ...newNote(genesis, state.seq, length, facts),
    status,
    flags,
    kind: state.intent.kind,
    cycles: state.cycle,
    wakesAt: dormancy === null || inputs === null ? null : timeOf(nextWakeTime(dormancy.condition, inputs)),
    signals: [...waits.signals],
    objects: [...waits.objects.values()],
    returned: children.filter(({ end }) => end !== null).length,
    givenUp: children
      .filter((child) => child.status === 'cancelled' && child.end === null)
      .map(({ id }) => bytesOf(id)),
  };
}

/** Of an object that was just made: a genesis and its first seal at `seq`. */
export function newNote(genesis: Genesis, seq: number, length: number, facts: NoteFacts): Note {
  return {
    status: 'active',
    flags: (facts.held ? FLAGS.held : 0) | (facts.keyed ? FLAGS.keyed : 0),
    handler: genesis.handler,
    kind: genesis.intent.kind,
    parent: genesis.context.parent?.id ?? null,
    cycles: 0,
    seq,
    length,
    wakesAt: null,
    signals: [],
    objects: [],
    returned: 0,
    givenUp: [],
    nonce: genesis.nonce,
    facets: facts.fingerprint,
    node: facts.node,
  };
}

/** A signal since then is reason enough to go on. */
function restsAt({ status, last, signals }: State): boolean {
  if (status !== 'active' || last === null || last.body.action !== null) return false;
  return (signals.at(-1)?.seq ?? 0) < last.seq;
}

/** A time that is too far to be told exactly is far enough. */
function timeOf(time: number | null): number | null {
  return time === null ? null : Math.min(time, Number.MAX_SAFE_INTEGER);
}

interface Waits {
  readonly signals: Set<string>;
  readonly objects: Map<string, Awaited>;
  flags: number;
}

function gather(condition: Condition, inputs: WakeInputs, waits: Waits): void {
  if (condition.tag === 'group') for (const member of condition.members) gather(member, inputs, waits);
  if (condition.tag === 'signal') waits.signals.add(condition.name);
  if (condition.tag === 'outcomes') waits.flags |= FLAGS.hears;
  if (condition.tag === 'context') waits.flags |= FLAGS.context;
  if (condition.tag === 'object' && !checkWake(condition, inputs).satisfied)
    waits.objects.set(`${hex(condition.id)} ${condition.seq}`, { id: condition.id, until: condition.seq });
}

const VERSION = 1;

export function encodeNote(note: Note): Uint8Array {
  return encode([
    VERSION,
    STATUSES.indexOf(note.status),
    note.flags,
    note.handler,
    note.kind,
    note.parent,
    note.cycles,
    note.seq,
    note.length,
    note.wakesAt,
    note.signals,
    note.objects.map(({ id, until }) => [id, until]),
    note.returned,
    note.givenUp,
    note.nonce,
    note.facets,
    note.node,
  ]);
}

/** A note holds at most this; more is none. */
export const NOTE_BYTES = 65_536;
const BOUNDS = { itemBytes: NOTE_BYTES, blobBytes: NOTE_BYTES, depth: 3 };

/** Null for what is no note of this version. */
export function decodeNote(bytes: Uint8Array): Note | null {
  try {
    return bytes.length > NOTE_BYTES ? null : readNote(decode(bytes, BOUNDS));
  } catch {
    return null;
  }
}

function readNote(value: Value): Note | null {
  if (!isList(value) || value.length !== 17 || value[0] !== VERSION) return null;
  const [, index, flags, handler, kind, parent, cycles, seq, length, wakesAt, signals, objects] = value;
  const [returned, givenUp, nonce, facets, node] = value.slice(12);
  const status = STATUSES[isCount(index) ? index : STATUSES.length];
  if (status === undefined || status === 'left' || status === 'set-aside') return null;
  if (typeof kind !== 'string' || !(wakesAt === null || isTime(wakesAt))) return null;
  if (!isBytes(handler, 32) || !(parent === null || isBytes(parent, 32))) return null;
  const lists = readLists(signals, objects, givenUp);
  const numbers = readNumbers({ flags, cycles, seq, length, returned });
  const writer = readWriter(nonce, facets, node);
  if (lists === null || numbers === null || writer === null) return null;
  return { status, handler, kind, parent, wakesAt, ...lists, ...numbers, ...writer };
}

function readLists(
  signals?: Value,
  objects?: Value,
  givenUp?: Value,
): Pick<Note, 'signals' | 'objects' | 'givenUp'> | null {
  const isText = (item: Value): item is string => typeof item === 'string';
  if (!isList(signals) || !isList(objects) || !isList(givenUp)) return null;
  const awaited = objects.map(readAwaited).filter((item) => item !== null);
  const ids = givenUp.filter((id) => isBytes(id, 32));
  const whole = awaited.length === objects.length && ids.length === givenUp.length;
  return whole && signals.every(isText) ? { signals, objects: awaited, givenUp: ids } : null;
}

function readAwaited(value: Value): Awaited | null {
  const [id, until] = isList(value) ? value : [];
  return isBytes(id, 32) && isCount(until) ? { id, until } : null;
}

function readWriter(nonce?: Value, facets?: Value, node?: Value): Pick<Note, 'nonce' | 'facets' | 'node'> | null {
  return isBytes(nonce, 16) && isBytes(facets, 8) && isBytes(node, 16) ? { nonce, facets, node } : null;
}

type Counts = Pick<Note, 'flags' | 'cycles' | 'seq' | 'length' | 'returned'>;

function readNumbers(found: { readonly [name in keyof Counts]: Value | undefined }): Counts | null {
  const { flags, cycles, seq, length, returned } = found;
  if (!isCount(flags) || !isCount(cycles) || !isCount(seq) || !isCount(length) || !isCount(returned)) return null;
  return { flags, cycles, seq, length, returned };
}

function isTime(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function isBytes(value: Value | undefined, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length;
}

function bytesOf(id: string): Uint8Array {
  return new Uint8Array(Buffer.from(id, 'hex'));
}
