/** Programs on disk: a hit is the same as a miss, and nothing that somebody else put there is ever run. */
import { createHmac } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgramCache } from '../../host/sandbox/program-cache.ts';
import type { StoredProgram } from '../../host/sandbox/program-entry.ts';

const PROGRAM: StoredProgram = {
  script: '(function () { return "ä"; })',
  modules: [
    { name: 'guest.core.wasm', meter: true, code: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) },
    { name: 'guest.core2.wasm', meter: false, code: new Uint8Array(2_000).fill(7) },
  ],
  entry: 'handle',
  wasi: false,
  snapshot: { obstacle: null, tables: true },
};
/** Read in several pieces. */
const LARGE: StoredProgram = {
  ...PROGRAM,
  modules: [{ name: 'm', meter: false, code: new Uint8Array(1_500_000).fill(9) }],
};
const OTHER: StoredProgram = { ...PROGRAM, script: '(function () {})' };
const IS_ROOT = process.geteuid?.() === 0;

let home: string;
let folder: string;
let secret: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sojourn-cache-'));
  folder = join(home, 'cache', 'programs');
  secret = join(home, 'state', 'key');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const open = (maxBytes?: number) =>
  createProgramCache({ folder, secret, ...(maxBytes === undefined ? {} : { maxBytes }) });
const entries = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.program'))
    .map((name) => join(folder, name));
async function writeOne(name = 'a', program = PROGRAM): Promise<string> {
  const before = existsSync(folder) ? entries() : [];
  await open().write(name, program);
  return entries().find((path) => !before.includes(path))!;
}

describe('the program cache', () => {
  it('gives back what was put away, also to another process', async () => {
    expect(await open().read('a')).toBeNull();
    await open().write('a', LARGE);
    const found = (await open().read('a'))?.modules[0]?.code ?? [];
    expect(Buffer.from(found).equals(Buffer.from(LARGE.modules[0]!.code))).toBe(true);
    await open().write('c', PROGRAM);
    expect(await open().read('c')).toEqual(PROGRAM);
    expect(await open().read('b')).toBeNull();
  });

  it('makes folder, entries and secret for its user alone', async () => {
    const path = await writeOne();
    expect([folder, path, secret].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o600, 0o600]);
    expect(readdirSync(join(home, 'state'))).toEqual(['key']);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('finds a flipped bit at any place, and removes the entry', async () => {
    const path = await writeOne();
    const sound = readFileSync(path);
    for (let place = 0; place < sound.length; place += place < 48 ? 1 : 29) {
      const changed = Uint8Array.from(sound);
      changed[place]! ^= 1 << (place % 8);
      writeFileSync(path, changed);
      expect(await open().read('a'), `byte ${place}`).toBeNull();
      expect(existsSync(path)).toBe(false);
    }
    writeFileSync(path, sound);
    expect(await open().read('a')).toEqual(PROGRAM);
  });

  it('finds an entry that stands under the name of another', async () => {
    const first = await writeOne('a', PROGRAM);
    const second = await writeOne('b', OTHER);
    renameSync(second, first);
    expect(await open().read('a')).toBeNull();
    expect(existsSync(first)).toBe(false);
  });

  it.each([0, 1, 31, 32, 33, 36, 200])('finds one that was cut to %i bytes', async (length) => {
    truncateSync(await writeOne(), length);
    expect(await open().read('a')).toBeNull();
    expect(entries()).toEqual([]);
  });

  it('finds bytes added at the end', async () => {
    const path = await writeOne();
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.of(0)]));
    expect(await open().read('a')).toBeNull();
  });

  it('takes nothing that was made with another secret', async () => {
    const path = await writeOne();
    const body = readFileSync(path).subarray(32);
    writeFileSync(path, Buffer.concat([createHmac('sha256', Buffer.alloc(32)).update(body).digest(), body]));
    expect(await open().read('a')).toBeNull();
    await writeOne();
    rmSync(secret);
    expect(await open().read('a')).toBeNull();
  });

  it('does not read a file that is larger than all entries may be', async () => {
    const path = await writeOne();
    truncateSync(path, 2 ** 40);
    expect(await open().read('a')).toBeNull();
    expect(existsSync(path)).toBe(false);
  });

  it('follows no symbolic link, and leaves its target alone', async () => {
    const path = await writeOne();
    const target = join(home, 'elsewhere');
    renameSync(path, target);
    symlinkSync(target, path);
    expect(await open().read('a')).toBeNull();
    expect(existsSync(target)).toBe(true);
    await open().write('a', PROGRAM);
    expect(await open().read('a')).toEqual(PROGRAM);
  });

  it('does without a folder that is a symbolic link, that others may write to, or that is a file', async () => {
    await writeOne();
    chmodSync(folder, 0o770);
    expect(await open().read('a')).toBeNull();
    chmodSync(folder, 0o700);
    expect(await open().read('a')).toEqual(PROGRAM);
    renameSync(folder, join(home, 'moved'));
    symlinkSync(join(home, 'moved'), folder);
    expect(await open().read('a')).toBeNull();
    rmSync(folder);
    writeFileSync(folder, '');
    await open().write('a', PROGRAM);
    expect(await open().read('a')).toBeNull();
  });

  it.runIf(IS_ROOT)('takes no entry, folder or secret of another user', async () => {
    const path = await writeOne();
    for (const each of [folder, secret]) {
      chownSync(each, 65_534, 65_534);
      expect(await open().read('a')).toBeNull();
      chownSync(each, 0, 0);
    }
    expect(await open().read('a')).toEqual(PROGRAM);
    chownSync(path, 65_534, 65_534);
    expect(await open().read('a')).toBeNull();
  });

  it('does without a secret that others may read, or of another length', async () => {
    await writeOne();
    chmodSync(secret, 0o640);
    expect(await open().read('a')).toBeNull();
    chmodSync(secret, 0o600);
    expect(await open().read('a')).toEqual(PROGRAM);
    truncateSync(secret, 31);
    expect(await open().read('a')).toBeNull();
  });

  it('refuses a secret within the folder', () => {
    const within = { folder, secret: join(folder, 'key') };
    expect(() => createProgramCache(within)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('removes what was used least recently when it is full, and what a crash left', async () => {
    const [first, second] = [await writeOne('a'), await writeOne('b')];
    const leftover = `${first}.00000000-0000-0000-0000-000000000000.tmp`;
    writeFileSync(leftover, 'half');
    writeFileSync(join(folder, 'mine.txt'), 'not ours');
    for (const path of [first, second, leftover]) utimesSync(path, 1_000, 1_000);
    await open().read('a'); // used now
    await open(6_000).write('c', PROGRAM);
    expect(existsSync(second)).toBe(false);
    expect(existsSync(leftover)).toBe(false);
    expect(readdirSync(folder)).toHaveLength(3);
    expect(await open().read('a')).toEqual(PROGRAM);
    expect(await open().read('c')).toEqual(PROGRAM);
    await open(1_000).write('d', PROGRAM);
    expect(await open().read('d')).toBeNull();
  });

  it('is written by several at once', async () => {
    const caches = Array.from({ length: 8 }, () => open());
    await Promise.all(caches.map((cache, index) => cache.write('a', index % 2 === 0 ? PROGRAM : OTHER)));
    expect([PROGRAM, OTHER]).toContainEqual(await open().read('a'));
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('is no error where a folder stands in the place of an entry', async () => {
    const path = await writeOne();
    rmSync(path);
    mkdirSync(path);
    expect(await open().read('a')).toBeNull();
    await open().write('a', PROGRAM);
    expect(await open().read('a')).toEqual(PROGRAM);
  });
});
