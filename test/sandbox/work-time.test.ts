import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorkTime } from '../../host/sandbox/work-time.ts';

let busy: Worker;
let waiting: Worker;

async function started(code: string): Promise<Worker> {
  const worker = new Worker(`require('node:worker_threads').parentPort.postMessage('up'); ${code}`, { eval: true });
  await new Promise((resolve) => worker.once('message', resolve));
  return worker;
}

beforeAll(async () => {
  busy = await started('for (;;);');
  waiting = await started('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
});
afterAll(() => Promise.all([busy.terminate(), waiting.terminate()]));

test('tells one that is at work from one that waits, and counts from when it was last heard of', async () => {
  let heard = 1;
  const [work, rest] = [createWorkTime(busy, () => heard), createWorkTime(waiting, () => heard)];
  expect(work.workedMs()).toBe(0);
  while (work.workedMs() < 20) {
    work.look();
    rest.look();
    await nextTurn();
  }
  expect(rest.workedMs()).toBeLessThan(work.workedMs());
  heard = 2;
  expect(work.workedMs()).toBe(0);
});

test('nothing is known of one that has ended', async () => {
  const gone = await started('');
  await gone.terminate();
  const time = createWorkTime(gone, () => 1);
  time.look();
  await nextTurn();
  expect(time.workedMs()).toBe(0);
});
