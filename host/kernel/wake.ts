/**
 * Wake conditions: deciding whether one holds. One evaluator for all of them, pure: all that it goes by is handed in (R41).
 */
import { hex } from '../json.ts';
import type { Known, OutcomeNote } from '../object/known.ts';
import type { Condition } from '../object/model.ts';
import type { SignalNote } from '../object/state.ts';
import type { Facets } from './facets.ts';

/** What a condition is held against: nothing else decides whether it holds. */
export interface WakeInputs {
  readonly now: number;
  /** When the object fell asleep, by the entry's own time. */
  readonly since: number;
  /** Signals that came in after it fell asleep. */
  readonly signals: readonly SignalNote[];
  /** Outcomes that came about after it fell asleep. */
  readonly outcomes: readonly OutcomeNote[];
  /** What is known of other objects, whenever it came in. */
  readonly objects: ReadonlyMap<string, Known>;
  /** What this node is now. */
  readonly facets: Facets;
}

export interface WakeCheck {
  readonly satisfied: boolean;
  /** `seq` of the entries that helped (signals, witnesses, outcomes), in order, each once. Time and the node have none. */
  readonly because: readonly number[];
}

const NOT_MET: WakeCheck = { satisfied: false, because: [] };

/**
 * Whether a condition holds. A clock that went back makes no time pass: the object sleeps on until its own clock is there. More
 * signals, outcomes and witnesses, and a later time, never make a condition fail that held without them; another node may.
 */
export function checkWake(condition: Condition, inputs: WakeInputs): WakeCheck {
  switch (condition.tag) {
    case 'instant':
      return { satisfied: inputs.now >= condition.at, because: [] };
    case 'elapsed':
      return { satisfied: inputs.now - inputs.since >= condition.ms, because: [] };
    case 'signal': {
      const hits = inputs.signals.filter((signal) => condition.name === '*' || condition.name === signal.name);
      return { satisfied: hits.length > 0, because: hits.map((signal) => signal.seq) };
    }
    case 'outcomes':
      return checkOutcomes(condition, inputs.outcomes);
    case 'context':
      return { satisfied: inputs.facets[condition.facet] !== condition.was, because: [] };
    case 'object':
      return checkObject(condition, inputs.objects.get(hex(condition.id)));
    case 'group':
      return checkGroup(condition.need, condition.members, inputs);
  }
}

function checkOutcomes({ classes, count }: ConditionOf<'outcomes'>, notes: readonly OutcomeNote[]): WakeCheck {
  const hits = notes.filter((note) => classes.length === 0 || classes.includes(note.class));
  const total = hits.reduce((sum, note) => sum + note.count, 0);
  return { satisfied: total >= count, because: hits.map((note) => note.seq) };
}

/** Of two branches of the other object, the one that was known first counts. */
function checkObject({ state, seq }: ConditionOf<'object'>, known: Known | undefined): WakeCheck {
  if (known === undefined) return NOT_MET;
  if (state === 'reached') return { satisfied: known.at >= seq, because: [known.seq] };
  const { ended } = known;
  if (ended === null) return NOT_MET;
  return { satisfied: state === 'ended' || ended.achieved, because: [ended.seq] };
}

function checkGroup(need: number, members: readonly Condition[], inputs: WakeInputs): WakeCheck {
  const held = members.map((member) => checkWake(member, inputs)).filter((check) => check.satisfied);
  const because = [...new Set(held.flatMap((check) => check.because))].toSorted((a, b) => a - b);
  return { satisfied: held.length >= need, because };
}

/**
 * The earliest time from which on the condition holds if nothing but time comes to pass; null where time alone never does it. What
 * holds already, whatever the time, has held since the object fell asleep.
 */
export function nextWakeTime(condition: Condition, inputs: WakeInputs): number | null {
  switch (condition.tag) {
    case 'instant':
      return condition.at;
    case 'elapsed':
      return inputs.since + condition.ms;
    case 'group': {
      const times = condition.members.map((member) => nextWakeTime(member, inputs)).filter((time) => time !== null);
      return times.toSorted((a, b) => a - b)[condition.need - 1] ?? null;
    }
    default:
      return checkWake(condition, inputs).satisfied ? inputs.since : null;
  }
}

type ConditionOf<T extends Condition['tag']> = Extract<Condition, { readonly tag: T }>;

export const SIGNAL_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
