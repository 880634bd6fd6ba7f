import { describe, expect, it } from 'vitest';
import { findForeignPlaces, findGrabBags, findLockfileFaults, findLongFiles, findLooseVersions } from './file-rules.ts';

const file = (path: string, text: string) => ({ path, text });
/** Built from parts, so that this file does not hold what it looks for. */
const place = (...parts: string[]) => parts.join('/');

describe('findLongFiles', () => {
  it('names a file of more than 400 lines, opcode tables aside', () => {
    const long = 'x\n'.repeat(401);
    const sources = [file('host/a.ts', long), file('host/b.ts', 'x\n'.repeat(400)), file('host/wasm/opcodes.ts', long)];
    expect(findLongFiles(sources)).toEqual(['host/a.ts: expected at most 400 lines, found 401']);
  });
});

describe('findGrabBags', () => {
  it.each(['host/utils.ts', 'host/common/a.ts', 'host/store-helpers.ts', 'test/misc.ts', 'host/node/loop-manager.ts'])(
    'names %s',
    (path) => {
      expect(findGrabBags([path])).toHaveLength(1);
    },
  );

  it.each(['host/object/community.ts', 'host/cli/command.ts', 'host/futile.ts'])('lets %s be', (path) => {
    expect(findGrabBags([path])).toEqual([]);
  });
});

describe('findForeignPlaces', () => {
  it.each([
    place('', 'home', 'ann', 'sojourn'),
    `cd ${place('', 'root', 'sojourn')}`,
    `"${place('', 'Users', 'ann')}"`,
    `'${place('', 'tmp', 'a.soj')}'`,
    `https:/${place('', 'registry.example.com', 'a.tgz')}`,
    `https:/${place('', 'npm.example.com:8080', 'a.tgz')}`,
  ])('names %s', (line) => {
    expect(findForeignPlaces([file('a.md', `first\n${line}`)])).toEqual([expect.stringContaining('a.md:2')]);
  });

  it.each([
    `.${place('', 'home', 'a.ts')}`,
    'http://host.example/home/a',
    '`${home}/tmp/a`',
    'docs/npm.md',
    'the npm registry',
  ])('lets %s be', (line) => {
    expect(findForeignPlaces([file('a.md', line)])).toEqual([]);
  });
});

describe('findLockfileFaults', () => {
  const lockfile = (entry: object) => JSON.stringify({ packages: { '': {}, 'node_modules/a': entry } });

  it('wants a digest and no address', () => {
    expect(findLockfileFaults(lockfile({ integrity: 'sha512-a' }))).toEqual([]);
    expect(findLockfileFaults(lockfile({ integrity: 'sha512-a', resolved: 'a.tgz' }))).toHaveLength(1);
    expect(findLockfileFaults(lockfile({ version: '1.0.0' }))).toHaveLength(1);
    expect(findLockfileFaults(lockfile({ version: '1.0.0', optional: true }))).toHaveLength(1);
    expect(findLockfileFaults(lockfile({ version: '1.0.0', optional: true, cpu: ['arm64'] }))).toEqual([]);
  });
});

describe('findLooseVersions', () => {
  it('names a range', () => {
    const manifest = { dependencies: { a: '1.0.0', b: '^1.0.0' }, devDependencies: { c: 'latest' } };
    expect(findLooseVersions(JSON.stringify(manifest))).toEqual([
      "b: expected an exact version, found '^1.0.0'",
      "c: expected an exact version, found 'latest'",
    ]);
  });
});
