import { readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { hex } from '../../host/json.ts';
import { BASE_SCHEMA, SCHEMA_VERSION, schemaWithFacts } from '../../host/policy/schema.ts';

test('the schema in the code is the file in policies/', () => {
  expect(BASE_SCHEMA).toBe(readFileSync(new URL('../../policies/schema.cedarschema', import.meta.url), 'utf8'));
});

test('what a version means does not change: another meaning needs another version', () => {
  const meaning = BASE_SCHEMA.replaceAll(/\/\/[^\n]*|\s+/g, '');
  expect([SCHEMA_VERSION, hex(sha256(new TextEncoder().encode(meaning)))]).toEqual([
    2,
    '06fe522959af1b5e82b87453d22d9257d6aec8748d560adce7f62270087ac341',
  ]);
});

test('facts become optional attributes, whatever they are called', () => {
  const schema = schemaWithFacts(
    new Map([
      ['amount', { pointer: [], type: 'Long' }],
      ['if', { pointer: [], type: 'Bool' }],
    ]),
  );
  expect(schema).toContain('\ntype Facts = { "amount"?: Long, "if"?: Bool };\n');
  expect(schema).not.toContain('type Facts = {};');
});
