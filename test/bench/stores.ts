/**
 * Synced appends of 1 KiB to objects of a store: by one writer, by 64 at once, and by 64 that take turns, so that each append has a sync
 * of its own. Rates are medians of five rounds; all stores take turns in one process. Prints one line of JSON a store, and one with the
 * time to list 100,000 objects and what they take on disk.
 *
 * Run: node test/bench/stores.ts [appends a round] [folder]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeStore, ObjectFile } from '../../host/ports.ts';
import { createFolderStore } from '../../host/store/folder.ts';
import { createMemoryStore } from '../../host/store/memory.ts';
import { createSqliteStore } from '../../host/store/sqlite.ts';

const [appends = '4096', where = tmpdir()] = process.argv.slice(2);
const total = Number(appends);
const WRITERS = 64;
const ROUNDS = 5;
const OBJECTS = 100_000;
const kib = new Uint8Array(1024).fill(7);
const note = new Uint8Array(80);
const nameOf = (index: number): string => index.toString(16).padStart(64, '0');

async function rate(step: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await step();
  return Math.round((total / (performance.now() - start)) * 1000);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function openAll(store: NodeStore): Promise<readonly [ObjectFile, ...ObjectFile[]]> {
  const files: ObjectFile[] = [];
  for (let i = 0; i < WRITERS; i++) {
    await store.create(nameOf(i), kib, note);
    files.push(await store.open(nameOf(i)));
  }
  const [first, ...others] = files;
  if (first === undefined) throw new Error('expected a writer');
  return [first, ...others];
}

/** Each writer appends as soon as its last append is durable. */
async function atOnce(files: readonly ObjectFile[]): Promise<void> {
  const each = Math.floor(total / files.length);
  await Promise.all(
    files.map(async (file) => {
      for (let i = 0; i < each; i++) await file.append(kib, true, note);
    }),
  );
}

async function inTurn(files: readonly ObjectFile[]): Promise<void> {
  for (let i = 0; i < total; i++) await files[i % files.length]?.append(kib, true, note);
}

const folder = mkdtempSync(join(where, 'sojourn-bench-'));
try {
  const stores: [string, NodeStore][] = [
    ['sqlite', await createSqliteStore(join(folder, 'node.db'))],
    ['folder', await createFolderStore(join(folder, 'objects'))],
    ['memory', createMemoryStore()],
  ];
  const rates = new Map(stores.map(([kind]) => [kind, { one: [0], atOnce: [0], inTurn: [0] }]));
  for (const ways of rates.values()) for (const values of Object.values(ways)) values.pop();
  const files = new Map<string, readonly [ObjectFile, ...ObjectFile[]]>();
  for (const [kind, store] of stores) files.set(kind, await openAll(store));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [kind, opened] of files) {
      const ways = rates.get(kind);
      ways?.one.push(await rate(() => inTurn([opened[0]])));
      ways?.atOnce.push(await rate(() => atOnce(opened)));
      ways?.inTurn.push(await rate(() => inTurn(opened)));
    }
  }
  for (const [kind, ways] of rates) {
    const result = {
      name: 'stores',
      store: kind,
      bytes: kib.length,
      oneWriter: median(ways.one),
      writers64: median(ways.atOnce),
      writers64OneSyncEach: median(ways.inTurn),
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  for (const opened of files.values()) for (const file of opened) await file.close();
  for (const [, store] of stores) await store.close();
  process.stdout.write(`${JSON.stringify(await fill(join(folder, 'many.db')))}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Creates many objects, 64 at once, and lists them as a node that starts does. */
async function fill(path: string): Promise<object> {
  let store = await createSqliteStore(path);
  const start = performance.now();
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < OBJECTS) await store.create(nameOf(next++), kib, note);
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const created = performance.now() - start;
  await store.close();
  const opening = performance.now();
  store = await createSqliteStore(path);
  const opened = performance.now();
  let listed = 0;
  for await (const one of store.list()) listed += one.note === null ? 0 : 1;
  const end = performance.now();
  await store.close();
  return {
    name: 'stores: many objects',
    store: 'sqlite',
    objects: listed,
    createdPerSecond: Math.round((OBJECTS / created) * 1000),
    openMs: Math.round(opened - opening),
    listMs: Math.round(end - opened),
    bytesOnDiskEach: Math.round(statSync(path).size / OBJECTS),
    bytesEach: kib.length,
  };
}
