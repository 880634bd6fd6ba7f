/**
 * What a handler returned, as plain data: whole numbers for u64, null for an absent option, lists for typed arrays. Texts that
 * hold JSON stay texts, so nothing in them can name a prototype.
 */
import type { Value, ValueMap } from '../value.ts';

/** Something in the proposal that the data model does not have. The path says where. */
export class ProposalError extends Error {}

/** Throws a ProposalError for a whole number beyond 2^53 - 1 or a number that is not finite. */
export function toProposal(returned: unknown): ValueMap {
  const value = toValue(returned, 'proposal');
  // the component's type is checked at admission, so it is a record
  return value as ValueMap;
}

function toValue(value: unknown, path: string): Value {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(path, 'a whole number up to 2^53 - 1', String(value));
      return Number(value);
    case 'number':
      if (!Number.isFinite(value)) throw invalid(path, 'a finite number', String(value));
      return value === 0 ? 0 : value;
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : fromObject(value, path);
    default:
      throw invalid(path, 'plain data', typeof value);
  }
}

function fromObject(value: object, path: string): Value {
  if (Array.isArray(value)) return Array.from(value, (item: unknown, index) => toValue(item, `${path}[${index}]`));
  if (isByteArray(value)) return Uint8Array.from(value);
  if (isNumberArray(value)) return Array.from(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toValue(item, `${path}.${name}`)]));
}

/** By tag and not by class: the glue's arrays are of another realm. */
function isByteArray(value: object): value is Uint8Array {
  return tagOf(value) === '[object Uint8Array]';
}

function isNumberArray(value: object): value is Uint32Array {
  return tagOf(value) === '[object Uint32Array]';
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}

function invalid(path: string, expected: string, found: string): ProposalError {
  return new ProposalError(`${path}: expected ${expected}, found ${found}`);
}
