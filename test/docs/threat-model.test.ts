/** The table of attacks names for each a test that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const text = readFileSync(`${ROOT}docs/threat-model.md`, 'utf8');
const section = text.slice(text.indexOf('## What hostile code can try'), text.indexOf('## What whoever carries'));
const rows = section.split('\n').filter((line) => /^\| (?!attack)[a-z]/i.test(line));

test('every attack of hostile code is tried in a test that is there', () => {
  expect(rows.length).toBeGreaterThan(15);
  const tests = rows.map((row) => ({ row, path: /`(test\/[^`]+\.ts)` \|$/.exec(row)?.[1] }));
  expect(tests.filter(({ path }) => path === undefined || !existsSync(`${ROOT}${path}`))).toEqual([]);
});

test('every attack over the network is tried in a test that is there', () => {
  const start = text.indexOf('## What whoever reaches a node over the network');
  const network = text.slice(start, text.indexOf('## What is not held off'));
  const attacks = network.split('\n').filter((line) => /^\| (?!attack)[a-z]/i.test(line));
  expect(attacks.length).toBeGreaterThan(10);
  const named = attacks.map((row) => /`(test\/[^`]+\.ts)` \|$/.exec(row)?.[1]).filter((path) => path !== undefined);
  expect(named.length).toBeGreaterThanOrEqual(attacks.length - 1);
  expect(named.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
});
