/**
 * The table of an advisor without a model, read from its file: closed sets of keys, pointers and schemas checked when it is loaded, so
 * that a misspelt condition is never taken for none.
 */
import { SojournError } from '../errors.ts';
import { checkSchema } from '../object/schema.ts';
import { parsePointer } from '../policy/settings.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { createClosedReader } from './closed-reader.ts';
import type { ClosedReader } from './closed-reader.ts';

export interface Condition {
  readonly pointer: readonly string[];
  /** What the value there must keep; null: there must be none. */
  readonly schema: ValueMap | null;
}

export type Template =
  | { readonly tag: 'text'; readonly text: string }
  | { readonly tag: 'structured'; readonly value: Value }
  | { readonly tag: 'calls'; readonly calls: readonly { readonly name: string; readonly arguments: ValueMap }[] };

export interface Rule {
  readonly id: string;
  /** All of them must hold. */
  readonly when: readonly Condition[];
  /** In lower case; one of them must be in the last message. None: whatever it says. */
  readonly says: readonly string[];
  /** In its templates, `$from` holds the steps of a pointer. */
  readonly answer: Template;
  readonly confidence: number;
}

const RULES = 1_000;
const ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Errors: `advice.malformed` with the path of what does not fit. `origin` is the file, for messages. */
export function readRules(table: Value, origin: string): readonly Rule[] {
  const read = createClosedReader(origin);
  const { rules } = read.map(table, '', ['rules'], []);
  if (!isList(rules) || rules.length === 0 || rules.length > RULES)
    throw read.refuse('/rules', `a list of 1 to ${RULES}`);
  const ids = new Set<string>();
  return rules.map((item, i) => {
    const rule = readRule(read, item, `/rules/${i}`);
    if (ids.has(rule.id)) throw read.refuse(`/rules/${i}/id`, 'an id that no other rule has');
    ids.add(rule.id);
    return rule;
  });
}

function readRule(read: ClosedReader, item: Value, path: string): Rule {
  const {
    id,
    when = {},
    says = [],
    answer,
    confidence = 1,
  } = read.map(item, path, ['id', 'answer'], ['when', 'says', 'confidence']);
  if (typeof id !== 'string' || !ID.test(id))
    throw read.refuse(`${path}/id`, '1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`');
  if (typeof confidence !== 'number' || confidence < 0 || confidence > 1)
    throw read.refuse(`${path}/confidence`, 'a number from 0 to 1');
  if (!isMap(when)) throw read.refuse(`${path}/when`, 'an object');
  if (!isList(says)) throw read.refuse(`${path}/says`, 'a list of texts');
  return {
    id,
    when: Object.entries(when).map(([pointer, schema]) => readCondition(read, pointer, schema, `${path}/when`)),
    says: says.map((words) => {
      if (typeof words === 'string' && words !== '') return words.toLowerCase();
      throw read.refuse(`${path}/says`, 'texts that are not empty');
    }),
    answer: readAnswer(read, answer, `${path}/answer`),
    confidence,
  };
}

function readCondition(read: ClosedReader, text: string, schema: Value, path: string): Condition {
  const pointer = pointerOf(read, text, path);
  if (schema === null) return { pointer, schema };
  if (!isMap(schema)) throw read.refuse(`${path} ${text}`, 'a schema, or null where there must be nothing');
  try {
    checkSchema(schema);
  } catch (error) {
    if (error instanceof SojournError) throw read.refuse(`${path} ${text}`, `a schema (${error.message})`);
    throw error;
  }
  return { pointer, schema };
}

function readAnswer(read: ClosedReader, value: Value | undefined, path: string): Template {
  const map = read.map(value, path, [], ['text', 'structured', 'calls']);
  const [tag, ...more] = Object.keys(map);
  if (tag === undefined || more.length > 0) throw read.refuse(path, 'one of text, structured and calls');
  const { text, structured, calls } = map;
  if (text !== undefined) {
    if (typeof text !== 'string' || text === '') throw read.refuse(`${path}/text`, 'a text that is not empty');
    return { tag: 'text', text };
  }
  if (structured !== undefined)
    return { tag: 'structured', value: readTemplate(read, structured, `${path}/structured`) };
  if (!isList(calls) || calls.length === 0) throw read.refuse(`${path}/calls`, 'a list that is not empty');
  return { tag: 'calls', calls: calls.map((call, i) => readCall(read, call, `${path}/calls/${i}`)) };
}

function readCall(
  read: ClosedReader,
  call: Value,
  path: string,
): { readonly name: string; readonly arguments: ValueMap } {
  const { name, arguments: given } = read.map(call, path, ['name', 'arguments'], []);
  if (typeof name !== 'string') throw read.refuse(`${path}/name`, 'the name of a tool');
  const template = readTemplate(read, given ?? null, `${path}/arguments`);
  if (!isMap(template) || isList(template['$from'])) throw read.refuse(`${path}/arguments`, 'an object');
  return { name, arguments: template };
}

/** The template with each pointer in steps. */
function readTemplate(read: ClosedReader, value: Value, path: string): Value {
  if (isList(value)) return value.map((item, i) => readTemplate(read, item, `${path}/${i}`));
  if (!isMap(value)) return value;
  const from = value['$from'];
  if (from !== undefined) {
    if (typeof from !== 'string' || Object.keys(value).length > 1)
      throw read.refuse(path, '$from alone, with a JSON pointer');
    return { $from: pointerOf(read, from, path) };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, readTemplate(read, member, `${path}/${name}`)]),
  );
}

function pointerOf(read: ClosedReader, text: string, path: string): readonly string[] {
  const steps = parsePointer(text);
  if (steps === null) throw read.refuse(path, `JSON pointers, found ${JSON.stringify(text.slice(0, 64))}`);
  return steps;
}
