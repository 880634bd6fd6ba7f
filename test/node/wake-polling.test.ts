/** A folder that is looked at: what is polled there is tried when it is due and no sooner, and what is ruled out here is said to be. */
import { expect, test } from 'vitest';
import { ask, HOUR, scriptOf } from './retrying.ts';
import { createWorld } from './world.ts';
import { ofKind } from './wreck.ts';

test('sojourn wake goes by attempts that no seal covers yet, and says what is not tried here', async () => {
  const world = await createWorld();
  try {
    let asked = 0;
    const host = world.node({
      fetch: async (url) => {
        if (url.includes('down.example')) throw new TypeError('fetch failed');
        asked++;
        return Response.json({ state: 'queued' });
      },
    });
    const retry = { minDelay: HOUR };
    const polled = await world.object('folder/polled', scriptOf(ask('https://vendor.example/job', { retry })));
    const down = await world.object('folder/down', scriptOf(ask('https://down.example/job', { retry })));
    for (const path of [polled, down]) await host.run(path);
    for (let half = 0; half < 14; half++) {
      world.time += HOUR / 2;
      await host.wake(async () => [polled, down]);
    }
    const { state, entries, unsealed } = await host.show(polled);
    expect([asked, state.pending?.attempts, unsealed]).toEqual([8, 8, 1]);
    // a look that came too early would be a cycle: there is none but the handler's
    expect(ofKind(entries, 'outcome')).toHaveLength(1);
    const report = await host.wake(async () => [polled, down]);
    const line = report.lines.find(({ object }) => object === down);
    expect(line?.message).toMatch(
      /^not here: http\.send to https:\/\/down\.example is ruled out by entry \d+ \(no-response\)$/,
    );
  } finally {
    await world.close();
  }
});
