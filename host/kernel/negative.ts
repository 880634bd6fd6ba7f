/**
 * Negative capability (R49, docs/failure-signals.md): what a cycle showed not to work, on which node, until when; and whether a call is
 * ruled out here and now. Pure over recorded results. It speaks of the encounter alone: another node is free to try.
 */
import { DEFAULT_LIMITS } from '../limits.ts';
import { hex } from '../json.ts';
import type { Condition, Entry, EntryOf, NegativeBody, RetireBody } from '../object/model.ts';
import { executionIn, nextCall } from '../object/pending.ts';
import type { NegativeNote, State } from '../object/state.ts';
import { executedCall } from './failures.ts';
import type { Facets } from './facets.ts';
import type { Ending } from './outcome.ts';
import type { NodeFacts } from './ports.ts';
import { ANY_TARGET, targetOf } from './target.ts';
import { checkWake, nextWakeTime } from './wake.ts';
import type { WakeInputs } from './wake.ts';

/** Where and when it is asked. */
export interface Here {
  readonly node: Pick<NodeFacts, 'id' | 'zone'>;
  readonly facets: Facets;
  readonly now: number;
}

type Known = Pick<State, 'negatives' | 'signals' | 'objects'>;

/** What a pending execution calls. */
export interface Aim {
  readonly operation: string;
  readonly target: string;
}

export function aimOf(pending: State['pending']): Aim | null {
  const call = pending === null ? null : nextCall(pending.body, pending.cursor);
  return call === null ? null : { operation: call.operation, target: targetOf(call.operation, call.request) };
}

/** The live negative capability that rules the call out on this node; null where none does. */
export function ruledOut(state: Known, operation: string, target: string, here: Here): NegativeNote | null {
  return state.negatives.find((note) => aimsAt(note, operation, target) && isLive(state, note, here)) ?? null;
}

/** Milliseconds for which the call is still ruled out here by time alone; 0 where it is not. */
export function ruledOutFor(state: Known, operation: string, target: string, here: Here): number {
  const times = state.negatives
    .filter((note) => aimsAt(note, operation, target) && isLive(state, note, here))
    .map((note) => (nextWakeTime(note.body.until, inputsOf(state, note, here)) ?? here.now) - here.now);
  return Math.max(0, ...times);
}

/** What a sleeper waits for until the call is not ruled out any more: that condition, with its time told from when it was met. */
export function untilOver({ since, body }: NegativeNote): Condition {
  return fromThen(body.until, since);
}

function fromThen(condition: Condition, since: number): Condition {
  if (condition.tag === 'elapsed') return { tag: 'instant', at: since + condition.ms };
  if (condition.tag !== 'group') return condition;
  return { ...condition, members: condition.members.map((member) => fromThen(member, since)) };
}

/** Why the pending execution is not to be tried on this node now; null where nothing is known against it. For people. */
export function notHere(state: Known, aim: Aim | null, here: Here): string | null {
  const note = aim === null ? null : ruledOut(state, aim.operation, aim.target, here);
  if (aim === null || note === null) return null;
  return `not here: ${aim.operation} to ${aim.target} is ruled out by entry ${note.seq} (${note.body.reason})`;
}

function aimsAt({ body }: NegativeNote, operation: string, target: string): boolean {
  return body.operation === operation && (body.target === ANY_TARGET || body.target === target);
}

function isLive(state: Known, note: NegativeNote, here: Here): boolean {
  return isOf(note, here.node) && !isOver(state, note, here);
}

function isOf({ body }: NegativeNote, node: Here['node']): boolean {
  return (body.node === null || hex(body.node) === node.id) && (body.zone === null || body.zone === node.zone);
}

function isOver(state: Known, note: NegativeNote, here: Here): boolean {
  return checkWake(note.body.until, inputsOf(state, note, here)).satisfied;
}

/** What changed on this node says nothing of another one: of its negative capabilities only time and signals are judged. */
function inputsOf({ signals, objects }: Known, note: NegativeNote, here: Here): WakeInputs {
  return {
    now: here.now,
    since: note.since,
    signals: signals.filter(({ seq }) => seq > note.seq),
    outcomes: [],
    objects,
    facets: isOf(note, here.node) ? here.facets : { ...here.facets, ...facetsIn(note.body.until) },
  };
}

/** The facets that a condition names, as they were. */
function facetsIn(condition: Condition): Partial<Facets> {
  if (condition.tag === 'context') return { [condition.facet]: condition.was };
  if (condition.tag !== 'group') return {};
  return Object.assign({}, ...condition.members.map((member) => facetsIn(member))) as Partial<Facets>; // of all members together
}

/** Entries that a cycle ends with: what is retired first, then what was met. */
export interface NegativeChanges {
  readonly retired: readonly RetireBody[];
  readonly met: readonly NegativeBody[];
}

/** Those that are not retired at any time. Older ones make room. */
const MOST = DEFAULT_LIMITS.object.negatives;

