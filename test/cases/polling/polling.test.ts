/**
 * A whole life with a poll (docs/polling.md): a month of hourly questions to a real server, the last week of it on another node, until
 * the answer is there and the handler ends the object with it. The year is in polling.slow.ts.
 */
import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateKey } from '../../../host/node/native.ts';
import { startEffectServer } from '../../node/effect-server.ts';
import { HOUR, replayOf } from '../../node/retrying.ts';
import { createWorld } from '../../node/world.ts';
import { ofKind } from '../../node/wreck.ts';
import { pollFor } from './year.ts';

const TIMEOUT_MS = 120_000;

test('what a month of polling leaves is a few entries, and the answer', { timeout: TIMEOUT_MS }, async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  try {
    const { path, bytes } = await pollFor(world, server, 'month', 100);
    // one entry and one seal for each doubling
    expect(bytes.last - bytes.first).toBeLessThan(8 * 750);
    const other = world.node({ signer: generateKey().signer });
    for (let hour = 0; hour < 20; hour++) {
      world.time += HOUR;
      await other.run(path);
    }
    server.answer('/month/job', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"state":"ready","report":"r-7"}');
    });
    world.time += HOUR;
    const { status, state } = await other.run(path);
    expect([status, state.values.get('answer')?.value]).toEqual(['terminated', { state: 'ready', report: 'r-7' }]);
    const { entries } = await other.show(path);
    const merged = ofKind(entries, 'attempts').reduce((sum, { body }) => sum + body.count, 0);
    // all but the first of each node, and the last
    expect([merged, server.ledger('month').seen.length]).toEqual([118, 121]);
    expect((await replayOf(other, path)).filter((kind) => kind === 'same')).toHaveLength(4);
    expect(statSync(path).size).toBeLessThan(20 * 1024);
  } finally {
    await Promise.all([world.close(), server.close()]);
  }
});
