/**
 * What came back of the children that a sleeper waited for, when it wakes (R54): derived from the condition and the object's own memory,
 * so that whoever reads it comes to the same.
 */
import { hex } from '../json.ts';
import type { AggregateBody, Condition, EntryOf, FailureBody } from '../object/model.ts';
import type { Dormancy, State } from '../object/state.ts';
import { checkWake } from './wake.ts';
import type { WakeInputs } from './wake.ts';

/**
 * Null where the condition names no child's end. Children are missing only where fewer came back than were needed, and it was time
 * that let the object wake without them.
 */
export function aggregateOf(state: State, { condition }: Dormancy, inputs: WakeInputs): AggregateBody | null {
  const byId = new Map(Array.from(state.children, ([name, child]) => [child.id, { name, child }]));
  const named = endsIn(condition).flatMap((id) => byId.get(id) ?? []);
  if (named.length === 0) return null;
  const of = named.map(({ name }) => name);
  const own = new Set(named.map(({ child }) => child.id));
  const need = Math.min(
    of.length,
    Math.max(1, leastOf(condition, own, NEVER) ?? leastOf(condition, own, 0) ?? of.length),
  );
  const returned = named.flatMap(({ name, child }) => (child.end === null ? [] : [{ name, seq: child.end.seq }]));
  const short = returned.length < need && !checkWake(withoutTime(condition), inputs).satisfied;
  const absent = named.filter(({ child }) => child.end === null && child.status !== 'cancelled');
  return { need, of, returned, missing: short ? absent.map(({ name }) => name) : [] };
}

/** A failure signal for each child that is missing. */
export function missingChildren({ seq, body }: EntryOf<'aggregate'>): readonly FailureBody[] {
  return body.missing.map((name) => ({
    class: 'no-response',
    operation: 'delegation',
    target: name,
    reason: 'child-missing',
    because: seq,
  }));
}

/** Ids of the objects whose end the condition waits for, in order, each once. */
function endsIn(condition: Condition): readonly string[] {
  if (condition.tag === 'object') return condition.state === 'reached' ? [] : [hex(condition.id)];
  return condition.tag === 'group' ? [...new Set(condition.members.flatMap(endsIn))] : [];
}

const NEVER = null;

/**
 * The least number of these objects whose end makes the condition hold, if all else comes about for nothing (`other` 0), or never.
 * Null: no number does.
 */
function leastOf(condition: Condition, own: ReadonlySet<string>, other: 0 | null): number | null {
  if (condition.tag === 'object' && condition.state !== 'reached' && own.has(hex(condition.id))) return 1;
  if (condition.tag !== 'group') return other;
  const costs = condition.members.map((member) => leastOf(member, own, other)).filter((cost) => cost !== null);
  const taken = costs.toSorted((a, b) => a - b).slice(0, condition.need);
  return taken.length < condition.need ? null : taken.reduce((sum, cost) => sum + cost, 0);
}

/** The same, with no time that ever comes. */
function withoutTime(condition: Condition): Condition {
  if (condition.tag === 'instant' || condition.tag === 'elapsed')
    return { tag: 'instant', at: Number.MAX_SAFE_INTEGER };
  return condition.tag === 'group' ? { ...condition, members: condition.members.map(withoutTime) } : condition;
}
