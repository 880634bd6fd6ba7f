import { expect, test } from 'vitest';
import { loadPolicySet } from '../../host/policy/load.ts';
import { LIMITS, filesOf } from './fixtures.ts';

const load = (set: string, facts?: string) =>
  loadPolicySet(filesOf(facts === undefined ? { 'set.json': set } : { 'set.json': set, 'facts.json': facts }), {
    limits: LIMITS,
  });

test('settings are read', () => {
  const set = load(`{"name":"A.b-c_1","expires":"2027-01-01T00:00:00Z","revoked":["${'0a'.repeat(32)}"],"zone":"eu"}`);
  expect(set).toMatchObject({ name: 'A.b-c_1', expires: Date.UTC(2027, 0, 1), revoked: ['0a'.repeat(32)], zone: 'eu' });
  expect(load('{"name":"x"}')).toMatchObject({ expires: null, revoked: [], zone: null });
});

test.each([
  ['{"name":"x",}', 'policy set.json: expected JSON: '],
  ['[]', 'policy set.json: expected an object, found []'],
  ['{}', 'policy set.json: /name: expected a text of 1 to 64 characters a-z, A-Z, 0-9, `-`, `.`, `_`, found nothing'],
  ['{"name":"a b"}', 'policy set.json: /name: expected a text'],
  [
    '{"name":"x","expire":"2027-01-01T00:00:00Z"}',
    'policy set.json: expected no other keys than name, expires, revoked, zone, found "expire"',
  ],
  ['{"name":"x","__proto__":{}}', 'expected no other keys than name, expires, revoked, zone, found "__proto__"'],
  [
    '{"name":"x","expires":"2027-02-30T00:00:00Z"}',
    'policy set.json: /expires: expected an instant such as 2027-01-01T00:00:00Z, found "2027-02-30T00:00:00Z"',
  ],
  ['{"name":"x","expires":null}', '/expires: expected an instant'],
  ['{"name":"x","expires":1800000000000}', '/expires: expected an instant'],
  ['{"name":"x","revoked":"a"}', '/revoked: expected a list of digests, found "a"'],
  ['{"name":"x","revoked":["0A"]}', '/revoked/0: expected a digest of 64 hexadecimal digits in lower case, found "0A"'],
  ['{"name":"x","zone":null}', '/zone: expected the name of a zone, found null'],
  ['{"expires":"2027-01-01T00:00:00Z","name":"x","expires":"2099-01-01T00:00:00Z"}', 'expected each key once, found'],
  ['['.repeat(100_000), 'expected at most 32 levels'],
])('set.json %.80s is refused', (text, message) => {
  expect(() => load(text)).toThrow(message);
});

test('facts are declared with a pointer and a type', () => {
  const { facts } = load(
    '{"name":"x"}',
    '{"a":{"pointer":"/x~1:y/0","type":"Long"},"if":{"type":"Bool","pointer":""}}',
  );
  expect([...facts]).toEqual([
    ['a', { pointer: ['x/:y', '0'], type: 'Long' }],
    ['if', { pointer: [], type: 'Bool' }],
  ]);
});

test.each([
  ['{"A":{"pointer":"","type":"Long"}}', 'policy facts.json: expected fact names of 1 to 64 characters'],
  ['{"__entity":{"pointer":"","type":"Long"}}', 'expected fact names'],
  ['{"a":5}', '/a: expected an object with `pointer` and `type`, found 5'],
  ['{"a":{"pointer":"","type":"Long","default":1}}', '/a: expected no other keys than pointer, type, found "default"'],
  ['{"a":{"pointer":"x","type":"Long"}}', '/a/pointer: expected a JSON pointer of at most 1024 characters, found "x"'],
  ['{"a":{"type":"Long"}}', '/a/pointer: expected a JSON pointer of at most 1024 characters, found nothing'],
  ['{"a":{"pointer":"","type":"Decimal"}}', '/a/type: expected one of Long, String, Bool, found "Decimal"'],
  ['{"a":{"pointer":"","type":"Long"},"a":{"pointer":"/x","type":"Long"}}', 'expected each key once'],
  ['{"a":{"pointer":"/x","pointer":"/y","type":"Long"}}', 'expected each key once'],
])('facts.json %s is refused', (text, message) => {
  expect(() => load('{"name":"x"}', text)).toThrow(message);
});

test('more facts than the limit are refused', () => {
  const facts = Object.fromEntries(
    Array.from({ length: LIMITS.facts + 1 }, (_, index) => [`f${index}`, { pointer: '', type: 'Long' }]),
  );
  expect(() => load('{"name":"x"}', JSON.stringify(facts))).toThrow('expected at most 64 facts, found 65');
});
