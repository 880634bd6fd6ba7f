import { describe, expect, test } from 'vitest';
import { hex } from '../../host/json.ts';
import { readerId } from '../../host/object/cose-encrypt.ts';
import { createReaderKey } from '../../host/object/crypto.ts';
import { createAuthority } from '../../host/policy/authority.ts';
import { encodePolicySet } from '../../host/policy/encode.ts';
import { loadPolicySet } from '../../host/policy/load.ts';
import type { LoadedPolicySet } from '../../host/policy/load.ts';
import { formatReaderKey, parseReaderKey } from '../../host/policy/readers.ts';
import { filesOf, LIMITS, ORDER, question } from './fixtures.ts';

const keyOf = (n: number): Uint8Array => createReaderKey(new Uint8Array(32).fill(n)).publicKey;
const [AUDITOR, OPS, LEGAL] = [keyOf(1), keyOf(2), keyOf(3)];
const KEYS = { auditor: formatReaderKey(AUDITOR), ops: formatReaderKey(OPS) };
const SEND = 'permit(principal, action == Action::"http.send", resource is Http)';

function load(
  cedar: string,
  readers: { readonly [name: string]: unknown } | string = KEYS,
  facts = '{}',
): LoadedPolicySet {
  const text = typeof readers === 'string' ? readers : JSON.stringify(readers);
  const files = { 'main.cedar': cedar, 'set.json': '{"name":"test"}', 'readers.json': text, 'facts.json': facts };
  return loadPolicySet(filesOf(files), { limits: LIMITS });
}

const send = question('http.send', { resource: ORDER, data: { amount: 5 } });
const FACTS = JSON.stringify({ amount: { pointer: '/amount', type: 'Long' } });

describe('@confidential', () => {
  test('names readers for the entries of a call, and in the verdict', () => {
    const set = load(`@confidential("auditor ops") ${SEND};`);
    expect(set.cover(send)).toEqual([AUDITOR, OPS]);
    expect(set.demandsReader).toBe(true);
    const ids = [AUDITOR, OPS].map((key) => hex(readerId(key))).toSorted();
    expect(set.decide(send)).toMatchObject({ verdict: 'constrain', constraints: { confidential: ids } });
    expect(set.cover(question('kv.get', { resource: { type: 'Key', key: 'a' } }))).toBeNull();
  });

  test('holds for a call that is put off or rejected: its data stands in the object all the same', () => {
    for (const forbid of ['@verdict("defer") @wake("signal approval")', '']) {
      const set = load(`@confidential("auditor ops") ${SEND};\n${forbid} forbid(principal, action, resource);`);
      expect(set.decide(send).verdict).toBe(forbid === '' ? 'reject' : 'defer');
      expect(set.cover(send)).toEqual([AUDITOR, OPS]);
    }
  });

  test('of several permits that match, those whom all of them name', () => {
    const both = `@confidential("auditor ops") ${SEND};\n@confidential("ops") ${SEND};\n${SEND};`;
    expect(load(both).cover(send)).toEqual([OPS]);
    const apart = load(`@confidential("auditor") ${SEND};\n@confidential("ops") ${SEND};`);
    expect(apart.cover(send)).toEqual([]);
    expect(apart.decide(send)).toMatchObject({ verdict: 'reject', reason: 'confidential-readers' });
  });

  test('is weighed by the conditions of its permit', () => {
    const large = 'when { context.facts has amount && context.facts.amount > 3 }';
    const set = load(`@confidential("auditor ops") ${SEND} ${large};\n${SEND};`, KEYS, FACTS);
    expect(set.cover(send)).toEqual([AUDITOR, OPS]);
    expect(set.cover(question('http.send', { resource: ORDER, data: { amount: 1 } }))).toBeNull();
  });

  test('counts where it can not be found out: data of another type, a request in no known form, an overflow', () => {
    const set = load(`@confidential("auditor ops") ${SEND} when { context.facts has amount && context.facts.amount * 9223372036854775807 > 3 };`, KEYS, FACTS); // prettier-ignore
    for (const odd of [
      question('http.send', { resource: ORDER, data: { amount: 'five' } }),
      question('http.send', { resource: { ...ORDER, host: 'EVIL.example' }, data: { amount: 5 } }),
      send,
    ]) {
      expect(set.decide(odd).verdict).toBe('reject');
      expect(set.cover(odd)).toEqual([AUDITOR, OPS]);
    }
  });

  test('of the node’s set and of one that the object carries narrows to whom both name', () => {
    const node = load(`@confidential("auditor ops") ${SEND};`);
    const carried = load(`@confidential("mine legal") ${SEND};`, {
      mine: formatReaderKey(OPS),
      legal: formatReaderKey(LEGAL),
    });
    const authority = createAuthority({ node, carried: [carried], limits: LIMITS });
    expect(authority.cover(send)).toEqual([OPS]);
    expect(authority.decide(send).constraints).toEqual({ confidential: [hex(readerId(OPS))] });
    expect(createAuthority({ node: load(`${SEND};`, {}), carried: [carried], limits: LIMITS }).demandsReader).toBe(
      true,
    );
  });

  test.each([
    [
      '@confidential("auditor ops") forbid(principal, action == Action::"http.send", resource);',
      'main.cedar:1:1: @confidential: expected it on a permit',
    ],
    [
      '@confidential("auditor boss") permit(principal, action == Action::"http.send", resource);',
      'expected names of readers.json, found "boss"',
    ],
    [
      '@confidential("auditor auditor ops") permit(principal, action == Action::"http.send", resource);',
      'expected each reader once',
    ],
    ['@confidential("auditor  ops") permit(principal, action == Action::"http.send", resource);', 'found ""'],
    ['@confidential("auditor ops") permit(principal, action, resource);', 'found a scope without actions'],
    ['@confidential("auditor ops") permit(principal, action == Action::"dormancy", resource);', 'found dormancy'],
    [
      '@confidential("auditor ops") permit(principal, action in [Action::"termination", Action::"delegation"], resource);',
      'found delegation',
    ],
    ['@confidential permit(principal, action == Action::"http.send", resource);', '@confidential: expected a text'],
    [
      '@confidential("auditor") permit(principal, action == Action::"http.send", resource);',
      'readers.json: /ops: expected a reader that some @confidential names',
    ],
  ])('%s is refused when the set is loaded', (cedar, message) => {
    expect(() => load(cedar)).toThrow(message);
  });
});

