/**
 * Looks at a folder of sleepers, as `sojourn wake --dry-run` does, and prints one line of JSON: sleepers a second, and what is kept of each
 * in memory. Each is an object of seven items, signed, asleep until a signal or the end of a year.
 *
 * Run: node test/bench/wake.ts [sleepers]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { prospectOf } from '../../host/kernel/exchange.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { listObjects } from '../../host/node/list-objects.ts';
import { createNativeVerify, nativeHash } from '../../host/node/native.ts';
import { createShelf } from '../../host/node/shelf.ts';
import { createFileStore } from '../../host/store/file.ts';
import { CREATOR, ObjectBuilder, START_TIME } from '../object/builder.ts';

const [count = '2000'] = process.argv.slice(2);
const sleepers = Number(count);
const FACETS = { policy: '', node: '', zone: '', capabilities: '' };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function sleeper(index: number): Uint8Array {
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(0, index);
  const builder = new ObjectBuilder(CREATOR, { nonce });
  builder.seal();
  builder.open();
  builder.propose('dormancy', {});
  const year = { tag: 'elapsed', ms: 365 * 86_400_000 } as const;
  builder.outcome({
    action: 'dormancy',
    wake: { tag: 'group', need: 1, members: [{ tag: 'signal', name: 'go' }, year] },
  });
  builder.seal();
  return builder.bytes();
}

const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'));
try {
  for (let i = 0; i < sleepers; i++) writeFileSync(join(folder, `${i}.sojourn`), sleeper(i));
  const names = await listObjects(folder, DEFAULT_LIMITS.run.wakeObjects);
  const ports = { store: createFileStore(), hash: nativeHash, verify: createNativeVerify() };
  await createShelf(ports, DEFAULT_LIMITS).add(names.slice(0, 50));
  const shelf = createShelf(ports, DEFAULT_LIMITS);
  const before = heapBytes();
  const start = performance.now();
  await shelf.add(names);
  const read = performance.now() - start;
  const kept = heapBytes() - before;
  const decided = performance.now();
  const due = shelf.inStatus('dormant').filter(({ card }) => prospectOf(card, [], START_TIME, FACETS)?.why !== null);
  const decide = performance.now() - decided;
  const result = {
    name: 'wake',
    sleepers,
    due: due.length,
    readPerSecond: Math.round((sleepers / read) * 1000),
    decidedPerSecond: Math.round((sleepers / decide) * 1000),
    bytesKeptEach: Math.round(kept / sleepers),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
