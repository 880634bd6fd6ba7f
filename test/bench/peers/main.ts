/**
 * What others take for the same: `node test/bench/peers/main.ts [restate] [workerd] [dbos] [--seconds N] [--sleepers N]`. Fetches their
 * packages on the first run, starts one after the other on the loopback, asks each the same with the client that this project's own
 * figures are taken with, and prints JSON. Linux only (memory is read from /proc).
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDbos } from './dbos.ts';
import { installPeers } from './install.ts';
import { measurePeer } from './measure.ts';
import { createRestate } from './restate.ts';
import { createWorkerd } from './workerd.ts';

const PEERS = { restate: createRestate, workerd: createWorkerd, dbos: createDbos } as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '4' }, sleepers: { type: 'string', default: '10000' } },
});
const names = positionals.length > 0 ? positionals : Object.keys(PEERS);
const unknown = names.find((name) => !Object.hasOwn(PEERS, name));
if (unknown !== undefined) throw new Error(`peers: expected ${Object.keys(PEERS).join(', ')}, found ${unknown}`);
const lengths = { seconds: Number(values.seconds), sleepers: Number(values.sleepers) };
const packages = installPeers();
for (const name of names as (keyof typeof PEERS)[]) {
  const scratch = mkdtempSync(join(tmpdir(), 'sojourn-peer-'));
  // a database runs as another user
  chmodSync(scratch, 0o755);
  try {
    const peer = await PEERS[name](packages, join(scratch, 'data'));
    const rows = typeof peer === 'string' ? { name, missing: peer } : await measurePeer(peer, lengths);
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
