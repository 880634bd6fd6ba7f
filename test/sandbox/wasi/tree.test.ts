import { describe, expect, it } from 'vitest';
import { createTree, walk } from '../../../host/sandbox/wasi/tree.ts';
import { filePath, fileMedia, isFilePath } from '../../../host/object/files.ts';

const tree = createTree([
  { path: 'a.txt', size: 1 },
  { path: 'docs/b.txt', size: 2 },
  { path: 'docs/deep/c.txt', size: 3 },
  { path: 'a.txt/under-a-file', size: 4 },
]);
const docs = walk(tree, 'docs');

describe('walk', () => {
  it.each([
    ['a.txt', 'a.txt'],
    ['docs/b.txt', 'docs/b.txt'],
    ['./docs//deep/./c.txt', 'docs/deep/c.txt'],
    ['docs/deep/../b.txt', 'docs/b.txt'],
    ['.', ''],
  ])('goes along %s', (path, found) => {
    expect(walk(tree, path)).toMatchObject({ path: found });
  });

  it.each([
    ['', 'no-entry'],
    ['b.txt', 'no-entry'],
    ['constructor', 'no-entry'],
    ['__proto__', 'no-entry'],
    ['docs/../../etc/passwd', 'not-permitted'],
    ['..', 'not-permitted'],
    ['/a.txt', 'not-permitted'],
    ['a.txt/b', 'not-directory'],
    ['a.txt/..', 'not-directory'],
    ['a.txt/', 'not-directory'],
    ['a/'.repeat(600), 'name-too-long'],
  ])('answers %s with %s', (path, error) => {
    expect(walk(tree, path)).toBe(error);
  });

  it('does not leave the directory that it begins in', () => {
    expect(docs).toMatchObject({ kind: 'directory' });
    if (typeof docs === 'string' || docs.kind === 'file') return;
    expect(walk(docs, '../a.txt')).toBe('not-permitted');
    expect(walk(docs, 'deep/../b.txt')).toMatchObject({ path: 'docs/b.txt' });
  });
});

describe('the path of a file that an object carries', () => {
  it.each(['a', 'a.txt', 'a/b-c/D_1.tar.gz'])('may be %s', (path) => {
    expect(isFilePath(path)).toBe(true);
    expect(filePath({ media: fileMedia(path), bytes: new Uint8Array() })).toBe(path);
  });

  it.each(['', '/a', '../a', 'a/../b', 'a//b', 'a/', '.a', 'a\\b', 'a b', 'ä', 'a'.repeat(97), 'a/'.repeat(8) + 'a'])(
    'may not be %s',
    (path) => {
      expect(isFilePath(path)).toBe(false);
      expect(filePath({ media: fileMedia(path), bytes: new Uint8Array() })).toBeNull();
    },
  );
});
