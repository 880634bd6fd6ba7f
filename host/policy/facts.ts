/**
 * Facts: values that policies see, read from the very data that leaves. A fact whose place does not exist is absent; one of
 * another type than declared stops the decision, so that no policy is asked about data that is not what its author had in mind.
 */
import type { Value } from '../value.ts';
import { isList, isMap } from '../value.ts';
import type { FactDeclarations, FactType } from './settings.ts';

export type FactValues = { [name: string]: number | string | boolean };

/** Null where a fact has the wrong type. `data` null: nothing leaves, and no fact is there. */
export function readFacts(declared: FactDeclarations, data: Value): FactValues | null {
  const facts: FactValues = {};
  for (const [name, { pointer, type }] of declared) {
    const value = data === null ? undefined : valueAt(data, pointer);
    if (value === undefined) continue;
    if (!hasType(value, type)) return null;
    facts[name] = value;
  }
  return facts;
}

/** RFC 6901 section 4. Own members only, so that `__proto__` and the like are names as any other. */
export function valueAt(data: Value, pointer: readonly string[]): Value | undefined {
  let value: Value | undefined = data;
  for (const step of pointer) {
    if (isList(value)) value = /^(0|[1-9]\d{0,9})$/.test(step) ? value[Number(step)] : undefined;
    else if (isMap(value)) value = Object.hasOwn(value, step) ? value[step] : undefined;
    else return undefined;
  }
  return value;
}

function hasType(value: Value, type: FactType): value is number | string | boolean {
  if (type === 'Long') return typeof value === 'number' && Number.isSafeInteger(value);
  if (type === 'String') return typeof value === 'string' && value.isWellFormed();
  return typeof value === 'boolean';
}
