import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../host/store/file.ts';
import { ChildLines } from './child-lines.ts';
import { objectContract, readAll } from './object-contract.ts';
import { mountSmallDisk, unmount } from './small-disk.ts';

const CHILD = join(import.meta.dirname, 'child.ts');
const first = Uint8Array.of(1, 2, 3);
const store = createFileStore();

async function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sojourn-store-'));
}

objectContract('files', async () => {
  const folder = await makeFolder();
  return {
    store: createFileStore(),
    nameOf: (label) => join(folder, `${label}.sojourn`),
    remove: () => rm(folder, { recursive: true }),
  };
});

describe('files', () => {
  let folder: string;
  let path: string;
  const children: ChildLines[] = [];

  function start(command: string, ...words: readonly string[]): ChildLines {
    const child = new ChildLines(command, words);
    children.push(child);
    return child;
  }

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, 'a.sojourn');
    await store.create(path, first);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill();
    await rm(folder, { recursive: true });
  });

  it('leave nothing else in the folder, neither after creation nor after a lock', async () => {
    await expect(store.create(path, first)).rejects.toMatchObject({ code: 'object.exists' });
    await (await store.open(path)).close();
    expect(await readdir(folder)).toEqual(['a.sojourn']);
  });

  it('are created whole or not at all: nothing in a folder that is not there, or is a file', async () => {
    await expect(store.create(join(folder, 'none', 'b'), first)).rejects.toMatchObject({ code: 'store.missing' });
    await expect(store.create(join(path, 'b'), first)).rejects.toMatchObject({ code: 'store.failed' });
    expect(await readdir(folder)).toEqual(['a.sojourn']);
  });

  it('are locked across processes', async () => {
    const child = start(process.execPath, CHILD, path, 'hold');
    expect(await child.line()).toBe('open');
    await expect(store.open(path)).rejects.toMatchObject({ code: 'store.busy' });
    const second = start(process.execPath, CHILD, path, 'hold');
    expect(await second.line()).toBe('error store.busy');
    child.process.stdin!.write('go\n');
    expect(await child.line()).toBe('closed');
    await (await store.open(path)).close();
  });

  it('are free again when their holder was killed', async () => {
    const child = start(process.execPath, CHILD, path, 'hold');
    expect(await child.line()).toBe('open');
    await child.kill();
    const file = await store.open(path);
    await file.append(Uint8Array.of(4), true);
    await expect(store.open(path)).rejects.toMatchObject({ code: 'store.busy' });
    await file.close();
    expect(await readdir(folder)).toEqual(['a.sojourn']);
  });

  it('lose nothing that was synced when the process is killed while it appends', async () => {
    const child = start(process.execPath, CHILD, path, 'append-forever');
    expect(await child.line()).toBe('open');
    let line = '';
    for (let i = 0; i < 20; i++) line = await child.line();
    await child.kill();
    const told = Number(line.split(' ')[1]);
    expect(told).toBe(3 + 20 * 1000);
    const bytes = await readFile(path);
    expect(bytes.length).toBeGreaterThanOrEqual(told);
    for (let i = 0; i < 20; i++)
      expect(bytes.subarray(3 + i * 1000, 1003 + i * 1000).every((byte) => byte === i)).toBe(true);
  });

  it('have one lock under all their symbolic links', async () => {
    const alias = join(folder, 'alias');
    await symlink(path, alias);
    const file = await store.open(path);
    await expect(store.open(alias)).rejects.toMatchObject({ code: 'store.busy' });
    await file.close();
  });

  it('that are folders are no objects', async () => {
    await mkdir(join(folder, 'sub'));
    await expect(store.open(join(folder, 'sub'))).rejects.toMatchObject({ code: 'store.failed' });
    await expect(readAll(store.read(join(folder, 'sub')))).rejects.toMatchObject({ code: 'store.failed' });
  });

  it('can be locked again where a dead holder left its lock file', async () => {
    await writeFile(`${path}.lock`, '');
    const file = await store.open(path);
    await expect(store.open(path)).rejects.toMatchObject({ code: 'store.busy' });
    await file.close();
    expect(await readdir(folder)).toEqual(['a.sojourn']);
  });

  it('are not opened where the lock file can not be one', async () => {
    await mkdir(`${path}.lock`);
    await expect(store.open(path)).rejects.toMatchObject({ code: 'store.failed' });
  });

  it('that grow while they are read give what was there at first', async () => {
    const file = await store.open(path);
    const reading = store.read(path)[Symbol.asyncIterator]();
    expect((await reading.next()).value).toEqual(first);
    await file.append(Uint8Array.of(4), true);
    expect((await reading.next()).done).toBe(true);
    await file.close();
  });

  it('stay as they were when their process may not write more (EFBIG)', async () => {
    // 16 KiB at most (bash counts blocks of 1024 bytes); the signal is ignored so that the write itself fails, in its middle.
    const child = start(
      'bash',
      '-c',
      `trap "" XFSZ; ulimit -f 16; exec "$0" "$@"`,
      process.execPath,
      CHILD,
      path,
      'fill',
      '5000',
    );
    expect(await child.rest()).toEqual([
      'open',
      'appended 5003',
      'appended 10003',
      'appended 15003',
      'failed store.full 15003',
      'refused store.failed',
      'closed',
    ]);
    expect((await stat(path)).size).toBe(15_003);
  });
});

describe('a full disk', () => {
  let folder: string;
  let mounted: boolean;

  beforeEach(async () => {
    folder = await makeFolder();
    mounted = await mountSmallDisk(folder, '64k');
  });
  afterEach(async () => {
    if (mounted) await unmount(folder);
    await rm(folder, { recursive: true });
  });

  it('is told as such, cuts off what was written in part, and the object can be opened again', async ({ annotate }) => {
    if (!mounted)
      return void (await annotate('not run: this process may not mount a small disk; the EFBIG test stands for it'));
    const path = join(folder, 'a.sojourn');
    await store.create(path, first);
    const file = await store.open(path);
    const piece = new Uint8Array(10_000).fill(1);
    await expect(
      (async () => {
        for (;;) await file.append(piece, true);
      })(),
    ).rejects.toMatchObject({ code: 'store.full', details: { system: 'ENOSPC' } });
    const { length } = file;
    expect((length - 3) % 10_000).toBe(0);
    expect((await stat(path)).size).toBe(length);
    await expect(file.append(Uint8Array.of(1), true)).rejects.toMatchObject({ code: 'store.failed' });
    await file.close();
    await expect(store.create(join(folder, 'b'), new Uint8Array(60_000))).rejects.toMatchObject({ code: 'store.full' });
    expect((await readdir(folder)).toSorted()).toEqual(['a.sojourn']);
    const again = await store.open(path);
    await again.append(Uint8Array.of(2), true);
    expect(again.length).toBe(length + 1);
    await again.close();
  });
});
