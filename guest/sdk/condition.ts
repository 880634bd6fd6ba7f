/**
 * Wake conditions, as a tree: `any(signal('approval'), after(days(30)))`. Pure.
 */

export type Condition =
  | { readonly tag: 'instant'; readonly at: number }
  | { readonly tag: 'elapsed'; readonly ms: number }
  | { readonly tag: 'signal'; readonly name: string }
  | { readonly tag: 'group'; readonly need: number; readonly members: readonly Condition[] };

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

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
