/**
 * A whole life with negative capability (docs/failure-signals.md): a scan that only one of three nodes can do. The object learns where it
 * cannot be done, does not try there again, and ends where it can; the record says which node could not, and why.
 */
import { expect, test } from 'vitest';
import type { Tool } from '../../../host/capability/tools.ts';
import { generateKey } from '../../../host/node/native.ts';
import { ask, endsOf, HOUR, scriptOf } from '../../node/retrying.ts';
import { createWorld, DAY } from '../../node/world.ts';
import { ofKind } from '../../node/wreck.ts';

const EXECUTION = {
  ...ask('', { retry: { maxElapsed: 30 * DAY } }),
  operation: { tag: 'tool', val: { name: 'scan', input: { page: 7 } } },
};

test('what only one node can do is done there, and nowhere tried twice', async () => {
  const world = await createWorld();
  try {
    let broken = 0;
    const jammed: Tool = {
      name: 'scan',
      repetition: 'safe',
      call: () => {
        broken++;
        return Promise.reject(new Error('paper jam'));
      },
    };
    const working: Tool = { name: 'scan', repetition: 'safe', call: async () => ({ state: 'ready', pages: 7 }) };
    const [office, cellar, attic] = [
      world.node({ zone: 'office' }),
      world.node({ zone: 'cellar', tools: [jammed], signer: generateKey().signer }),
      world.node({ zone: 'attic', tools: [working], signer: generateKey().signer }),
    ];
    const path = await world.object('scan', scriptOf(EXECUTION));

    expect(endsOf(await office.run(path))).toEqual(['capability-missing execution not-found']);
    expect(endsOf(await cellar.run(path))).toEqual(['no-response execution unavailable']);
    // back at the office, ten seconds on: still no scanner, so nothing is even asked
    world.time += 10_000;
    const back = await office.run(path);
    expect(endsOf(back)[0]).toMatch(/^deferral execution negative:\d+$/);
    expect(back.message).toMatch(/^not here: tools\.call to scan is ruled out by entry \d+ \(capability-missing\)$/);
    world.time += HOUR;
    expect(endsOf(await office.run(path))).toEqual(['deferral reentry not-yet']);

    const last = await attic.run(path);
    expect(endsOf(last)).toEqual(['success execution', 'success termination']);
    expect(last.state.values.get('answer')?.value).toEqual({ state: 'ready', pages: 7 });
    expect(broken).toBe(1);
    const { entries } = await attic.show(path);
    expect(ofKind(entries, 'negative').map(({ body }) => [body.reason, body.target, body.zone])).toEqual([
      ['capability-missing', 'scan', 'office'],
      ['no-response', 'scan', 'cellar'],
    ]);
    expect((await attic.verify(path, { replay: true })).ok).toBe(true);
  } finally {
    await world.close();
  }
});
