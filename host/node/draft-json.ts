/**
 * What an object is made from, as JSON: the files of `sojourn new` and the drafts of the HTTP API. Keys are a closed set: one that
 * isn't known is refused with its path, so that a misspelt limit is never taken for no limit. What the values may be is for the genesis
 * to say.
 */
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { COUNTER_NAME } from '../object/charges.ts';
import type { Budgets, Intent, Scope } from '../object/model.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';

export interface ContextFile {
  readonly scope: Scope;
  readonly budgets: Budgets;
}

const BUDGETS: readonly string[] = ['fuel', 'calls', 'bytes', 'cycles'];

/** A closed map: which keys there must be, and which there may be. */
interface Keys {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** `{ kind, goal, input, constraints? }`. Errors: `intent.invalid`. */
export function readIntent(value: Value, file: string): Intent {
  const place = { file, code: 'intent.invalid' as const };
  const {
    kind,
    goal,
    input = null,
    constraints = {},
  } = readMap(value, '', { required: ['kind', 'goal', 'input'], optional: ['constraints'] }, place);
  if (typeof kind !== 'string') throw refuse(place, '/kind', 'a text', kind);
  if (typeof goal !== 'string') throw refuse(place, '/goal', 'a text', goal);
  if (!isMap(constraints)) throw refuse(place, '/constraints', 'an object', constraints);
  return { kind, goal, input, constraints };
}

/** `{ capabilities, zones?, depth?, budgets? }`. Errors: `context.invalid`. */
export function readContext(value: Value, file: string): ContextFile {
  const place = { file, code: 'context.invalid' as const };
  const map = readMap(value, '', { required: ['capabilities'], optional: ['zones', 'depth', 'budgets'] }, place);
  const { depth = 0, budgets = {} } = map;
  if (typeof depth !== 'number') throw refuse(place, '/depth', 'a number', depth);
  return {
    scope: {
      capabilities: readTexts(map['capabilities'], '/capabilities', place),
      zones: readTexts(map['zones'] ?? [], '/zones', place),
      depth,
    },
    budgets: readBudgets(budgets, place),
  };
}

/** `{ fuel?, calls?, bytes?, cycles?, counters? }`: counters have names of the author's own. */
function readBudgets(value: Value, place: Place): Budgets {
  const known = [...BUDGETS, 'counters'];
  const { counters = {}, ...limits } = readMap(value, '/budgets', { required: [], optional: known }, place);
  if (!isMap(counters)) throw refuse(place, '/budgets/counters', 'an object', counters);
  return { ...readCounts(limits, '/budgets', place), counters: readCounts(counters, '/budgets/counters', place) };
}

function readCounts(map: ValueMap, path: string, place: Place): { readonly [name: string]: number } {
  return Object.fromEntries(
    Object.entries(map).map(([name, limit]) => {
      if (typeof limit === 'number') return [name, limit];
      throw refuse(place, `${path}/${name.slice(0, 64)}`, 'a number', limit);
    }),
  );
}

/** `name=limit` for one budget or counter, over what stands in the context. Errors: `usage`. */
export function addBudget(budgets: Budgets, text: string): Budgets {
  const [, name = '', digits = ''] = /^([^=]+)=(0|[1-9][0-9]{0,15})$/.exec(text) ?? [];
  const limit = Number(digits);
  const known = BUDGETS.includes(name);
  if (digits === '' || !Number.isSafeInteger(limit) || !(known || COUNTER_NAME.test(name)))
    throw new SojournError(
      'usage',
      `--budget: expected name=number, where a name is ${BUDGETS.join(', ')} or 1 to 32 of a-z, 0-9, -, found ${JSON.stringify(text.slice(0, 80))}`,
    );
  return known ? { ...budgets, [name]: limit } : { ...budgets, counters: { ...budgets.counters, [name]: limit } };
}

/** A map of any keys. Errors: `object.schema`. */
export function readSchema(value: Value, file: string): ValueMap {
  if (isMap(value)) return value;
  throw refuse({ file, code: 'object.schema' }, '', 'an object', value);
}

interface Place {
  readonly file: string;
  readonly code: ErrorCode;
}

function readMap(value: Value, path: string, keys: Keys, place: Place): ValueMap {
  if (!isMap(value)) throw refuse(place, path, 'an object', value);
  const known = [...keys.required, ...keys.optional];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw refuse(place, `${path}/${unknown.slice(0, 64)}`, `no other key than ${known.join(', ')}`, unknown);
  const missing = keys.required.find((key) => value[key] === undefined);
  if (missing !== undefined) throw refuse(place, `${path}/${missing}`, 'a value', undefined);
  return value;
}

function readTexts(value: Value | undefined, path: string, place: Place): readonly string[] {
  if (!isList(value)) throw refuse(place, path, 'a list of texts', value);
  return value.map((item, index) => {
    if (typeof item === 'string') return item;
    throw refuse(place, `${path}/${index}`, 'a text', item);
  });
}

function refuse({ file, code }: Place, path: string, expected: string, found: Value | undefined): SojournError {
  const shown = found === undefined ? 'none' : (JSON.stringify(found) ?? 'nothing').slice(0, 80);
  return new SojournError(code, `${file}: ${path === '' ? 'the whole' : path}: expected ${expected}, found ${shown}`, {
    details: { file, path },
  });
}
