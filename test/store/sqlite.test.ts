import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeStore } from '../../host/ports.ts';
import { createSqliteStore } from '../../host/store/sqlite.ts';
import { ChildLines } from './child-lines.ts';
import { idOf } from './contract.ts';
import { readAll } from './object-contract.ts';
import { mountSmallDisk, remountReadOnly, unmount } from './small-disk.ts';

const CHILD = join(import.meta.dirname, 'sqlite-child.ts');
const NAMES = Array.from({ length: 16 }, (_, i) => idOf(`object ${i}`));
const KIB = 1024;

describe('a database of objects', () => {
  let folder: string;
  let path: string;
  let stores: NodeStore[] = [];
  let children: ChildLines[] = [];

  async function openStore(): Promise<NodeStore> {
    const store = await createSqliteStore(path);
    stores.push(store);
    return store;
  }

  async function start(command: string): Promise<ChildLines> {
    const child = new ChildLines(process.execPath, [CHILD, path, command]);
    children.push(child);
    expect(await child.line()).toBe('open');
    return child;
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sojourn-sqlite-'));
    path = join(folder, 'node.db');
  });
  afterEach(async () => {
    for (const child of children) await child.kill();
    for (const store of stores) await store.close();
    [stores, children] = [[], []];
    await rm(folder, { recursive: true });
  });

  it('is held by one process alone, and says so to the second with its name', async () => {
    const child = await start('hold');
    const refusal = { code: 'store.busy', message: expect.stringMatching(/node\.db: open: expected no other process/) };
    await expect(createSqliteStore(path)).rejects.toMatchObject(refusal);
    child.process.stdin!.write('go\n');
    expect(await child.line()).toBe('closed');
    await openStore();
    await expect(createSqliteStore(path)).rejects.toMatchObject(refusal);
    const second = new ChildLines(process.execPath, [CHILD, path, 'hold']);
    expect(await second.line()).toMatch(/^error store\.busy .*node\.db/);
  });

  it('is free again when its process was killed', async () => {
    await (await start('hold')).kill();
    await (await openStore()).create(idOf('a'), Uint8Array.of(1));
  });

  it('gives what many objects sync in one turn one commit, and one that comes alone its own', async () => {
    const store = await openStore();
    await Promise.all(NAMES.map((name) => store.create(name, new Uint8Array(KIB))));
    const files = await Promise.all(NAMES.map((name) => store.open(name)));
    const before = await commitsIn(path);
    await Promise.all(files.map((file) => file.append(new Uint8Array(KIB), true)));
    expect((await commitsIn(path)) - before).toBe(1);
    for (const file of files) await file.append(new Uint8Array(KIB), true);
    expect((await commitsIn(path)) - before).toBe(1 + files.length);
    await Promise.all(files.map((file) => file.append(new Uint8Array(KIB), false)));
    expect((await commitsIn(path)) - before).toBe(1 + files.length);
    await Promise.all(files.map((file) => file.close()));
    expect((await commitsIn(path)) - before).toBe(2 + files.length);
  });

  it('lets one creator of many win in one commit, and spoils nothing for what came with them', async () => {
    const store = await openStore();
    const tries = await Promise.allSettled([
      ...NAMES.map((_, i) => store.create(idOf('one'), Uint8Array.of(i))),
      store.create(idOf('other'), Uint8Array.of(99)),
    ]);
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await readAll(store.read(idOf('one')))).toEqual(Uint8Array.of(0));
    expect(await readAll(store.read(idOf('other')))).toEqual(Uint8Array.of(99));
  });

  it('has all that was acknowledged before a kill, and of what came with a commit all or nothing', async () => {
    let told = -1;
    for (const rounds of [1, 2, 3, 5, 8, 13, 30, 60]) {
      const child = await start('append-forever');
      for (let i = 0; i < rounds; i++) told = Number((await child.line()).split(' ')[1]);
      await child.kill();
      const store = await openStore();
      const lengths = new Set<number>();
      for (const name of NAMES) {
        const bytes = await readAll(store.read(name));
        lengths.add(bytes.length);
        expect(bytes.every((byte, at) => byte === Math.floor(at / 1000) % 256)).toBe(true);
      }
      const [length = 0] = lengths;
      expect([lengths.size, length % 1000]).toEqual([1, 0]);
      expect(length / 1000).toBeGreaterThan(told);
      await store.close();
    }
  });

  it('keeps nothing of an object that a kill left half created', async () => {
    const child = await start('create-endlessly');
    for (let i = 0; i < 5; i++) await child.line();
    await child.kill();
    expect(rowsIn(path)).toBeGreaterThan(4);
    const store = await openStore();
    expect(await store.find(idOf('endless'))).toBeNull();
    await store.close();
    expect(rowsIn(path)).toBe(0);
  });

  it('gives the rows of what was replaced back', async () => {
    const store = await openStore();
    await store.create(idOf('a'), new Uint8Array(600 * KIB));
    const file = await store.open(idOf('a'));
    await file.replace(store.read(idOf('a'), 590 * KIB));
    await file.close();
    await store.create(idOf('b'), Uint8Array.of(1)); // behind the rows that are removed
    await store.close();
    expect(rowsIn(path)).toBe(2);
  });

  it('is told apart from files of something else, from other databases and from damaged ones', async () => {
    await writeFile(path, 'not a database, whatever it is called. '.repeat(200));
    await expect(createSqliteStore(path)).rejects.toMatchObject({
      code: 'store.failed',
      message: expect.stringMatching(/node\.db: open: expected a database, found a file of something else/),
    });
    await rm(path);
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    await expect(createSqliteStore(path)).rejects.toMatchObject({
      code: 'store.failed',
      message: expect.stringMatching(/node\.db: open: expected the database of a node, found another program's/),
    });
    await rm(path);
    await (await openStore()).close();
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 2');
    newer.close();
    await expect(createSqliteStore(path)).rejects.toMatchObject({
      message: expect.stringMatching(/expected tables of version 1, found 2/),
    });
    await expect(createSqliteStore(join(folder, 'none', 'node.db'))).rejects.toMatchObject({ code: 'store.failed' });
  });

  it('says of a damaged page that it is damaged, and goes on with the others', async () => {
    const store = await openStore();
    await store.create(idOf('a'), new Uint8Array(600 * KIB).fill(5));
    await store.create(idOf('b'), Uint8Array.of(1));
    await store.close();
    const file = await open(path, 'r+');
    // the index by which rows of bytes are found
    await file.write(new Uint8Array(4 * KIB).fill(0xee), 0, 4 * KIB, (rootOf(path, 'piece_at') - 1) * 4 * KIB);
    await file.close();
    const again = await openStore().catch((error: unknown) => error as Error & { code: string });
    const found = 'code' in again ? again : await readAll(again.read(idOf('a'))).catch((error: unknown) => error);
    expect(found).toMatchObject({
      code: 'store.failed',
      message: expect.stringMatching(/node\.db: .*expected a sound database, found a damaged one; restore it/),
    });
  });

  it('is not opened where it can not be written', async ({ annotate }) => {
    const root = process.getuid?.() === 0;
    await (await openStore()).close();
    await chmod(path, 0o444);
    await chmod(folder, 0o555);
    const child = new ChildLines(process.execPath, [CHILD, path, 'hold'], root ? 65_534 : undefined);
    children.push(child);
    const line = await child.line();
    await chmod(folder, 0o755);
    if (line === 'end') return void (await annotate('not run: another user can not read the program here'));
    expect(line).toMatch(/^error store\.failed .*node\.db: open: expected a database that may be written/);
  });
});