describe('readers.json', () => {
  const good = `@confidential("auditor") ${SEND};`;
  test.each([
    ['[]', 'expected an object'],
    ['{"auditor":1}', '/auditor: expected "x25519:"'],
    ['{"auditor":"x25519:00"}', '/auditor: expected "x25519:"'],
    [JSON.stringify({ auditor: `x25519:${'00'.repeat(32)}` }), '/auditor: expected "x25519:"'],
    [JSON.stringify({ auditor: `ed25519:${hex(AUDITOR)}` }), '/auditor: expected "x25519:"'],
    [JSON.stringify({ auditor: hex(AUDITOR) }), '/auditor: expected "x25519:"'],
    [JSON.stringify({ auditor: KEYS.auditor.toUpperCase() }), '/auditor: expected "x25519:"'],
    [JSON.stringify({ Auditor: KEYS.auditor }), 'expected names of 1 to 64'],
    [`{"auditor":"${KEYS.auditor}","auditor":"${KEYS.ops}"}`, 'twice'],
    ['{', 'readers.json: expected JSON'],
    [
      JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`r${i}`, KEYS.ops]))),
      'at most 64 readers',
    ],
  ])('%s is refused', (text, message) => {
    expect(() => load(good, text)).toThrow(message);
  });

  test('is in the digest and travels with the set', () => {
    const one = load(`@confidential("auditor ops") ${SEND};`);
    const two = load(`@confidential("auditor ops") ${SEND};`, { auditor: KEYS.ops, ops: KEYS.auditor });
    expect(hex(one.digest)).not.toBe(hex(two.digest));
    expect(() => encodePolicySet(filesOf({ 'readers.json': '{}' }))).not.toThrow();
  });

  test('keys are read as they are written', () => {
    expect(parseReaderKey(formatReaderKey(AUDITOR))).toEqual(AUDITOR);
  });
});
