/**
 * A year of hourly polling (8,760 attempts) against a real HTTP server on the loopback, each attempt with an open, a verification and a
 * close of the object. Prints one line of JSON: bytes on disk, and the time of an attempt over the whole year.
 *
 * Run: node test/bench/polling.ts [attempts]
 */
import { startEffectServer } from '../node/effect-server.ts';
import { createWorld } from '../node/world.ts';
import { pollFor } from '../cases/polling/year.ts';

const attempts = Number(process.argv[2] ?? 8760);
const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
try {
  const started = performance.now();
  const { path, host, bytes } = await pollFor(world, server, 'year', attempts);
  const ms = performance.now() - started;
  const { state, entries } = await host.show(path);
  const result = {
    name: 'polling',
    attempts,
    recorded: state.pending?.attempts,
    asked: server.ledger('year').seen.length,
    entries: entries.length,
    bytesMade: bytes.made,
    bytesFirst: bytes.first,
    bytesYear: bytes.last,
    attemptMs: Number((ms / attempts).toFixed(2)),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await Promise.all([world.close(), server.close()]);
}
