/** The table of requirements names tests that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const rows = readFileSync(`${ROOT}docs/requirements.md`, 'utf8')
  .split('\n')
  .filter((line) => /^\| [RT]\d/.test(line));

test('every requirement has a test', () => {
  expect(rows.length).toBeGreaterThan(40);
  const without = rows.filter((row) => !/`test\/[^`]+\.test\.ts`/.test(row));
  expect(without).toEqual([]);
});

test('every test that is named is there', () => {
  const named = rows.flatMap((row) => [...row.matchAll(/`(test\/[^`]+)`/g)].map((match) => match[1] ?? ''));
  expect(named.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
});
