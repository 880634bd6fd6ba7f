/**
 * How one object stands to another, as far as its own history says: what it may learn of another follows from that. A result for a
 * question that was never asked, or of an object that only claims to belong here, has no relation and is refused (R52, R54).
 */
import { hex } from '../json.ts';
import { equalBytes } from '../object/codec.ts';
import type { Condition } from '../object/model.ts';
import type { State } from '../object/state.ts';

export type Relation =
  /** It made the other one; `name` is its name for it. */
  | { readonly kind: 'child'; readonly name: string }
  /** The other one made it, and calls it `name`. */
  | { readonly kind: 'parent'; readonly name: string }
  /** It sleeps until the other one has come somewhere. */
  | { readonly kind: 'prerequisite' };

export type RelationResult =
  | { readonly ok: true; readonly relation: Relation }
  | { readonly ok: false; readonly message: string };

/** What `other` is to the object. Links of children must stand on both sides. */
export function relationOf(state: State, other: State): RelationResult {
  const id = hex(other.id);
  const name = childNameOf(state, other.id);
  if (name !== null) {
    const { parent } = other.genesis.context;
    if (parent !== null && equalBytes(parent.id, state.id)) return { ok: true, relation: { kind: 'child', name } };
    return refuse(`a child that names this object as its parent, found object ${id} with another parent`);
  }
  const { parent } = state.genesis.context;
  if (parent !== null && equalBytes(parent.id, other.id)) {
    const own = childNameOf(other, state.id);
    if (own !== null) return { ok: true, relation: { kind: 'parent', name: own } };
    return refuse(`a parent that names this object as its child, found object ${id} without such a child`);
  }
  const awaited = state.dormancy !== null && awaitedObjects(state.dormancy.condition).includes(id);
  if (awaited) return { ok: true, relation: { kind: 'prerequisite' } };
  return refuse(
    `a child, the parent or an object that this one waits for, found object ${id}: nothing was asked of it`,
  );
}

/** Ids (hexadecimal) of the objects that this one has a relation to, each once. */
export function relatedObjects(state: State): readonly string[] {
  const { parent } = state.genesis.context;
  const children = Array.from(state.children.values(), ({ id }) => id);
  const awaited = state.dormancy === null ? [] : awaitedObjects(state.dormancy.condition);
  return [...new Set([...(parent === null ? [] : [hex(parent.id)]), ...children, ...awaited])];
}

/** Ids of the objects that a condition names. */
export function awaitedObjects(condition: Condition): readonly string[] {
  if (condition.tag === 'object') return [hex(condition.id)];
  return condition.tag === 'group' ? condition.members.flatMap(awaitedObjects) : [];
}

function childNameOf(state: State, id: Uint8Array): string | null {
  const wanted = hex(id);
  for (const [name, child] of state.children) if (child.id === wanted) return name;
  return null;
}

function refuse(what: string): RelationResult {
  return { ok: false, message: `expected ${what}` };
}
