import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findForeignPlaces, findGrabBags, findLockfileFaults, findLongFiles, findLooseVersions } from './file-rules.ts';
import type { Lockfile } from './lockfile.ts';
import { findMissingPlatforms } from './lockfile.ts';
import { readSources } from './sources.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && existsSync(new URL(path, root)) && statSync(new URL(path, root)).isFile());

it('every source is of a size that one can read', () => {
  expect(findLongFiles(readSources(root, ['host', 'guest', 'test']))).toEqual([]);
});

it('every file is named after what is in it', () => {
  expect(tracked).toContain('package.json');
  expect(findGrabBags(tracked)).toEqual([]);
});

it('no tracked file names a place on one machine or a registry', () => {
  const texts = tracked.map((path) => ({ path, text: read(path) })).filter(({ text }) => !text.includes('\0'));
  expect(findForeignPlaces(texts)).toEqual([]);
});

it('dependencies are exact, and the lockfile holds digests without addresses', () => {
  expect(findLooseVersions(read('package.json'))).toEqual([]);
  expect(findLockfileFaults(read('package-lock.json'))).toEqual([]);
});

it('the lockfile names the optional packages of every platform', () => {
  expect(findMissingPlatforms(JSON.parse(read('package-lock.json')) as Lockfile)).toEqual({});
});
