/**
 * Reads one level of an untrusted JSON object: each member is asked for by name and type, and what nobody asked for is a misfit.
 * Messages name the path.
 */
import { isList, isMap } from '../../value.ts';
import type { Value, ValueMap } from '../../value.ts';

/** Something that does not fit. Its message is for the handler's author. */
export class Misfit extends Error {}

export interface Fields {
  readonly path: string;
  has(name: string): boolean;
  /** Any JSON value; a missing member is a misfit. */
  value(name: string): Value;
  text(name: string): string;
  optionalText(name: string): string | null;
  number(name: string): number;
  boolean(name: string): boolean;
  texts(name: string): readonly string[];
  /** Empty where the member is missing. */
  list(name: string): readonly Value[];
  map(name: string): ValueMap;
  fields(name: string): Fields;
  /** Throws a Misfit for the first member that was not asked for. */
  close(): void;
}

export function readFields(value: Value, path: string): Fields {
  if (!isMap(value)) throw misfit(path, 'an object', value);
  const asked = new Set<string>();
  const at = (name: string) => `${path}/${name}`;
  const find = (name: string): Value | undefined => {
    asked.add(name);
    return Object.hasOwn(value, name) ? value[name] : undefined;
  };
  const need = <T extends Value>(name: string, what: string, fits: (found: Value) => found is T): T => {
    const found = find(name) ?? null;
    if (!fits(found)) throw misfit(at(name), what, found);
    return found;
  };
  const list = (name: string) => (find(name) === undefined ? [] : need(name, 'a list', isList));
  return {
    path,
    has: (name) => find(name) !== undefined,
    value(name) {
      const found = find(name);
      if (found === undefined) throw misfit(at(name), 'a value', found);
      return found;
    },
    text: (name) => need(name, 'a text', isText),
    optionalText: (name) => ((find(name) ?? null) === null ? null : need(name, 'a text or null', isText)),
    number: (name) => need(name, 'a number', (found) => typeof found === 'number'),
    boolean: (name) => need(name, 'true or false', (found) => typeof found === 'boolean'),
    texts: (name) =>
      list(name).map((item, index) => {
        if (!isText(item)) throw misfit(`${at(name)}/${index}`, 'a text', item);
        return item;
      }),
    list,
    map: (name) => need(name, 'an object', isMap),
    fields: (name) => readFields(find(name) ?? null, at(name)),
    close() {
      const unknown = Object.keys(value).find((name) => !asked.has(name));
      if (unknown !== undefined) throw new Misfit(`${at(unknown)}: expected no such member here`);
    },
  };
}

function isText(value: Value): value is string {
  return typeof value === 'string';
}

export function misfit(path: string, expected: string, found: Value | undefined): Misfit {
  return new Misfit(`${path}: expected ${expected}, found ${describe(found)}`);
}

const SHOWN_CHARS = 40;

function describe(found: Value | undefined): string {
  if (found === null || found === undefined) return 'nothing';
  if (typeof found === 'string') return JSON.stringify(found.slice(0, SHOWN_CHARS));
  if (typeof found === 'object') return isList(found) ? 'a list' : 'an object';
  return String(found);
}
