/**
 * Shapes: what a value must look like, and how named fields map to the fixed-order arrays that are stored. Each shape checks on
 * the way in and on the way out, so nothing is written that could not be read.
 */
import { isList, isMap } from '../value.ts';
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { Value, ValueMap } from '../value.ts';

export interface Shape<T> {
  /** To what is stored. Throws a Mismatch. */
  write(value: T): Value;
  /** From what is stored. Throws a Mismatch. */
  read(value: Value): T;
}

/** A value that does not fit. The path grows as it passes the shapes that it lies in. */
export class Mismatch extends Error {
  path: string;
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    super(`expected ${expected}, found ${found}`);
    this.path = '';
    this.expected = expected;
    this.found = found;
  }

  within(name: string): this {
    this.path = this.path === '' ? name : `${name}.${this.path}`;
    return this;
  }

  /** The error for people: `subject` is for example `entry 7`. */
  toError(code: ErrorCode, subject: string): SojournError {
    const { path, expected, found } = this;
    const message = `${subject}${path === '' ? '' : ` ${path}`}: expected ${expected}, found ${found}`;
    return new SojournError(code, message, { details: { path, expected, found } });
  }
}

/** A value that is stored as it is, if `test` says yes. */
export function leaf<T extends Value>(expected: string, test: (value: Value) => boolean): Shape<T> {
  const check = (value: Value): T => {
    if (test(value)) return value as T; // `test` stands for the type
    throw new Mismatch(expected, describe(value));
  };
  return { write: check, read: check };
}

export const anyValue: Shape<Value> = { write: (value) => value, read: (value) => value };
export const anyMap: Shape<ValueMap> = leaf('a map', isMap);
export const boolean: Shape<boolean> = leaf('a boolean', (value) => typeof value === 'boolean');

export function text(least = 0, most = Infinity): Shape<string> {
  const bounded = least > 0 || most < Infinity;
  return leaf(bounded ? `a text of ${least} to ${most} characters` : 'a text', (value) => {
    return typeof value === 'string' && value.length >= least && value.length <= most;
  });
}

export function pattern(expected: string, rule: RegExp): Shape<string> {
  return leaf(expected, (value) => typeof value === 'string' && rule.test(value));
}

export function uint(most = Number.MAX_SAFE_INTEGER, least = 0): Shape<number> {
  const expected =
    most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least} on` : `a whole number from ${least} to ${most}`;
  return leaf(
    expected,
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

/** A finite number within [least, most]. */
export function number(least: number, most: number): Shape<number> {
  return leaf(
    `a number from ${least} to ${most}`,
    (value) => typeof value === 'number' && value >= least && value <= most,
  );
}

export function byteString(length: number): Shape<Uint8Array> {
  return leaf(`${length} bytes`, (value) => value instanceof Uint8Array && value.length === length);
}

export const anyBytes: Shape<Uint8Array> = leaf('bytes', (value) => value instanceof Uint8Array);

export function oneOf<T extends string>(...names: readonly T[]): Shape<T> {
  return leaf(names.join(', '), (value) => names.includes(value as T));
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    write: (value) => (value === null ? null : shape.write(value)),
    read: (value) => (value === null ? null : shape.read(value)),
  };
}

export function list<T>(shape: Shape<T>, most = Infinity): Shape<readonly T[]> {
  const convert = <A, B>(values: readonly A[], step: (value: A) => B): B[] => {
    if (values.length > most) throw new Mismatch(`at most ${most} members`, String(values.length));
    return values.map((value, i) => inside(String(i), () => step(value)));
  };
  return {
    write: (values) => convert(values, (value) => shape.write(value)),
    read: (value) => {
      if (!isList(value)) throw new Mismatch('a list', describe(value));
      return convert(value, (member) => shape.read(member));
    },
  };
}

/** Named fields, stored as a list in the order in which they stand in `fields`. */
export function record<T extends object>(fields: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const names = Object.keys(fields) as (keyof T & string)[]; // the table's own keys
  const shapes = names.map((name) => fields[name]) as Shape<unknown>[]; // each fits the field of its name
  const expected = `a list of ${names.length}: ${names.join(', ')}`;
  return {
    write: (value) => {
      if (typeof value !== 'object' || value === null)
        throw new Mismatch(`fields ${names.join(', ')}`, describe(value));
      return shapes.map((shape, i) => inside(names[i] ?? '', () => shape.write(value[names[i] as keyof T])));
    },
    read: (value) => {
      if (!isList(value)) throw new Mismatch(expected, describe(value));
      if (value.length !== names.length) throw new Mismatch(expected, `a list of ${value.length}`);
      const result: { [name: string]: unknown } = {};
      let i = 0;
      try {
        for (; i < shapes.length; i++)
          result[names[i] as string] = (shapes[i] as Shape<unknown>).read(value[i] as Value);
      } catch (error) {
        throw error instanceof Mismatch ? error.within(names[i] ?? '') : error;
      }
      return result as T; // every field of T was read by its shape
    },
  };
}

function inside<T>(name: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof Mismatch ? error.within(name) : error;
  }
}

/** What a value is, for messages: never more of it than a short text or a number. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'string')
    return value.length > 40 ? `a text of ${value.length} characters` : JSON.stringify(value);
  if (typeof value === 'object') return 'a map';
  return String(value);
}
