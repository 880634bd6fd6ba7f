import { expect, it } from 'vitest';
import { findForbiddenImports, findImportCycles } from './import-rules.ts';
import { readSources } from './sources.ts';

const root = new URL('../../', import.meta.url);
const sources = readSources(root, ['host', 'guest']);

it('finds the sources', () => {
  expect(sources.map((source) => source.path)).toContain('host/errors.ts');
});

it('imports point downwards only, and ambient authority enters where it may', () => {
  expect(findForbiddenImports(sources)).toEqual([]);
});

it('has no import cycle', () => {
  expect(findImportCycles(sources)).toEqual([]);
});
