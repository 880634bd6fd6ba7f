/**
 * The object's memory schema applied to one key of its state (R5): a write that breaks it is refused and the refusal recorded.
 */
import { validate } from '../object/schema.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';

/** Null where `key` may hold `value` (or, for undefined, may be deleted), else what does not fit and where. */
export function checkMemory(schema: ValueMap | null, key: string, value: Value | undefined): string | null {
  if (schema === null) return null;
  const { properties, additionalProperties, required } = schema;
  if (value === undefined)
    return isList(required) && required.includes(key)
      ? `${key}: expected to stay, for the memory schema requires it`
      : null;
  const own = isMap(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
  if (own === false) return `${key}: expected a key of the memory schema, found another`;
  if (!isMap(own)) return null;
  const violation = validate(own, value);
  return violation === null
    ? null
    : `${key}${violation.path}: expected ${violation.expected}, found ${violation.found}`;
}
