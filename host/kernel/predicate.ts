/**
 * What a poll waits for (R45): tests on the result of a call, checked and with their pointers taken apart. What they say of a result
 * is not decided here.
 */
import { parsePointer } from '../policy/settings.ts';
import type { Value } from '../value.ts';
import { readTree } from './flat-tree.ts';
import { json, map, misfit, text } from './misfit.ts';

/** Steps of an RFC 6901 pointer, unescaped. */
export type Pointer = readonly string[];

export type Predicate =
  | { readonly tag: 'exists'; readonly pointer: Pointer }
  | { readonly tag: 'equals' | 'not-equals' | 'contains'; readonly pointer: Pointer; readonly value: Value }
  | { readonly tag: 'at-least' | 'at-most'; readonly pointer: Pointer; readonly value: number }
  | { readonly tag: 'group'; readonly need: number; readonly members: readonly Predicate[] };

export interface Cursor {
  /** Into the result. */
  readonly pointer: Pointer;
  /** The query parameter of the request's URL, or the member of the tool's input, that what stands there is put into. */
  readonly parameter: string;
}

export interface Poll {
  readonly predicate: Predicate;
  readonly cursor: Cursor | null;
}

const POINTER_CHARS = 1024;
const PARAMETER_CHARS = 128;

/** Bounds of a predicate. */
export interface PredicateBounds {
  readonly nodes: number;
  /** Of one value to compare with. */
  readonly valueBytes: number;
}

/** Null for an absent poll. Throws a Misfit. */
export function parsePoll(value: Value | undefined, path: string, bounds: PredicateBounds): Poll | null {
  if (value === null || value === undefined) return null;
  const { predicate, cursor = null } = map(value, path);
  return {
    predicate: readTree<Predicate>(predicate, `${path}/predicate`, bounds.nodes, {
      leaf: (tag, val, at) => readTest(tag, val, at, bounds.valueBytes),
      group: (need, members) => ({ tag: 'group', need, members }),
    }),
    cursor: cursor === null ? null : readCursor(cursor, `${path}/cursor`),
  };
}

function readTest(tag: Value | undefined, val: Value, path: string, valueBytes: number): Predicate {
  switch (tag) {
    case 'exists':
      return { tag, pointer: readPointer(val, path) };
    case 'equals':
    case 'not-equals':
    case 'contains': {
      const { pointer, value } = map(val, path);
      return { tag, pointer: readPointer(pointer, path), value: json(value, `${path}/value`, valueBytes) };
    }
    case 'at-least':
    case 'at-most': {
      const { pointer, value } = map(val, path);
      if (typeof value !== 'number' || !Number.isFinite(value)) throw misfit(`${path}/value`, 'a number', value);
      return { tag, pointer: readPointer(pointer, path), value };
    }
    default:
      throw misfit(path, 'exists, equals, not-equals, at-least, at-most, contains or group', tag);
  }
}

function readCursor(value: Value, path: string): Cursor {
  const { pointer, parameter } = map(value, path);
  return {
    pointer: readPointer(pointer, path),
    parameter: text(parameter, `${path}/parameter`, PARAMETER_CHARS, 1),
  };
}

function readPointer(value: Value | undefined, path: string): Pointer {
  const steps = parsePointer(text(value, `${path}/pointer`, POINTER_CHARS));
  if (steps === null) throw misfit(`${path}/pointer`, 'a pointer as in RFC 6901', value);
  return steps;
}
