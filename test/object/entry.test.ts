import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { decode, encode } from '../../host/object/codec.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { decodeEntry, encodeEntry, peekKind } from '../../host/object/entry.ts';
import { createSeal } from '../../host/object/seal.ts';
import type { Condition, Entry, EntryBody } from '../../host/object/model.ts';
import type { Value } from '../../host/value.ts';
import { CREATOR, filled, outcome, PERMIT, POLICY_DIGEST, sampleGenesis } from './builder.ts';

const limits = DEFAULT_LIMITS.object;
const { intent } = sampleGenesis(CREATOR);
const wake: Condition = {
  tag: 'group',
  need: 2,
  members: [
    { tag: 'instant', at: 5 },
    { tag: 'elapsed', ms: 0 },
    { tag: 'group', need: 1, members: [{ tag: 'signal', name: '*' }] },
  ],
};
const digest = filled(32, 5);
const statement = {
  id: digest,
  seq: 9,
  head: digest,
  time: 3,
  node: sha256(CREATOR.publicKey).slice(0, 16),
  cycle: 1,
  trust: 400,
};

const BODIES: readonly EntryBody[] = [
  { kind: 'blob', body: { media: 'application/wasm', bytes: filled(300, 1) } },
  { kind: 'signal', body: { name: 'approval', key: 'k', payload: { by: ['a', null, 2.5, filled(3, 1)] } } },
  {
    kind: 'open',
    body: { trigger: 'woken', because: 4, seed: filled(16, 2), limits: DEFAULT_LIMITS.cycle, trace: filled(16, 5) },
  },
  {
    kind: 'open',
    body: { trigger: 'created', because: null, seed: filled(16, 2), limits: DEFAULT_LIMITS.cycle, trace: null },
  },
  { kind: 'call', body: { index: 0, operation: 'http.send', request: { url: 'x' }, key: 'abc', verdict: PERMIT } },
  {
    kind: 'call',
    body: {
      index: 1,
      operation: 'http.send',
      request: {},
      key: null,
      verdict: { verdict: 'constrain', policies: [], reason: 'r', constraints: { 'timeout-ms': 5 }, wake },
    },
  },
  { kind: 'result', body: { call: 3, class: 'timeout', error: 'timeout', value: null, message: 'm' } },
  {
    kind: 'proposal',
    body: { source: 'handler', action: 'dormancy', body: null, rationale: '', confidence: 0.25, fuel: 7 },
  },
  { kind: 'verdict', body: { proposal: null, action: 'reentry', verdict: PERMIT } },
  { kind: 'wake', body: { dormancy: 3, satisfied: true, because: [4, 5] } },
  { kind: 'intent', body: { mutation: 'refine', before: intent, after: { ...intent, goal: 'More.' }, reason: 'r' } },
  {
    kind: 'child',
    body: {
      name: 'c',
      id: digest,
      nonce: filled(16, 1),
      handler: digest,
      intent,
      scope: { capabilities: ['*'], zones: ['eu'], depth: 0 },
      budgets: { fuel: 4, cycles: 1 },
    },
  },
  { kind: 'recover', body: { lost: filled(16, 0), from: 2 } },
  { kind: 'outcome', body: outcome({ wake, reason: 'policy' }) },
  { kind: 'seal', body: createSeal(statement, CREATOR) },
  { kind: 'seal', body: createSeal({ ...statement, node: filled(16, 0) }, null) },
];

function entryOf(body: EntryBody): Entry {
  return { seq: 9, prev: digest, time: 3, node: filled(16, 4), cycle: 1, policy: POLICY_DIGEST, ...body };
}