/** What the entries of a cycle, and its end, change. `here.now` is the cycle's own time. */
export function negativeChanges(
  state: Known & Pick<State, 'pending'>,
  entries: readonly Entry[],
  ending: Ending,
  here: Here,
): NegativeChanges {
  const met = metIn(state, entries, ending, here);
  const worked = workedIn(entries);
  const reasonOf = (note: NegativeNote): string | null => {
    if (isOver(state, note, here)) return 'over';
    if (met.some((one) => sameAim(one, note.body))) return 'met again';
    return isOf(note, here.node) && worked.some(([operation, target]) => aimsAt(note, operation, target))
      ? 'it worked'
      : null;
  };
  const retired = state.negatives.flatMap((note) => {
    const reason = reasonOf(note);
    return reason === null ? [] : [{ negative: note.seq, reason }];
  });
  const kept = state.negatives.filter(({ seq }) => !retired.some(({ negative }) => negative === seq));
  const room = kept.slice(0, Math.max(0, kept.length + met.length - MOST)).map(({ seq }) => seq);
  return { retired: [...retired, ...room.map((negative) => ({ negative, reason: 'room' }))], met };
}

/** One for each operation and target, by the last result. */
function metIn(
  state: Pick<State, 'pending'>,
  entries: readonly Entry[],
  ending: Ending,
  here: Here,
): readonly NegativeBody[] {
  const met = new Map<string, NegativeBody>();
  for (const entry of entries) {
    const negative =
      entry.kind === 'result' ? ofResult(entry, entries, ending, here) : ofRefusal(state, entry, entries, ending, here);
    if (negative !== null) met.set(JSON.stringify([negative.operation, negative.target]), negative);
  }
  return [...met.values()].slice(-DEFAULT_LIMITS.object.failures);
}

/** How long an unanswered call is ruled out where no envelope says when it is tried again. */
const QUIET_MS = 60_000;

function ofResult(
  { seq, node, body }: EntryOf<'result'>,
  entries: readonly Entry[],
  ending: Ending,
  here: Here,
): NegativeBody | null {
  const call = entries.find((entry) => entry.kind === 'call' && entry.seq === body.call);
  if (call?.kind !== 'call') return null;
  const { operation, request } = call.body;
  const met = { operation, target: targetOf(operation, request), ...placeOf(node, here), because: seq };
  const isExecution = ending.action === 'execution' && executedCall(entries)?.seq === call.seq;
  const ownDelay = isExecution ? delayIn(ending.wake) : null;
  switch (body.class) {
    case 'capability-missing':
      // what no provider serves, no target helps; a tool is missing by its own name
      return {
        ...met,
        target: operation === 'tools.call' ? met.target : ANY_TARGET,
        reason: body.class,
        until: changeOf('capabilities', here),
      };
    case 'no-response':
    case 'timeout':
      return { ...met, reason: body.class, until: { tag: 'elapsed', ms: ownDelay ?? QUIET_MS } };
    default:
      return null;
  }
}

/** A pending execution that policy refused: nothing but another policy, or a signal that policy may ask for, changes that. */
function ofRefusal(
  { pending }: Pick<State, 'pending'>,
  entry: Entry,
  entries: readonly Entry[],
  ending: Ending,
  here: Here,
): NegativeBody | null {
  if (entry.kind !== 'verdict' || entry.body.action !== 'execution') return null;
  if (ending.class !== 'refusal' || ending.action !== 'execution' || ending.wake === null) return null;
  const call = nextCall(executionIn(entries, pending) ?? {}, null);
  if (call === null) return null;
  const aim = { operation: call.operation, target: targetOf(call.operation, call.request) };
  const members = [changeOf('policy', here), { tag: 'signal', name: '*' } as const];
  const until: Condition = { tag: 'group', need: 1, members };
  return { ...aim, ...placeOf(entry.node, here), reason: 'refusal', because: entry.seq, until };
}

/** The node that met it: after a crash it may have been another one, whose zone is not known here. */
function placeOf(node: Uint8Array, { node: own }: Here): Pick<NegativeBody, 'node' | 'zone'> {
  const isOwn = hex(node) === own.id;
  return { node, zone: isOwn && own.zone !== '' && own.zone.length <= 64 ? own.zone : null };
}

function changeOf(facet: keyof Facets, { facets }: Here): Condition {
  return { tag: 'context', facet, was: facets[facet] };
}

/** When the envelope lets the call be tried again: the first time in what the object waits for. */
function delayIn(wake: Condition | null): number | null {
  if (wake?.tag === 'elapsed') return wake.ms;
  if (wake?.tag !== 'group') return null;
  return wake.members.find((member) => member.tag === 'elapsed')?.ms ?? null;
}

/** Calls that were answered. */
function workedIn(entries: readonly Entry[]): readonly (readonly [operation: string, target: string])[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== 'result' || entry.body.error !== null) return [];
    const call = entries.find((other) => other.kind === 'call' && other.seq === entry.body.call);
    return call?.kind === 'call'
      ? [[call.body.operation, targetOf(call.body.operation, call.body.request)] as const]
      : [];
  });
}

function sameAim(a: NegativeBody, b: NegativeBody): boolean {
  const node = (body: NegativeBody): string => (body.node === null ? '' : hex(body.node));
  return a.operation === b.operation && a.target === b.target && node(a) === node(b) && a.zone === b.zone;
}
