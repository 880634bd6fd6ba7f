/** A year of hourly polling leaves an object of at most 32 KB that holds, replays and knows how often it asked (R45). */
import { expect, test } from 'vitest';
import { startEffectServer } from '../../node/effect-server.ts';
import { replayOf } from '../../node/retrying.ts';
import { createWorld } from '../../node/world.ts';
import { pollFor } from './year.ts';

const ATTEMPTS = 365 * 24;
const TIMEOUT_MS = 1_800_000;

test('8,760 attempts that changed nothing', { timeout: TIMEOUT_MS }, async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  try {
    const { path, host, bytes } = await pollFor(world, server, 'year', ATTEMPTS);
    expect(bytes.last).toBeLessThan(32 * 1024);
    expect(server.ledger('year').seen).toHaveLength(ATTEMPTS);
    const { state } = await host.show(path);
    expect(state.pending).toMatchObject({ attempts: ATTEMPTS, consecutive: ATTEMPTS, class: 'deferral' });
    expect(state.spent).toMatchObject({ cycles: ATTEMPTS, calls: ATTEMPTS });
    expect((await replayOf(host, path)).filter((kind) => kind === 'same')).toHaveLength(1);
  } finally {
    await Promise.all([world.close(), server.close()]);
  }
});
