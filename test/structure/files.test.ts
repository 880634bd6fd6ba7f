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

/** The project itself, and what its figures are compared with. */
const FOLDERS = ['', 'test/bench/peers/'];

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
  for (const folder of FOLDERS) {
    expect(findLooseVersions(read(`${folder}package.json`))).toEqual([]);
    expect(findLockfileFaults(read(`${folder}package-lock.json`))).toEqual([]);
  }
});

it('the lockfile names the optional packages of every platform', () => {
  for (const folder of FOLDERS)
    expect(findMissingPlatforms(JSON.parse(read(`${folder}package-lock.json`)) as Lockfile)).toEqual({});
});
