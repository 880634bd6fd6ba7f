/**
 * Three nodes over one nats-server, whose processes are killed and paused in an order that a seed decides, the server's among them:
 * nothing that was acknowledged is lost, no effect takes place twice, and every object verifies and replays (R15, R60).
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { startEffectServer } from '../node/effect-server.ts';
import type { EffectServer } from '../node/effect-server.ts';
import { ofKind } from '../node/wreck.ts';
import { startNatsServer } from '../store/nats-server.ts';
import type { NatsServer } from '../store/nats-server.ts';
import { natsStores } from '../store/nats-store.ts';
import type { NatsStores } from '../store/nats-store.ts';
import { createDice } from '../swarm/dice.ts';
import type { Dice } from '../swarm/dice.ts';
import { needTools } from '../toolchain/tools.ts';
import { createFleet } from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import type { NodeLine } from './node.ts';
import { createYard, expectOnce, workScript } from './yard.ts';
import type { Yard } from './yard.ts';

const tools = needTools('chaos over NATS', ['nats-server']);
const OPTIONS = { leaseMs: 1000, answerMs: 300, patienceMs: 3000 };
const NODES = 3;
const OBJECTS = 36;
const BLOWS = 12;
/** Lines of all nodes between two blows, at most. */
const LULL = 30;

describe.runIf(tools !== null)('three nodes and their server under blows', { timeout: 900_000 }, () => {
  let server: NatsServer;
  let effects: EffectServer;
  let stores: NatsStores;
  let yard: Yard;
  let fleet: Fleet;

  beforeAll(async () => {
    server = await startNatsServer(tools!['nats-server']);
    effects = await startEffectServer();
  });
  beforeEach(async () => {
    stores = natsStores(server.url);
    yard = await createYard(await stores.open(OPTIONS));
    fleet = createFleet({ servers: [server.url], prefix: stores.prefix, ...OPTIONS });
  });
  afterEach(async () => {
    server.resume();
    await fleet.close();
    await yard.close();
    await stores.remove();
  });
  afterAll(async () => {
    await server.close();
    await effects.close();
  });

  const places: (FleetNode | null)[] = [];
  const ofObject = (line: NodeLine): boolean => 'object' in line && !('error' in line);

  async function lines(count: number, of: Fleet): Promise<void> {
    for (let i = 0; i < count; i++) await of.says(() => true);
  }

  /** One thing that goes wrong, and is put right. */
  async function blow(dice: Dice): Promise<string> {
    const place = dice.below(NODES);
    const node = places[place];
    switch (dice.below(4)) {
      case 0:
        await node?.kill();
        places[place] = await fleet.start(dice.once(2) && node ? { key: node.key } : {});
        return 'node killed';
      case 1: {
        node?.pause();
        // others take over what it had, as far as there is anything to do
        await fleet.says(ofObject);
        await stores.dropLeases();
        await fleet.says(ofObject);
        node?.resume();
        return 'node paused';
      }
      case 2:
        await server.kill();
        await server.start();
        return 'server killed';
      default:
        server.pause();
        // what it was just about to answer comes through
        while (await yard.answers());
        server.resume();
        return 'server paused';
    }
  }

  test.each([0, 1, 2])('seed %i', async (offset) => {
    const seed = Number(inject('seed')) + offset;
    const dice = createDice(seed);
    const runs = Array.from({ length: OBJECTS }, (_, index) => `chaos-${seed}-${index}`);
    const objects = await Promise.all(runs.map((run) => yard.object(run, workScript(effects, run, 500))));
    places.splice(0, NODES, ...(await Promise.all(Array.from({ length: NODES }, () => fleet.start()))));
    const signalled = Promise.all(objects.map((object) => yard.signal(object, 'go', () => fleet.says(() => true))));
    const blows: string[] = [];
    const ended = Promise.all(objects.map((object) => isOver(object)));
    const done = new AbortController();
    void ended.then(() => done.abort());
    while (!done.signal.aborted && blows.length < BLOWS) {
      await Promise.race([lines(1 + dice.below(LULL), fleet), ended]);
      if (!done.signal.aborted) blows.push(await Promise.race([blow(dice), ended.then(() => 'none: all was done')]));
    }
    server.resume();
    await Promise.all([signalled, ended]);
    process.stderr.write(`chaos, seed ${seed}: ${blows.join(', ')}\n`);
    for (const [index, object] of objects.entries()) {
      const entries = await yard.expectWhole(object);
      expect(ofKind(entries, 'signal')).toHaveLength(1);
      expectOnce(effects, runs[index] ?? '', ['first', 'guest', 'last']);
      // what a node has said to be sealed is there, by whomever it was read since
      for (const { lines: said } of fleet.nodes)
        for (const line of said)
          if ('sealed' in line && line.object === object)
            expect(entries.find(({ seq }) => seq === line.sealed)?.kind).toBe('outcome');
    }
  });

  /** A node that is killed may not get to say it: whoever looks at it next sees it. */
  async function isOver(object: string): Promise<void> {
    for (;;) {
      const change = fleet.says(() => true);
      if (await yard.isEnded(object)) return;
      await change;
    }
  }
});
