/**
 * The memory schema: a closed subset of JSON Schema (2020-12) that describes the map of an object's key-value state. No
 * references and no regular expressions, so that checking takes time linear in schema and value. A keyword that is not understood is
 * refused when the object is made or read.
 */
import { encode } from './codec.ts';
import { describe, Mismatch } from './shape.ts';
import { hex } from '../json.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';

export interface Violation {
  /** Where in the value: `/key/0`, as RFC 6901 writes it; the empty text is the whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

const TYPES: { readonly [name: string]: (value: Value) => boolean } = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isSafeInteger(value),
  number: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  array: isList,
  object: isMap,
};

type KeywordCheck = (value: Value, path: string) => void;
const isCount = (value: Value): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const KEYWORDS: { readonly [name: string]: KeywordCheck } = {
  type: (value, path) => {
    const names = isList(value) ? value : [value];
    const known = names.length > 0 && names.every((name) => typeof name === 'string' && Object.hasOwn(TYPES, name));
    expect(known, path, Object.keys(TYPES).join(', '), value);
    expect(isUnlike(names), path, 'each type once', value);
  },
  properties: (value, path) => {
    expect(isMap(value), path, 'a map of schemas', value);
    for (const [name, schema] of Object.entries(value as ValueMap)) checkAt(schema, `${path}/${escape(name)}`);
  },
  required: (value, path) => {
    expect(isList(value) && value.every((name) => typeof name === 'string'), path, 'a list of names', value);
    expect(isList(value) && isUnlike(value), path, 'each name once', value);
  },
  additionalProperties: (value, path) => {
    if (typeof value !== 'boolean') checkAt(value, path);
  },
  items: checkAt,
  enum: (value, path) => expect(isList(value) && value.length > 0, path, 'a list of values', value),
  const: () => undefined,
  minimum: (value, path) => expect(typeof value === 'number', path, 'a number', value),
  maximum: (value, path) => expect(typeof value === 'number', path, 'a number', value),
  minLength: (value, path) => expect(isCount(value), path, 'a count', value),
  maxLength: (value, path) => expect(isCount(value), path, 'a count', value),
  minItems: (value, path) => expect(isCount(value), path, 'a count', value),
  maxItems: (value, path) => expect(isCount(value), path, 'a count', value),
  title: (value, path) => expect(typeof value === 'string', path, 'a text', value),
  description: (value, path) => expect(typeof value === 'string', path, 'a text', value),
};

/** A name that stands there a thousand times would be looked at a thousand times for each value. */
function isUnlike(names: readonly Value[]): boolean {
  return new Set(names).size === names.length;
}

/** Refuses a schema that is not one. Errors: `object.schema` with the path of the keyword. */
export function checkSchema(schema: Value): void {
  try {
    checkAt(schema, '');
  } catch (error) {
    throw error instanceof Mismatch ? error.toError('object.schema', 'schema') : error;
  }
}

/**
 * The first violation of a checked `schema` by `value`, or null. `path` is where the value lies. `maxLength` and `minLength` count
 * characters (code points), as JSON Schema does.
 */
export function validate(schema: ValueMap, value: Value, path = ''): Violation | null {
  return validateAt(schema, value, path, new Map());
}

/** Keys of the values that each schema allows, made once in a validation: else its cost were schema times value. */
type Choices = Map<ValueMap, { readonly of: ReadonlySet<string> | null; readonly only: string | null }>;

function validateAt(schema: ValueMap, value: Value, path: string, choices: Choices): Violation | null {
  return (
    validateType(schema, value, path) ??
    validateChoice(schema, value, path, choices) ??
    (typeof value === 'number' ? validateRange(schema, 'minimum', 'maximum', value, path, '') : null) ??
    (typeof value === 'string' ? validateText(schema, value, path) : null) ??
    (isList(value) ? validateList(schema, value, path, choices) : null) ??
    (isMap(value) ? validateMap(schema, value, path, choices) : null)
  );
}

function checkAt(schema: Value, path: string): void {
  expect(isMap(schema), path, 'a schema', schema);
  for (const [name, value] of Object.entries(schema as ValueMap)) {
    const check = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
    if (check === undefined)
      throw new Mismatch(`one of ${Object.keys(KEYWORDS).join(', ')}`, JSON.stringify(name)).within(`${path}/${name}`);
    check(value, `${path}/${name}`);
  }
}

function expect(holds: boolean, path: string, expected: string, found: Value): void {
  if (!holds) throw new Mismatch(expected, describe(found)).within(path);
}

function validateType(schema: ValueMap, value: Value, path: string): Violation | null {
  if (schema['type'] === undefined) return null;
  const names = (isList(schema['type']) ? schema['type'] : [schema['type']]) as readonly string[]; // checked
  if (names.some((name) => TYPES[name]?.(value) === true)) return null;
  return { path, expected: names.join(' or '), found: describe(value) };
}

function validateChoice(schema: ValueMap, value: Value, path: string, choices: Choices): Violation | null {
  const { enum: all, const: one } = schema;
  if (all === undefined && one === undefined) return null;
  const known = choices.get(schema) ?? {
    of: isList(all) ? new Set(all.map(keyOf)) : null,
    only: one === undefined ? null : keyOf(one),
  };
  choices.set(schema, known);
  const key = keyOf(value);
  if (isList(all) && known.of?.has(key) === false)
    return { path, expected: `one of ${all.map(describe).join(', ')}`, found: describe(value) };
  if (known.only === null || known.only === key) return null;
  return { path, expected: describe(one), found: describe(value) };
}

function validateText(schema: ValueMap, value: string, path: string): Violation | null {
  if (schema['minLength'] === undefined && schema['maxLength'] === undefined) return null;
  let characters = 0;
  for (const _ of value) characters++;
  return validateRange(schema, 'minLength', 'maxLength', characters, path, ' characters');
}

function validateList(schema: ValueMap, value: readonly Value[], path: string, choices: Choices): Violation | null {
  const outside = validateRange(schema, 'minItems', 'maxItems', value.length, path, ' items');
  if (outside !== null || !isMap(schema['items'])) return outside;
  for (const [i, item] of value.entries()) {
    const violation = validateAt(schema['items'], item, `${path}/${i}`, choices);
    if (violation !== null) return violation;
  }
  return null;
}

function validateMap(schema: ValueMap, value: ValueMap, path: string, choices: Choices): Violation | null {
  const required = isList(schema['required']) ? schema['required'] : [];
  const missing = required.find((name) => !Object.hasOwn(value, String(name)));
  if (missing !== undefined) return { path: `${path}/${escape(String(missing))}`, expected: 'a value', found: 'none' };
  const properties = isMap(schema['properties']) ? schema['properties'] : {};
  const others = schema['additionalProperties'];
  for (const [name, member] of Object.entries(value)) {
    const inner = `${path}/${escape(name)}`;
    const own = Object.hasOwn(properties, name) ? properties[name] : others;
    if (own === false) return { path: inner, expected: 'no such key', found: describe(member) };
    const violation = isMap(own) ? validateAt(own, member, inner, choices) : null;
    if (violation !== null) return violation;
  }
  return null;
}

function validateRange(
  schema: ValueMap,
  low: string,
  high: string,
  found: number,
  path: string,
  unit: string,
): Violation | null {
  const least = schema[low];
  const most = schema[high];
  if (typeof least === 'number' && found < least)
    return { path, expected: `at least ${least}${unit}`, found: `${found}` };
  if (typeof most === 'number' && found > most) return { path, expected: `at most ${most}${unit}`, found: `${found}` };
  return null;
}

/** Equal data has equal canonical bytes, and so one key. */
function keyOf(value: Value): string {
  return typeof value === 'object' && value !== null ? hex(encode(value)) : `${typeof value} ${String(value)}`;
}

/** RFC 6901. */
function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
