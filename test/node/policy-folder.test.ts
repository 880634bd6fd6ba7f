import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { readPolicyFolder } from '../../host/node/policy-folder.ts';

const LIMITS = DEFAULT_LIMITS.policy;
let base: string;
let folder: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sojourn-policy-'));
  folder = join(base, 'set');
  mkdirSync(folder);
  writeFileSync(join(folder, 'set.json'), '{"name":"x"}');
});
afterEach(() => rmSync(base, { recursive: true }));

const refusal = () =>
  readPolicyFolder(folder, LIMITS).then(
    () => 'read',
    (error: unknown) => String(error),
  );

test('the files of a folder are read, by name', async () => {
  writeFileSync(join(folder, 'a.cedar'), 'A');
  writeFileSync(join(folder, 'empty.cedar'), '');
  const files = await readPolicyFolder(folder, LIMITS);
  expect([...files].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)])).toEqual([
    ['a.cedar', 'A'],
    ['empty.cedar', ''],
    ['set.json', '{"name":"x"}'],
  ]);
});

test('a folder is also found through a link, and files through links within it', async () => {
  writeFileSync(join(folder, 'a.cedar'), 'A');
  symlinkSync('a.cedar', join(folder, 'b.cedar'));
  symlinkSync(folder, join(base, 'link'));
  expect([...(await readPolicyFolder(join(base, 'link'), LIMITS)).keys()]).toEqual(['a.cedar', 'b.cedar', 'set.json']);
});

test.each(['notes.txt', 'README.md', '.hidden', 'A.cedar', 'a.cedar.bak'])(
  'a file called %s is refused',
  async (name) => {
    writeFileSync(join(folder, name), '');
    expect(await refusal()).toBe(
      `SojournError: policy ${join(folder, name)}: expected set.json, facts.json, readers.json or a name in lower case that ends in .cedar`,
    );
  },
);

test('a link that leaves the folder, and one to nothing, are refused', async () => {
  writeFileSync(join(base, 'secret'), 'secret');
  symlinkSync('../secret', join(folder, 'a.cedar'));
  expect(await refusal()).toContain('a.cedar: expected a file in this folder, found a link that leaves it');
  rmSync(join(folder, 'a.cedar'));
  symlinkSync('gone', join(folder, 'a.cedar'));
  expect(await refusal()).toContain('a.cedar: expected a file in this folder');
});

test('a folder or a pipe with the name of a policy file is refused, without waiting', async () => {
  mkdirSync(join(folder, 'a.cedar'));
  expect(await refusal()).toContain('a.cedar: expected a file, found something else');
  rmSync(join(folder, 'a.cedar'), { recursive: true });
  execFileSync('mkfifo', [join(folder, 'a.cedar')]);
  expect(await refusal()).toContain('a.cedar: expected a file, found something else');
});

test('files that are too large or too many are refused before they are read', async () => {
  writeFileSync(join(folder, 'a.cedar'), '');
  truncateSync(join(folder, 'a.cedar'), 2 ** 40);
  expect(await refusal()).toContain(`expected at most ${LIMITS.bytes} bytes in all, found more`);
  for (let i = 0; i < LIMITS.files; i++) writeFileSync(join(folder, `${i}.cedar`), '');
  expect(await refusal()).toContain('expected at most 64 files, found 66');
});

test('a folder that is not there, or is a file, is said to be missing', async () => {
  await expect(readPolicyFolder(join(base, 'gone'), LIMITS)).rejects.toMatchObject({ code: 'store.missing' });
  await expect(readPolicyFolder(join(folder, 'set.json'), LIMITS)).rejects.toMatchObject({ code: 'store.missing' });
});
