/**
 * Objects that lie side by side: what one of them would have to be told of another, and whether it would then wake. Pure, over what is
 * kept of each: a card. Told is only what matters, so that a folder that is looked at often does not grow for it (R43).
 */
import { hex } from '../json.ts';
import { readEnd } from '../object/end.ts';
import type { Known, OutcomeNote } from '../object/known.ts';
import { parentsWord } from '../object/lineage.ts';
import type { Lineage } from '../object/lineage.ts';
import type { Condition, OutcomeClass } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Facets } from './facets.ts';
import { aimOf, notHere } from './negative.ts';
import type { Aim } from './negative.ts';
import { wakeInputs } from './reentry.ts';
import { relatedObjects } from './relation.ts';
import { checkWake, nextWakeTime } from './wake.ts';
import type { WakeCheck } from './wake.ts';

/** What is kept of an object while others are looked at. */
export interface Card {
  readonly id: string;
  /** `seq` of its last seal. */
  readonly at: number;
  readonly seen: Pick<State, 'status' | 'dormancy' | 'signals' | 'negatives'> & Lineage;
  /** What it tries again when it wakes; null: its handler goes on. */
  readonly tries: Aim | null;
  /** Ids of the objects that it has to do with. */
  readonly related: readonly string[];
  /** Its last outcome; `end` where that ended it. */
  readonly last: {
    readonly at: number;
    readonly class: OutcomeClass;
    readonly end: boolean;
    readonly achieved: boolean;
  } | null;
  /** Ids of the children that it gave up. */
  readonly givenUp: ReadonlySet<string>;
}

/** `givenUp` are names of children that it gave up. The state is that at the last seal, and behind merged attempts without one. */
export function cardOf(state: State, givenUp: Iterable<string>): Card {
  const { status, dormancy, negatives, objects, last, sealed } = state;
  const { parent } = state.genesis.context;
  const signals = state.signals.filter((signal) => dormancy !== null && signal.seq > dormancy.seq);
  const end = last === null ? null : readEnd(last.body);
  const ids = Array.from(givenUp, (name) => state.children.get(name)?.id).filter((id) => id !== undefined);
  return {
    id: hex(state.id),
    at: sealed?.seq ?? 0,
    seen: { status, dormancy, signals, negatives, objects, genesis: { context: { parent } } },
    tries: aimOf(state.pending),
    related: relatedObjects(state),
    last:
      last === null
        ? null
        : { at: last.seq, class: last.body.class, end: end !== null, achieved: end?.achieved ?? false },
    givenUp: new Set(ids),
  };
}

/** Whether an object should be told of another one that lies beside it. */
export function isWorthTelling(card: Card, other: Card): boolean {
  const { seen } = card;
  if (seen.status === 'terminated' || !card.related.includes(other.id)) return false;
  const known = seen.objects.get(other.id);
  if (known !== undefined && known.fork !== null) return false;
  if (other.last?.end === true && (known?.ended ?? null) === null) return true;
  const { parent } = seen.genesis.context;
  const given = parent !== null && hex(parent.id) === other.id && other.givenUp.has(card.id);
  if (given && known?.cancelled.has(parent.name) !== true) return true;
  return seen.dormancy !== null && leavesOf(seen.dormancy.condition).some((leaf) => concerns(leaf, known, other));
}

function concerns(leaf: Condition, known: Known | undefined, other: Card): boolean {
  if (leaf.tag === 'object')
    return (
      leaf.state === 'reached' && hex(leaf.id) === other.id && other.at >= leaf.seq && (known?.at ?? -1) < leaf.seq
    );
  if (leaf.tag !== 'outcomes' || other.last === null || other.last.at <= (known?.last?.at ?? 0)) return false;
  return leaf.classes.length === 0 || leaf.classes.includes(other.last.class);
}

function leavesOf(condition: Condition): readonly Condition[] {
  return condition.tag === 'group' ? condition.members.flatMap(leavesOf) : [condition];
}

/** Where a sleeper stands. */
export interface Prospect {
  /** `ended-above`: its parent ended or gave it up, which is reason enough to look at it. */
  readonly why: 'condition' | 'ended-above' | null;
  readonly check: WakeCheck;
  /** When time alone wakes it; null where it never does. */
  readonly wakesAt: number | null;
  /** Why what it tries again is not to be tried on this node now; null where nothing is known against it. */
  readonly notHere: string | null;
}

/** Where a sleeper would stand once it were told of `others`; those that it need not be told of change nothing. */
export function prospectOf(card: Card, others: readonly Card[], now: number, facets: Facets): Prospect | null {
  const { dormancy } = card.seen;
  if (dormancy === null) return null;
  const told = others.filter((other) => isWorthTelling(card, other));
  const objects = new Map(card.seen.objects);
  for (const other of told) objects.set(other.id, wouldKnow(objects.get(other.id), card, other));
  const news = told.flatMap((other) => outcomeOf(card, other));
  const seen = { ...card.seen, objects };
  const inputs = wakeInputs(seen, { ...dormancy, outcomes: [...dormancy.outcomes, ...news] }, now, facets);
  const check = checkWake(dormancy.condition, inputs);
  const why = check.satisfied ? 'condition' : parentsWord(seen) === null ? null : 'ended-above';
  return {
    why,
    check: { ...check, because: check.because.filter((seq) => seq > 0) },
    wakesAt: nextWakeTime(dormancy.condition, inputs),
    notHere: notHere(card.seen, card.tries, { node: { id: facets.node, zone: facets.zone }, facets, now }),
  };
}

/** What was not told yet has no entry: its `seq` is 0. */
function wouldKnow(known: Known | undefined, card: Card, { at, last, givenUp }: Card): Known {
  const { parent } = card.seen.genesis.context;
  const given = parent !== null && givenUp.has(card.id) ? [[parent.name, { seq: 0, reason: '' }] as const] : [];
  const ended =
    last?.end === true ? { achieved: last.achieved, class: last.class, seq: 0, item: 0, at: last.at } : null;
  return {
    ...(known ?? { head: '', node: '', time: 0, cycle: 0, trust: 0, last: null, spent: null, fork: null }),
    seq: 0,
    at: Math.max(at, known?.at ?? 0),
    ended: known?.ended ?? ended,
    cancelled: new Map([...given, ...(known?.cancelled ?? [])]),
  };
}

function outcomeOf(card: Card, { id, last }: Card): readonly OutcomeNote[] {
  const known = card.seen.objects.get(id)?.last?.at ?? 0;
  return last === null || last.at <= known ? [] : [{ seq: 0, class: last.class, count: 1, own: false }];
}
