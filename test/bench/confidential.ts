/**
 * Writing and reading one confidential body of 1 KiB, for 1, 3 and 16 readers: what it costs beside a body in the open, and how much longer
 * it gets. Prints JSON. Run it with `node test/bench/confidential.ts`. Times are medians of batches; not measured: the append to disk.
 */
import { randomBytes } from 'node:crypto';
import { createOpener } from '../../host/object/confidential.ts';
import { createReaderKey } from '../../host/object/crypto.ts';
import { decodeEntry, encodeEntry } from '../../host/object/entry.ts';
import { nativeReaderKey } from '../../host/node/native.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Entry } from '../../host/object/model.ts';

const BATCHES = 15;
const PER_BATCH = 20;
const ID = new Uint8Array(32).fill(7);
const SECRET = new Uint8Array(32).fill(5);
const limits = DEFAULT_LIMITS.object;
const entry: Entry = {
  seq: 5,
  prev: ID,
  time: 1_767_225_600_000,
  node: new Uint8Array(16),
  cycle: 1,
  policy: ID,
  kind: 'signal',
  body: { name: 'note', key: 'a key', payload: 'x'.repeat(1000) },
};

function medianUs(run: () => void): number {
  const times = Array.from({ length: BATCHES }, () => {
    const start = performance.now();
    for (let i = 0; i < PER_BATCH; i++) run();
    return ((performance.now() - start) / PER_BATCH) * 1000;
  });
  return Math.round(times.toSorted((a, b) => a - b)[BATCHES >> 1] ?? Number.NaN);
}

const random = (length: number): Uint8Array => randomBytes(length);
const own = createReaderKey(SECRET).publicKey;
const plain = encodeEntry(entry, limits);
const results = [1, 3, 16].map((readers) => {
  const others = Array.from({ length: readers - 1 }, () => createReaderKey(randomBytes(32)).publicKey);
  const sealing = { id: ID, readers: [own, ...others], random };
  const faster = { ...sealing, createKey: nativeReaderKey };
  const sealed = encodeEntry(entry, limits, sealing);
  const [pure, native] = [createOpener(ID, createReaderKey(SECRET)), createOpener(ID, nativeReaderKey(SECRET))];
  return {
    readers,
    moreBytes: sealed.length - plain.length,
    writePureUs: medianUs(() => encodeEntry(entry, limits, sealing)),
    writeNativeUs: medianUs(() => encodeEntry(entry, limits, faster)),
    readClosedUs: medianUs(() => decodeEntry(sealed, limits)),
    readPureUs: medianUs(() => decodeEntry(sealed, limits, 0, pure)),
    readNativeUs: medianUs(() => decodeEntry(sealed, limits, 0, native)),
  };
});
const open = {
  writeUs: medianUs(() => encodeEntry(entry, limits)),
  readUs: medianUs(() => decodeEntry(plain, limits)),
};
process.stdout.write(`${JSON.stringify({ node: process.version, open, results }, null, 2)}\n`);
