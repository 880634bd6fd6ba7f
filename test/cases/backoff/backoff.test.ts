/**
 * A whole life with backoff (docs/backoff.md): an order at a vendor that is busy, then forbidden by a new policy, then silent, then there.
 * One order is placed; the object slept as long as each of these asked for, on two nodes, and says why at every step.
 */
import { expect, test } from 'vitest';
import { generateKey } from '../../../host/node/native.ts';
import { startEffectServer } from '../../node/effect-server.ts';
import { delayOf, endsOf, HOUR, replayOf, scriptOf, SECOND, send } from '../../node/retrying.ts';
import { createWorld, DAY, PERMIT_ALL, policySet } from '../../node/world.ts';
import { ofKind } from '../../node/wreck.ts';

test('an order is placed once, whatever stood in its way', async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  try {
    let busy = true;
    server.answer('/vendor/orders', (_request, response) => {
      if (busy) response.writeHead(503, { 'retry-after': '120' }).end();
      else response.writeHead(201, { 'content-type': 'application/json' }).end('{"order":"o-1"}');
    });
    const path = await world.object('order', scriptOf(send(`${server.url}/vendor/orders`, { maxElapsed: 30 * DAY })));

    const first = await world.node().run(path);
    expect([endsOf(first), delayOf(first.state)]).toEqual([['failure execution http-status'], 120 * SECOND]);

    world.time += 120 * SECOND;
    const freeze = policySet(
      `${PERMIT_ALL} @id("freeze") forbid(principal, action == Action::"execution", resource is Http);`,
    );
    const second = await world.node({ policy: freeze }).run(path);
    expect([endsOf(second), delayOf(second.state)]).toEqual([['refusal execution policy'], null]);
    world.time += 9 * DAY;
    expect(endsOf(await world.node({ policy: freeze }).run(path))).toEqual(['deferral reentry not-yet']);

    const silent = world.node({ fetch: () => Promise.reject(new TypeError('fetch failed')) });
    const third = await silent.run(path);
    expect([endsOf(third), delayOf(third.state)]).toEqual([['no-response execution unavailable'], 30 * SECOND]);

    busy = false;
    world.time += 10 * SECOND;
    const other = world.node({ signer: generateKey().signer });
    const last = await other.run(path);
    expect(endsOf(last)).toEqual(['success execution', 'success termination']);
    expect(last.state.values.get('answer')?.value).toEqual({ order: 'o-1' });

    // a 503 does not say that nothing was done, silence neither: it was one order to the vendor, with one key
    const { seen } = server.ledger('vendor');
    expect([seen.length, new Set(seen.map(({ key }) => key)).size]).toEqual([2, 1]);
    const { entries } = await other.show(path);
    expect(ofKind(entries, 'failure').map(({ body }) => body.class)).toEqual(['failure', 'refusal', 'no-response']);
    expect((await replayOf(other, path)).filter((kind) => kind === 'diverged')).toEqual([]);
    expect(world.time).toBeLessThan(Date.UTC(2026, 0, 1) + 10 * DAY + HOUR);
  } finally {
    await Promise.all([world.close(), server.close()]);
  }
});
