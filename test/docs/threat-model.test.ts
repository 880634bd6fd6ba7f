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
