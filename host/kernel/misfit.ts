/**
 * Reading records that untrusted code made: each check gives the value with its type or throws a Misfit, which says where, what was
 * expected and what was found. Whoever reads a proposal turns it into a value; it never leaves the kernel.
 */
import { parseJson } from '../json.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';

export class Misfit extends Error {}

export function map(value: Value | undefined, path: string): ValueMap {
  if (!isMap(value)) throw misfit(path, 'a record', value);
  return value;
}

export function text(value: Value | undefined, path: string, maxLength: number, minLength = 0): string {
  if (typeof value !== 'string' || value.length < minLength || value.length > maxLength || !value.isWellFormed()) {
    throw misfit(path, `a text of ${minLength} to ${maxLength} characters`, value);
  }
  return value;
}

export function list(value: Value | undefined, path: string, maxItems: number, minItems = 0): readonly Value[] {
  if (!isList(value) || value.length < minItems || value.length > maxItems)
    throw misfit(path, `a list of ${minItems} to ${maxItems}`, isList(value) ? value.length : value);
  return value;
}

export function whole(value: Value | undefined, path: string, max = Number.MAX_SAFE_INTEGER, min = 0): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max)
    throw misfit(path, `a whole number of ${min} to ${max}`, value);
  return value;
}

export function oneOf<T extends string>(value: Value | undefined, path: string, names: readonly T[]): T {
  const found = names.find((name) => name === value);
  if (found === undefined) throw misfit(path, names.join(', '), value);
  return found;
}

/** The value of a JSON text of at most so many bytes. */
export function json(value: Value | undefined, path: string, maxBytes: number): Value {
  const result = parseJson(text(value, path, maxBytes), maxBytes);
  if (!result.ok) throw new Misfit(`${path}: ${result.message}`);
  return result.value;
}

const SHOWN_CHARS = 40;

export function misfit(path: string, expected: string, found: Value | undefined): Misfit {
  return new Misfit(`${path}: expected ${expected}, found ${show(found)}`);
}

function show(found: Value | undefined): string {
  if (typeof found === 'string') return JSON.stringify(found.slice(0, SHOWN_CHARS));
  if (found === null || found === undefined) return 'nothing';
  return typeof found === 'object' ? 'a compound value' : String(found);
}
