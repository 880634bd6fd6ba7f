/**
 * Tests on a result, as a tree: `where.all(where.exists('/id'), where.equals('/state', 'done'))`. Pointers are RFC 6901. Where nothing
 * stands at a pointer, the answer is neither yes nor no: there is not enough input. Pure.
 */

export type Predicate =
  | { readonly tag: 'exists'; readonly pointer: string }
  | { readonly tag: 'equals' | 'not-equals' | 'contains'; readonly pointer: string; readonly value: unknown }
  | { readonly tag: 'at-least' | 'at-most'; readonly pointer: string; readonly value: number }
  | { readonly tag: 'group'; readonly need: number; readonly members: readonly Predicate[] };

/** Satisfied where something stands at the pointer, not yet where nothing does. */
export function exists(pointer: string): Predicate {
  return { tag: 'exists', pointer };
}

export function equals(pointer: string, value: unknown): Predicate {
  return { tag: 'equals', pointer, value };
}

export function notEquals(pointer: string, value: unknown): Predicate {
  return { tag: 'not-equals', pointer, value };
}

export function atLeast(pointer: string, value: number): Predicate {
  return { tag: 'at-least', pointer, value };
}

export function atMost(pointer: string, value: number): Predicate {
  return { tag: 'at-most', pointer, value };
}

/** A list that has the value as a member, or a text that has the text in it. */
export function contains(pointer: string, value: unknown): Predicate {
  return { tag: 'contains', pointer, value };
}

/** Satisfied when one of the members is. */
export function any(...members: readonly Predicate[]): Predicate {
  return some(1, ...members);
}

/** Satisfied when all of the members are. */
export function all(...members: readonly Predicate[]): Predicate {
  return some(members.length, ...members);
}

/** Satisfied when `need` or more of the members are. */
export function some(need: number, ...members: readonly Predicate[]): Predicate {
  if (members.length === 0) throw new RangeError('predicate: expected at least one member, found none');
  if (!Number.isInteger(need) || need < 1 || need > members.length) {
    throw new RangeError(`predicate: expected to need 1 to ${members.length} members, found ${need}`);
  }
  return { tag: 'group', need, members };
}
