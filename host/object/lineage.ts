/**
 * What an object has heard of its parent that ends it, too: that the parent has ended, or has given this very child up (R54).
 */
import { hex } from '../json.ts';
import type { Context } from './model.ts';
import type { State } from './state.ts';

export interface ParentsWord {
  readonly reason: 'parent-ended' | 'cancelled';
  /** `seq` of the witness that brought it. */
  readonly because: number;
}

/** The link to its parent, and what it knows of others: enough to tell. */
export type Lineage = Pick<State, 'objects'> & { readonly genesis: { readonly context: Pick<Context, 'parent'> } };

/** Null while the object may go on, as far as it knows. */
export function parentsWord({ genesis, objects }: Lineage): ParentsWord | null {
  const { parent } = genesis.context;
  const known = parent === null ? undefined : objects.get(hex(parent.id));
  if (parent === null || known === undefined) return null;
  const given = known.cancelled.get(parent.name);
  if (given !== undefined) return { reason: 'cancelled', because: given.seq };
  return known.ended === null ? null : { reason: 'parent-ended', because: known.ended.seq };
}
