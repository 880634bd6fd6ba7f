/**
 * Appends an entry of some 100 bytes to an object file and syncs it, again and again, and prints one line of JSON with the median and
 * the 99th percentile; and, for comparison, a plain synchronous write and fdatasync of the same bytes to a file beside it.
 *
 * Run: node test/bench/append.ts [appends] [folder]
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileStore } from '../../host/store/file.ts';
import { ObjectBuilder } from '../object/builder.ts';

const [count = '2000', where = tmpdir()] = process.argv.slice(2);
const appends = Number(count);

function quantile(sorted: readonly number[], part: number): number {
  return Number((sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(4));
}

async function time(step: () => Promise<void> | void): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < appends; i++) {
    const start = performance.now();
    await step();
    taken.push(performance.now() - start);
  }
  return taken.toSorted((a, b) => a - b);
}

const builder = new ObjectBuilder();
builder.seal();
builder.signal('approval', 'key');
const bytes = builder.items[2]!;
const folder = mkdtempSync(join(where, 'sojourn-bench-'));
try {
  const store = createFileStore();
  const path = join(folder, 'bench.sojourn');
  await store.create(path, builder.items[0]!);
  const file = await store.open(path);
  const synced = await time(() => file.append(bytes, true));
  const unsynced = await time(() => file.append(bytes, false));
  await file.close();
  const plain = openSync(join(folder, 'plain'), 'w');
  const floor = await time(() => {
    writeSync(plain, bytes);
    fdatasyncSync(plain);
  });
  closeSync(plain);
  const result = {
    name: 'append',
    bytes: bytes.length,
    appends,
    syncedMsP50: quantile(synced, 0.5),
    syncedMsP99: quantile(synced, 0.99),
    unsyncedMsP50: quantile(unsynced, 0.5),
    plainSyncedMsP50: quantile(floor, 0.5),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
