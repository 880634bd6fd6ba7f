/** Negative capability (R49): what does not work here is not tried here, and works elsewhere; it is retired when it does. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch } from '../../host/capability/http.ts';
import type { Tool } from '../../host/capability/tools.ts';
import { generateKey } from '../../host/node/native.ts';
import type { NegativeBody } from '../../host/object/model.ts';
import type { Host } from '../../host/node/host.ts';
import { ask, endsOf, entriesOf, HOUR, replayOf, scriptOf, SECOND } from './retrying.ts';
import type { World } from './world.ts';
import { createWorld } from './world.ts';
import { ofKind } from './wreck.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(() => world.close());

const unreachable: Fetch = () => Promise.reject(new TypeError('fetch failed'));
const reachable: Fetch = async () => Response.json({ state: 'ready' });
const VENDOR = 'https://vendor.example';

async function negatives(host: Host, path: string): Promise<readonly NegativeBody[]> {
  return (await host.show(path)).state.negatives.map(({ body }) => body);
}

describe('a target that cannot be reached', () => {
  test('is ruled out on the node that met it, and reached from another one as soon as the envelope allows', async () => {
    const inside = world.node({ zone: 'inside', fetch: unreachable });
    const outside = world.node({ zone: 'outside', fetch: reachable, signer: generateKey().signer });
    const path = await world.object('elsewhere', scriptOf(ask(`${VENDOR}/job`)));
    const first = await inside.run(path);
    expect(endsOf(first)).toEqual(['no-response execution unavailable']);
    expect(first.message).toMatch(
      /^not here: http\.send to https:\/\/vendor\.example is ruled out by entry \d+ \(no-response\)$/,
    );
    expect(await negatives(inside, path)).toMatchObject([
      { operation: 'http.send', target: VENDOR, zone: 'inside', until: { tag: 'elapsed', ms: 30 * SECOND } },
    ]);
    world.time += 10 * SECOND - 1;
    expect(endsOf(await outside.run(path))).toEqual(['deferral reentry not-yet']);
    world.time += 1;
    const second = await outside.run(path);
    expect(endsOf(second)).toEqual(['success execution', 'success termination']);
    expect(await replayOf(outside, path)).toEqual(['same', 'skipped', 'same', 'same']);
  });

  test('is not tried while it is ruled out: the verdict names the entry, and no request leaves', async () => {
    let asked = 0;
    const counting: Fetch = () => {
      asked++;
      return unreachable('', {});
    };
    const here = world.node({ fetch: counting });
    const there = world.node({ fetch: unreachable, signer: generateKey().signer });
    const path = await world.object('back-again', scriptOf(ask(`${VENDOR}/job`)));
    await here.run(path);
    world.time += 10 * SECOND;
    expect(endsOf(await there.run(path))).toEqual(['no-response execution unavailable']);
    // ten seconds on it is back, where it is ruled out for ten more
    world.time += 10 * SECOND;
    const back = await here.run(path);
    const [note] = ofKind(await entriesOf(here, path), 'negative');
    expect(endsOf(back)).toEqual([`deferral execution negative:${note!.seq}`]);
    expect(asked).toBe(1);
    const verdicts = ofKind(await entriesOf(here, path), 'verdict').map(({ body }) => body.verdict.reason);
    expect(verdicts.at(-1)).toBe(`negative:${note!.seq}`);
    world.time += 10 * SECOND;
    expect(endsOf(await here.run(path))).toEqual(['no-response execution unavailable']);
    expect(asked).toBe(2);
    expect(await replayOf(here, path)).toEqual(['same', 'same', 'same', 'same']);
  });

  test('is retired when it worked after all, and when its time is over', async () => {
    let up = false;
    const host = world.node({ fetch: (url, init) => (up ? reachable(url, init) : unreachable(url, init)) });
    const path = await world.object('retired', {
      '1': {
        calls: [['http.send', { method: 'GET', url: `${VENDOR}/a`, repetition: 'safe' }]],
        propose: { tag: 'dormancy', val: { condition: [{ tag: 'elapsed', val: 30 * SECOND }] } },
      },
      '3': {
        calls: [['http.send', { method: 'GET', url: `${VENDOR}/b`, repetition: 'safe' }]],
        propose: { tag: 'dormancy', val: { condition: [{ tag: 'elapsed', val: HOUR }] } },
      },
    });
    await host.run(path);
    expect(await negatives(host, path)).toMatchObject([{ target: VENDOR, until: { tag: 'elapsed', ms: 60 * SECOND } }]);
    up = true;
    world.time += 30 * SECOND;
    await host.run(path);
    expect(await negatives(host, path)).toEqual([]);
    expect(ofKind(await entriesOf(host, path), 'retire').map(({ body }) => body.reason)).toEqual(['it worked']);
  });
});

describe('a capability that is missing', () => {
  const scan: Tool = { name: 'scan', repetition: 'safe', call: async () => ({ state: 'ready' }) };
  const step = {
    ...ask(''),
    operation: { tag: 'tool', val: { name: 'scan', input: {} } },
  };

  test('waits for a node that has it, however long, and is not asked for again where it is not', async () => {
    const path = await world.object('tool', scriptOf(step));
    const without = world.node();
    const first = await without.run(path);
    expect(endsOf(first)).toEqual(['capability-missing execution not-found']);
    expect(first.state.negatives[0]?.body).toMatchObject({ operation: 'tools.call', target: 'scan' });
    world.time += 20 * HOUR;
    expect(endsOf(await without.run(path))).toEqual(['deferral reentry not-yet']);
    const equipped = world.node({ tools: [scan], signer: generateKey().signer });
    expect(endsOf(await equipped.run(path))).toEqual(['success execution', 'success termination']);
  });

  test('is found by the same node once it has it', async () => {
    const path = await world.object('tool-later', scriptOf(step));
    await world.node().run(path);
    const equipped = world.node({ tools: [scan] });
    const report = await equipped.run(path);
    expect(endsOf(report)).toEqual(['success execution', 'success termination']);
    expect(ofKind(await entriesOf(equipped, path), 'retire').map(({ body }) => body.reason)).toEqual(['over']);
    expect(report.state.negatives).toEqual([]);
  });
});

describe('failure signals', () => {
  test('are made by the host, name what failed and why, and are read by the guest', async () => {
    const path = await world.object('signals', {
      '1': {
        calls: [
          ['http.send', { method: 'GET', url: `${VENDOR}/a`, repetition: 'safe' }],
          ['tools.call', { name: 'nothing', input: {} }],
        ],
        propose: { tag: 'execution', val: { step: 's', operation: { tag: 'commit', val: 1 }, into: 'x' } },
      },
      '*': {
        calls: [['memory.read', { start: 1, limit: 10, kind: 'failure' }]],
        report: true,
        propose: { tag: 'termination', val: { achieved: true, result: null } },
      },
    });
    const host = world.node({ fetch: unreachable });
    const report = await host.run(path);
    expect(endsOf(report)).toEqual(['success execution', 'success termination']);
    const told = report.outcomes.at(-1)!.body.value as {
      result: { results: [{ ok: { entries: { body: string }[] } }] };
    };
    expect(told.result.results[0].ok.entries.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      {
        class: 'no-response',
        operation: 'http.send',
        target: VENDOR,
        reason: 'unavailable',
        because: expect.any(Number),
      },
      {
        class: 'capability-missing',
        operation: 'tools.call',
        target: 'nothing',
        reason: 'not-found',
        because: expect.any(Number),
      },
    ]);
    expect(await replayOf(host, path)).toEqual(['same', 'same']);
  });

  test('are eight in a cycle at most, the end of the cycle among them', async () => {
    const calls = Array.from({ length: 20 }, (_, i) => ['tools.call', { name: `tool-${i}`, input: {} }]);
    const path = await world.object('many', { '1': { calls, fail: 'enough' } });
    const host = world.node();
    await host.run(path);
    const failures = ofKind(await entriesOf(host, path), 'failure').map(({ body }) => body.reason);
    expect(failures).toEqual([...Array<string>(7).fill('not-found'), 'handler-error']);
    expect((await host.show(path)).state.negatives.length).toBeLessThanOrEqual(8);
  });

  test('say nothing of a sleep, or of a poll that is not there yet', async () => {
    const path = await world.object('quiet', scriptOf(ask(`${VENDOR}/job`)));
    const host = world.node({ fetch: async () => Response.json({ state: 'queued' }) });
    await host.run(path);
    world.time += SECOND;
    await host.run(path);
    expect(ofKind(await entriesOf(host, path), 'failure')).toEqual([]);
  });
});
