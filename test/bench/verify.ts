/**
 * Verifies an object of 100,000 entries from a file and prints one line of JSON: entries a second, with and without the signatures of
 * its seals, and peak resident memory. A process of its own measures, so that building the object does not count. A cycle has
 * ten entries and a seal.
 *
 * Run: node test/bench/verify.ts [entries] [native|pure]
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { nativeHash, createNativeVerify } from '../../host/node/native.ts';
import { verifyChain } from '../../host/object/chain.ts';
import { sha256, verifyEd25519 } from '../../host/object/crypto.ts';
import { createFileStore } from '../../host/store/file.ts';
import type { VerifySignature } from '../../host/ports.ts';
import { ObjectBuilder } from '../object/builder.ts';

const REPEATS = 5;

/** Cycles like those of a real object: open, two calls with results, a write, proposal, verdict, outcome, seal. */
function build(path: string, entries: number): void {
  const builder = new ObjectBuilder();
  builder.seal();
  let written = 0;
  while (builder.seq < entries) {
    builder.open('continued');
    for (let index = 0; index < 2; index++) {
      const url = `https://vendor.example/items/${builder.seq}`;
      builder.result(
        builder.call(index, 'http.send', { method: 'GET', url, body: null }),
        null,
        '{"price":12,"currency":"EUR"}',
      );
    }
    builder.call(2, 'kv.set', { key: 'price', value: '12' });
    builder.propose('execution', { step: 'order', into: 'order' });
    builder.outcome({ calls: 3, bytes: 300 });
    builder.seal();
  }
  for (; written < builder.items.length; written += 1000)
    appendFileSync(path, Buffer.concat(builder.items.slice(written, written + 1000)));
}

async function measure(path: string, cryptography: string): Promise<object> {
  const pure = cryptography === 'pure';
  const hash = pure ? sha256 : nativeHash;
  const store = createFileStore();
  const time = async (verify: VerifySignature): Promise<{ readonly entries: number; readonly perSecond: number }> => {
    let entries = 0;
    let best = Infinity;
    for (let i = 0; i < REPEATS; i++) {
      const start = performance.now();
      const result = await verifyChain(store.read(path), { limits: DEFAULT_LIMITS.object, hash, verify });
      if (!result.ok) throw new Error(result.message);
      best = Math.min(best, performance.now() - start);
      entries = result.seq;
    }
    return { entries, perSecond: Math.round((entries / best) * 1000) };
  };
  const rssBefore = process.memoryUsage.rss();
  const full = await time(pure ? verifyEd25519 : createNativeVerify());
  const withoutSignatures = await time(() => true);
  return {
    name: 'verify',
    cryptography,
    ...full,
    withoutSignaturesPerSecond: withoutSignatures.perSecond,
    rssBeforeMb: Math.round(rssBefore / 2 ** 20),
    rssPeakMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

const [first = '100000', cryptography = 'native', path] = process.argv.slice(2);
if (path === undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'));
  try {
    const file = join(folder, 'bench.sojourn');
    build(file, Number(first));
    execFileSync(process.execPath, [import.meta.filename, first, cryptography, file], { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true });
  }
} else {
  process.stdout.write(`${JSON.stringify(await measure(path, cryptography))}\n`);
}
