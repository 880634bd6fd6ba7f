/**
 * Wake conditions, as a tree: `any(signal('approval'), after(days(30)))`. Pure.
 */
import type { OutcomeClass } from './task.ts';

/** What a change of may wake the object: the node's policy set, the node, its zone, what it has providers for. */
export type ContextFacet = 'policy' | 'node' | 'zone' | 'capabilities';
/** How far another object has come: to a position, to its end, to its end with its intent fulfilled. */
export type ObjectState = 'reached' | 'ended' | 'achieved';

export type Condition =
  | { readonly tag: 'instant'; readonly at: number }
  | { readonly tag: 'elapsed'; readonly ms: number }
  | { readonly tag: 'signal'; readonly name: string }
  | { readonly tag: 'outcomes'; readonly classes: readonly OutcomeClass[]; readonly count: number }
  | { readonly tag: 'context'; readonly facet: ContextFacet }
  | { readonly tag: 'object'; readonly object: string; readonly state: ObjectState; readonly seq: number }
  | { readonly tag: 'group'; readonly need: number; readonly members: readonly Condition[] };

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MAX_COUNT = 256;

export const seconds = (count: number): number => count * SECOND_MS;
export const minutes = (count: number): number => count * MINUTE_MS;
export const hours = (count: number): number => count * HOUR_MS;
export const days = (count: number): number => count * DAY_MS;

/** Holds from this time on: a Date, or milliseconds since 1970. */
export function at(time: Date | number): Condition {
  return { tag: 'instant', at: wholeMs(typeof time === 'number' ? time : time.getTime(), 'at') };
}

/** Holds when so many milliseconds have passed since the object fell asleep: `after(days(30))`. */
export function after(ms: number): Condition {
  return { tag: 'elapsed', ms: wholeMs(ms, 'after') };
}

/** Holds when a signal of this name came in since the object fell asleep. `*` stands for any name. */
export function signal(name: string): Condition {
  if (name === '') throw new RangeError('signal: expected a name, found an empty text');
  return { tag: 'signal', name };
}

/**
 * Holds when so many outcomes of these classes, or of any where none is named, came in since the object fell asleep: of its own tries,
 * and of other objects that it was shown.
 */
export function outcomes(count: number, ...classes: readonly OutcomeClass[]): Condition {
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw new RangeError(`outcomes: expected to count 1 to ${MAX_COUNT}, found ${count}`);
  }
  return { tag: 'outcomes', classes, count };
}

/** Holds when this is not any more what it was when the object fell asleep. */
export function contextChange(facet: ContextFacet): Condition {
  return { tag: 'context', facet };
}

/** Holds when the object's memory shows that another one has terminated: its id, `child:` and the name of a child, or `parent`. */
export function ended(object: string): Condition {
  return { tag: 'object', object, state: 'ended', seq: 0 };
}

/** Holds when the object's memory shows that another one has terminated with its intent fulfilled. */
export function achieved(object: string): Condition {
  return { tag: 'object', object, state: 'achieved', seq: 0 };
}

/** Holds when the object's memory shows that another one has come to this position, or further. */
export function reached(object: string, seq: number): Condition {
  if (!Number.isSafeInteger(seq) || seq < 0) throw new RangeError(`reached: expected a position, found ${seq}`);
  return { tag: 'object', object, state: 'reached', seq };
}

/** Holds when the end of the child with this name is known. */
export function childEnded(name: string): Condition {
  return ended(`child:${name}`);
}

/** Holds when the child with this name is known to have fulfilled its intent. */
export function childAchieved(name: string): Condition {
  return achieved(`child:${name}`);
}

/** Holds when one of the members does. */
export function any(...members: readonly Condition[]): Condition {
  return atLeast(1, ...members);
}

/** Holds when all of the members do. */
export function all(...members: readonly Condition[]): Condition {
  return atLeast(members.length, ...members);
}

/** Holds when `need` or more of the members do. */
export function atLeast(need: number, ...members: readonly Condition[]): Condition {
  if (members.length === 0) throw new RangeError('condition: expected at least one member, found none');
  if (!Number.isInteger(need) || need < 1 || need > members.length) {
    throw new RangeError(`condition: expected to need 1 to ${members.length} members, found ${need}`);
  }
  return { tag: 'group', need, members };
}

function wholeMs(ms: number, subject: string): number {
  if (!Number.isSafeInteger(ms) || ms < 0) {
    throw new RangeError(`${subject}: expected a whole number of milliseconds, found ${ms}`);
  }
  return ms;
}
