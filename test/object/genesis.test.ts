import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { decode, encode } from '../../host/object/codec.ts';
import { decodeGenesis, encodeGenesis, objectId } from '../../host/object/genesis.ts';
import type { Value } from '../../host/value.ts';
import { CREATOR, filled, sampleGenesis } from './builder.ts';

const limits = DEFAULT_LIMITS.object;
const good = encodeGenesis(sampleGenesis(CREATOR), limits);

/** The stored list with one part replaced, by its path of positions. */
function altered(path: readonly number[], value: Value): Uint8Array {
  const replace = (node: Value, [first, ...rest]: readonly number[]): Value => {
    if (first === undefined) return value;
    return (node as readonly Value[]).map((member, i) => (i === first ? replace(member, rest) : member));
  };
  return encode(replace(decode(good, limits), path));
}

function errorOf(bytes: Uint8Array, using = limits): SojournError {
  try {
    decodeGenesis(bytes, using);
  } catch (error) {
    if (error instanceof SojournError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('the genesis', () => {
  it('is the same after a round trip', () => {
    const genesis = sampleGenesis(CREATOR, { schema: { type: 'object', additionalProperties: { type: 'integer' } } });
    const bytes = encodeGenesis(genesis, limits);
    expect(decodeGenesis(bytes, limits)).toEqual(genesis);
    expect(encodeGenesis(decodeGenesis(bytes, limits), limits)).toEqual(bytes);
  });

  it('has the SHA-256 of its stored bytes as id', () => {
    expect(objectId(good, sha256)).toEqual(sha256(good));
    expect(objectId(encodeGenesis(sampleGenesis(CREATOR, { nonce: filled(16, 8) }), limits), sha256)).not.toEqual(
      objectId(good, sha256),
    );
  });

  it.each([
    ['an unknown format version', [0], 3, 'object.version', 'format version: expected 2, found 3'],
    ['a format version that is no number', [0], 'x', 'object.version', 'format version: expected 2, found "x"'],
    ['an unknown contract version', [2], '9.0.0', 'object.version', 'contract version: expected 0.2.0, found "9.0.0"'],
    ['a short nonce', [4], new Uint8Array(15), 'object.malformed', 'genesis nonce: expected 16 bytes, found 15 bytes'],
    ['a handler that is no digest', [5], null, 'object.malformed', 'genesis handler: expected 32 bytes, found null'],
    ['a negative time', [3], -1, 'object.malformed', 'genesis time'],
    [
      'an intent that is a text',
      [6],
      'do it',
      'intent.invalid',
      'genesis intent: expected a list of 4: kind, goal, input, constraints',
    ],
    ['an intent that lacks a field', [6], ['a', 'b', 1], 'intent.invalid', 'found a list of 3'],
    [
      'an intent kind in capitals',
      [6, 0],
      'Buy',
      'intent.invalid',
      'genesis intent.kind: expected 1 to 64 characters of a-z, 0-9, -, found "Buy"',
    ],
    ['an empty intent kind', [6, 0], '', 'intent.invalid', 'intent.kind'],
    ['constraints that are a list', [6, 3], [], 'intent.invalid', 'genesis intent.constraints: expected a map'],
    [
      'a creator that is no key',
      [7, 0],
      filled(31, 1),
      'context.invalid',
      'genesis context.creator: expected 32 bytes, found 31 bytes',
    ],
    ['an operation with a blank', [7, 1, 0, 0], 'http send', 'context.invalid', 'genesis context.scope.capabilities.0'],
    [
      'a depth beyond the limit',
      [7, 1, 2],
      9,
      'context.invalid',
      'genesis context.scope.depth: expected generation + depth of at most 8',
    ],
    ['a policy that is no digest', [7, 2], [1], 'context.invalid', 'genesis context.policies.0'],
    ['a negative budget', [7, 3], [-1, null, null, null, {}], 'context.invalid', 'genesis context.budgets.0'],
    ['a fifth budget', [7, 3], [1, 1, 1, 1, 1, {}], 'context.invalid', 'genesis context.budgets'],
    [
      'a counter below zero',
      [7, 3],
      [1, 1, 1, 1, { cents: -1 }],
      'context.invalid',
      'genesis context.budgets.counters',
    ],
    [
      'a counter in capitals',
      [7, 3],
      [1, 1, 1, 1, { Cents: 1 }],
      'context.invalid',
      'genesis context.budgets.counters',
    ],
    [
      'a counter named as a budget',
      [7, 3],
      [1, 1, 1, 1, { fuel: 1 }],
      'context.invalid',
      'genesis context.budgets.counters',
    ],
    [
      'a parent of generation 0',
      [7, 4],
      [filled(32, 1), 3, 0, 'part'],
      'context.invalid',
      'genesis context.parent.generation',
    ],
    [
      'a child with a name in capitals',
      [7, 4],
      [filled(32, 1), 3, 1, 'Part'],
      'context.invalid',
      'genesis context.parent.name',
    ],
    [
      'a child with a name that looks like another',
      [7, 4],
      [filled(32, 1), 3, 1, 'p\u0430rt'],
      'context.invalid',
      'genesis context.parent.name',
    ],
    ['a schema that is a text', [8], 'x', 'object.malformed', 'genesis schema: expected a map'],
    ['a schema with an unknown keyword', [8], { pattern: '.*' }, 'object.schema', 'schema /pattern'],
  ] as const)('refuses %s', (_, path, value, code, message) => {
    const error = errorOf(altered(path, value));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it.each([
    ['intentBytes', 'intent.invalid'],
    ['contextBytes', 'context.invalid'],
    ['schemaBytes', 'object.schema'],
  ] as const)('is bounded by %s', (limit, code) => {
    const bytes = encodeGenesis(sampleGenesis(CREATOR, { schema: { description: 'x'.repeat(30) } }), limits);
    expect(errorOf(bytes, { ...limits, [limit]: 10 }).code).toBe(code);
  });

  it('refuses to be written wrong', () => {
    expect(() => encodeGenesis(sampleGenesis(CREATOR, { nonce: filled(3, 1) }), limits)).toThrow(
      'genesis nonce: expected 16 bytes',
    );
    const budgets = { coins: 3 } as object;
    const context = { ...sampleGenesis(CREATOR).context, budgets };
    expect(() => encodeGenesis(sampleGenesis(CREATOR, { context }), limits)).toThrow(
      'context.budgets.coins: expected fuel, calls, bytes, cycles',
    );
  });

  it('is never something else than a list', () => {
    for (const value of [null, 'x', {}, 0]) expect(errorOf(encode(value)).code).toBe('object.malformed');
  });
});
