/** What an object tries again by itself, and what is known not to work, as plain JSON data. */
import { hex } from '../json.ts';
import { toJson } from '../object/json.ts';
import type { Condition } from '../object/model.ts';
import type { NegativeNote, Pending } from '../object/state.ts';
import type { ValueMap } from '../value.ts';

export function pendingJson({ body, cursor, ...pending }: Pending): ValueMap {
  return { ...pending, cursor: toJson(cursor), body: toJson(body) };
}

export function negativeJson(
  { seq, since, body }: NegativeNote,
  conditionJson: (condition: Condition) => ValueMap,
): ValueMap {
  const node = body.node === null ? null : hex(body.node);
  return { seq, since, ...body, node, until: conditionJson(body.until) };
}