function errorOf(step: () => unknown): SojournError {
  try {
    step();
  } catch (error) {
    if (error instanceof SojournError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

/** The stored entry with one part replaced, by its path of positions. */
function altered(body: EntryBody, path: readonly number[], value: Value): Uint8Array {
  const replace = (node: Value, [first, ...rest]: readonly number[]): Value =>
    first === undefined
      ? value
      : (node as readonly Value[]).map((member, i) => (i === first ? replace(member, rest) : member));
  return encode(replace(decode(encodeEntry(entryOf(body), limits), limits), path));
}

const bodyOf = (kind: EntryBody['kind']): EntryBody => BODIES.find((body) => body.kind === kind)!;

describe('an entry', () => {
  it.each(BODIES)('of kind $kind is the same after a round trip', (body) => {
    const bytes = encodeEntry(entryOf(body), limits);
    expect(decodeEntry(bytes, limits)).toEqual(entryOf(body));
    expect(encodeEntry(decodeEntry(bytes, limits), limits)).toEqual(bytes);
    expect(peekKind(bytes)).toBe(body.kind);
  });

  it('of an unknown kind belongs to a later version', () => {
    const error = errorOf(() => decodeEntry(altered(bodyOf('signal'), [6], 'dream'), limits));
    expect(error.code).toBe('object.version');
    expect(error.message).toContain('entry 9 kind: expected one of blob, signal, open');
    for (const kind of ['constructor', '__proto__', 'toString', '']) {
      expect(errorOf(() => decodeEntry(altered(bodyOf('signal'), [6], kind), limits)).code).toBe('object.version');
    }
  });

  it.each([
    ['signal', [0], -1, 'entry -1 seq: expected a whole number from 0 on, found -1'],
    ['signal', [1], filled(31, 0), 'entry 9 prev: expected 32 bytes, found 31 bytes'],
    ['signal', [3], filled(32, 0), 'entry 9 node: expected 16 bytes'],
    ['signal', [5], 'none', 'entry 9 policy: expected 32 bytes, found "none"'],
    ['signal', [7, 0], '', 'entry 9 body.name: expected a text of 1 to 64 characters, found ""'],
    ['signal', [7], ['a', 'b'], 'entry 9 body: expected a list of 3: name, key, payload, found a list of 2'],
    ['signal', [7], { name: 'a' }, 'entry 9 body: expected a list of 3: name, key, payload, found a map'],
    ['open', [7, 3, 2], -5, 'entry 9 body.limits.tableElements: expected a whole number'],
    [
      'call',
      [7, 4, 0],
      'maybe',
      'entry 9 body.verdict.verdict: expected permit, constrain, defer, reject, found "maybe"',
    ],
    ['call', [7, 4, 1], [1], 'entry 9 body.verdict.policies.0: expected a text, found 1'],
    ['proposal', [7, 4], 1.5, 'entry 9 body.confidence: expected a number from 0 to 1, found 1.5'],
    ['outcome', [7, 0], 'fine', 'entry 9 body.class: expected success, partial'],
    [
      'outcome',
      [7, 6],
      ['group', 0, [['elapsed', 1]]],
      'entry 9 body.wake: expected a whole number from 1 to 1, found 0',
    ],
    ['outcome', [7, 6], ['group', 1, []], 'entry 9 body.wake: expected a group with members, found none'],
    ['outcome', [7, 6], ['sometime'], 'entry 9 body.wake: expected a condition'],
    ['wake', [7, 1], 1, 'entry 9 body.satisfied: expected a boolean, found 1'],
    ['seal', [7, 1], { kid: 1 }, 'entry 9 body: expected [protected, {}, payload, signature]'],
    ['seal', [7, 0], filled(38, 0), 'entry 9 body: expected protected header {1: -8, 4: 32 bytes}'],
    ['seal', [7, 3], filled(63, 0), 'entry 9 body: expected a signature of 64 bytes'],
  ] as const)('%s with %j set to %j is refused with its path', (kind, path, value, message) => {
    const error = errorOf(() => decodeEntry(altered(bodyOf(kind), path, value), limits));
    expect(error.code).toBe('object.malformed');
    expect(error.message).toContain(message);
  });

  it('with a wake condition of too many nodes is refused', () => {
    const members: Condition[] = Array.from({ length: 64 }, () => ({ tag: 'elapsed', ms: 1 }));
    const body: EntryBody = { kind: 'outcome', body: outcome({ wake: { tag: 'group', need: 1, members } }) };
    expect(errorOf(() => encodeEntry(entryOf(body), limits)).message).toContain('expected at most 64 nodes');
  });

  it('is bounded by itemBytes, and a blob by blobBytes', () => {
    const small = { ...limits, itemBytes: 400, blobBytes: 2000 };
    const signal: EntryBody = { kind: 'signal', body: { name: 'a', key: 'k', payload: 'x'.repeat(400) } };
    const bytes = encodeEntry(entryOf(signal), limits);
    expect(errorOf(() => encodeEntry(entryOf(signal), small)).code).toBe('object.limit');
    expect(errorOf(() => decodeEntry(bytes, small)).code).toBe('object.limit');
    const blob = (size: number): Entry => entryOf({ kind: 'blob', body: { media: 'm', bytes: filled(size, 0) } });
    expect(decodeEntry(encodeEntry(blob(2000), small), small)).toEqual(blob(2000));
    expect(errorOf(() => encodeEntry(blob(3100), small)).code).toBe('object.limit');
    expect(errorOf(() => decodeEntry(encodeEntry(blob(3100), limits), small)).code).toBe('object.limit');
  });

  it('that was altered anywhere is refused, or is another entry with the same bytes', () => {
    const mutated = fc.tuple(fc.constantFrom(...BODIES), fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(mutated, ([body, at, flip]) => {
        const bytes = encodeEntry(entryOf(body), limits);
        bytes[at % bytes.length]! ^= flip;
        let entry: Entry;
        try {
          entry = decodeEntry(bytes, limits);
        } catch (error) {
          expect(error).toBeInstanceOf(SojournError);
          return;
        }
        expect(encodeEntry(entry, limits)).toEqual(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('does not decode from any bytes with an error of another kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(errorOf(() => decodeEntry(bytes, limits))).toBeInstanceOf(SojournError);
      }),
    );
  });
});