describe('a database on a full disk', () => {
  let folder: string;
  let mounted: boolean;
  let stores: NodeStore[] = [];

  async function openStore(path: string): Promise<NodeStore> {
    const store = await createSqliteStore(path);
    stores.push(store);
    return store;
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sojourn-sqlite-'));
    mounted = await mountSmallDisk(folder, '2m');
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    stores = [];
    if (mounted) await unmount(folder);
    await rm(folder, { recursive: true });
  });

  it('refuses what there is no room for, has all that it took, and goes on when there is room', async ({
    annotate,
  }) => {
    if (!mounted) return void (await annotate('not run: this process may not mount a small disk'));
    const path = join(folder, 'node.db');
    const store = await openStore(path);
    await store.create(idOf('small'), Uint8Array.of(1));
    await store.create(idOf('large'), new Uint8Array(0));
    const ballast = await open(join(folder, 'ballast'), 'w');
    await ballast.write(new Uint8Array(700 * KIB));
    const large = await store.open(idOf('large'));
    const full = { code: 'store.full', message: expect.stringMatching(/node\.db: write: .*make room and try again/) };
    const fill = async (): Promise<never> => {
      for (;;) await large.append(new Uint8Array(64 * KIB).fill(3), true);
    };
    await expect(fill()).rejects.toMatchObject(full);
    const { length } = large;
    await expect(large.append(Uint8Array.of(1), true)).rejects.toMatchObject({ code: 'store.failed' });
    await large.close();
    expect(length % (64 * KIB)).toBe(0);
    // one too many does not keep those out that came with it
    const small = await store.open(idOf('small'));
    const tries = await Promise.allSettled([
      store.create(idOf('too large'), new Uint8Array(900 * KIB)),
      small.append(Uint8Array.of(2), true),
    ]);
    expect(tries.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await small.close();
    await store.close();
    const again = await openStore(path);
    expect((await again.find(idOf('large')))?.length).toBe(length);
    expect((await readAll(again.read(idOf('large')))).every((byte) => byte === 3)).toBe(true);
    expect(await readAll(again.read(idOf('small')))).toEqual(Uint8Array.of(1, 2));
    await ballast.truncate(0);
    await ballast.close();
    await again.create(idOf('too large'), new Uint8Array(500 * KIB));
    await again.close();
  });

  it('that can only be read from is told as such', async ({ annotate }) => {
    if (!mounted) return void (await annotate('not run: this process may not mount a small disk'));
    const path = join(folder, 'node.db');
    await (await createSqliteStore(path)).close();
    await remountReadOnly(folder);
    await expect(createSqliteStore(path)).rejects.toMatchObject({
      code: 'store.failed',
      message: expect.stringMatching(/node\.db: open: expected a database that may be written, found a read-only one/),
    });
  });
});

/** Frames that end a transaction: those with a size of the database in their header. https://sqlite.org/fileformat2.html#walformat */
async function commitsIn(path: string): Promise<number> {
  const log = await readFile(`${path}-wal`);
  const page = log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + 24 + page <= log.length; at += 24 + page) {
    const current = log.compare(log, 16, 24, at + 8, at + 16) === 0;
    if (current && log.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}

function ask(path: string, sql: string, ...values: string[]): number {
  const database = new DatabaseSync(path);
  try {
    return Number(database.prepare(sql).get(...values)?.['value']);
  } finally {
    database.close();
  }
}

function rowsIn(path: string): number {
  return ask(path, 'SELECT count(*) AS value FROM pieces');
}

function rootOf(path: string, table: string): number {
  return ask(path, 'SELECT rootpage AS value FROM sqlite_schema WHERE name = ?', table);
}
