import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { generateContractTypes } from '../../guest/sdk/generate.ts';

const FOLDER = new URL('../../guest/sdk/generated/', import.meta.url);

it('has the types that wit/ gives; run guest/sdk/generate.ts after a change there', async () => {
  const generated = await generateContractTypes();
  const names = readdirSync(fileURLToPath(FOLDER), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => name.replaceAll('\\', '/'));
  const stored = names.map((name): [string, string] => [name, readFileSync(new URL(name, FOLDER), 'utf8')]);
  expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(generated));
});
