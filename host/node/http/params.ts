/**
 * Parameters of a request, by the table: each is there once, of its type and within its bounds, and there are no others. A misspelt
 * one is never taken for none.
 */
import { SojournError } from '../../errors.ts';
import { validate } from '../../object/schema.ts';
import type { Value } from '../../value.ts';
import type { Param, Route } from './route.ts';

export type Params = ReadonlyMap<string, string | number | boolean>;

export interface RawParams {
  readonly path: (name: string) => string | undefined;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | null;
}

const SHOWN = 80;

/** Errors: `request.malformed` for the first parameter that may not be so. */
export function readParams(route: Route, raw: RawParams): Params {
  const known = new Set(route.params.filter((param) => param.in === 'query').map((param) => param.name));
  for (const name of raw.query.keys()) {
    if (!known.has(name))
      throw malformed(
        `query parameter ${show(name)}`,
        known.size === 0 ? 'none' : `one of ${[...known].join(', ')}`,
        name,
      );
  }
  const params = new Map<string, string | number | boolean>();
  for (const param of route.params) {
    const text = textOf(param, raw);
    if (text !== null) params.set(param.name, readParam(param, text));
  }
  return params;
}

function textOf(param: Param, { path, query, header }: RawParams): string | null {
  if (param.in === 'header') return header(param.name);
  if (param.in === 'path') return path(param.name) ?? '';
  const all = query.getAll(param.name);
  if (all.length > 1) throw malformed(`query parameter ${param.name}`, 'it once', `it ${all.length} times`);
  return all[0] ?? null;
}

function readParam(param: Param, text: string): string | number | boolean {
  const place = `${param.in === 'path' ? 'path' : param.in === 'query' ? 'query parameter' : 'header'} ${param.name}`;
  const value = convert(param, text, place);
  const violation = validate(withoutPattern(param), value);
  if (violation !== null) throw malformed(place, violation.expected, violation.found);
  const { pattern } = param.schema;
  if (typeof pattern === 'string' && !new RegExp(pattern).test(text))
    throw malformed(place, `a text of the form ${pattern}`, show(text));
  return value;
}

function convert({ schema }: Param, text: string, place: string): string | number | boolean {
  if (schema['type'] === 'integer') {
    if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) throw malformed(place, 'a whole number', show(text));
    return Number(text);
  }
  if (schema['type'] !== 'boolean') return text;
  if (text === '' || text === 'true') return true;
  if (text === 'false') return false;
  throw malformed(place, 'true or false', show(text));
}

/** The memory schema, which checks the rest, has no regular expressions: they may come from untrusted hands there. */
function withoutPattern({ schema }: Param): { readonly [name: string]: Value } {
  const { pattern: _, ...rest } = schema;
  return rest;
}

function show(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}

function malformed(place: string, expected: string, found: string): SojournError {
  return new SojournError('request.malformed', `${place}: expected ${expected}, found ${found}`);
}
