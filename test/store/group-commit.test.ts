import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GroupCommit } from '../../host/store/group-commit.ts';

/** A disk that is done when the test says so. */
class Disk {
  readonly asked: { readonly done: () => void; readonly fail: (error: Error) => void }[] = [];
  waits = 0;
  failure: Error | null = null;

  now(): void {
    if (this.failure !== null) throw this.failure;
    this.waits++;
  }

  soon(): Promise<void> {
    return new Promise((resolve, reject) => this.asked.push({ done: resolve, fail: reject }));
  }
}

let database: DatabaseSync;
let disk: Disk;
let commits: GroupCommit;
let told: number[];

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE seen (value INTEGER)');
  disk = new Disk();
  commits = new GroupCommit('node.db', database, disk);
  told = [];
});
afterEach(() => database.close());

async function add(value: number): Promise<void> {
  await commits.run(() => database.exec(`INSERT INTO seen VALUES (${value})`));
  told.push(value);
}

function seen(): number {
  return Number(database.prepare('SELECT count(*) AS value FROM seen').get()?.['value']);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('tells nobody of a commit that the disk does not have yet, and gathers what comes meanwhile for the next', async () => {
  const first = [add(1), add(2)];
  await turn();
  expect([seen(), told, disk.asked.length]).toEqual([2, [], 1]);
  const next = [add(3), add(4), add(5)];
  await turn();
  await turn();
  expect([seen(), told, disk.asked.length]).toEqual([2, [], 1]);
  disk.asked[0]?.done();
  await Promise.all(first);
  await turn();
  await turn();
  expect([seen(), told, disk.asked.length]).toEqual([5, [1, 2], 2]);
  disk.asked[1]?.done();
  await Promise.all(next);
  expect(told).toEqual([1, 2, 3, 4, 5]);
});

it('waits for the disk where a writer is alone', async () => {
  await add(1);
  await add(2);
  expect([told, disk.waits, disk.asked.length]).toEqual([[1, 2], 2, 0]);
});

it.each(['soon', 'now'])('writes nothing more once a sync has failed (%s)', async (way) => {
  disk.failure = new Error('the disk is gone');
  const writes = way === 'now' ? [add(1)] : [add(1), add(2)];
  const settled = Promise.allSettled(writes);
  await turn();
  disk.asked[0]?.fail(disk.failure);
  for (const one of await settled)
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'store.failed', message: /node\.db: sync: / } });
  await expect(add(3)).rejects.toMatchObject({ code: 'store.failed' });
  expect([seen(), told]).toEqual([writes.length, []]);
});

it('ends when what came before is durable, and takes nothing behind that', async () => {
  const first = [add(1), add(2)];
  await turn();
  const late = add(3);
  const end = commits.end();
  disk.asked[0]?.done();
  await Promise.all([...first, turn(), turn()]);
  disk.asked[1]?.done();
  await Promise.all([late, end]);
  expect(told).toEqual([1, 2, 3]);
  await expect(add(4)).rejects.toMatchObject({ code: 'store.failed', message: expect.stringMatching(/a closed one/) });
});
