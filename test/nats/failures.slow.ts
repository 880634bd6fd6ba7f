/**
 * Three real nodes and a real nats-server (R60): what a node was in the middle of is gone on with by the next one when it is killed, paused
 * for longer than its lease, or cut off; and when it comes back, it changes nothing any more.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CyclePoint } from '../../host/kernel/ports.ts';
import { hex } from '../../host/json.ts';
import { nativeHash } from '../../host/node/native.ts';
import { nodeIdOf } from '../../host/object/seal.ts';
import { startEffectServer } from '../node/effect-server.ts';
import type { EffectServer } from '../node/effect-server.ts';
import { ofKind } from '../node/wreck.ts';
import { propose } from '../node/world.ts';
import { startNatsServer } from '../store/nats-server.ts';
import type { NatsServer } from '../store/nats-server.ts';
import { natsStores } from '../store/nats-store.ts';
import type { NatsStores } from '../store/nats-store.ts';
import { needTools } from '../toolchain/tools.ts';
import { createFleet } from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import type { NodeLine } from './node.ts';
import { createYard, expectOnce, post, workScript } from './yard.ts';
import type { Yard } from './yard.ts';

const tools = needTools('nodes over NATS', ['nats-server']);
/** Several processes on a machine that may be busy. */
const TIMEOUT_MS = 120_000;
const OPTIONS = { leaseMs: 1000, answerMs: 300, patienceMs: 3000 };

const idOfNode = ({ key }: FleetNode): string => hex(nodeIdOf(key.signer.publicKey, nativeHash));

function isEnd(object: string): (line: NodeLine) => boolean {
  return (line) => 'status' in line && line.object === object && line.status === 'terminated';
}

describe.runIf(tools !== null)('nodes over one nats-server', { timeout: TIMEOUT_MS }, () => {
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
    await fleet.close();
    await yard.close();
    await stores.remove();
  });
  afterAll(async () => {
    await server.close();
    await effects.close();
  });

  /** A node that stands in the middle of a request of this object, and the gate that holds the answer back. */
  async function stopInEffect(run: string): Promise<{ object: string; node: FleetNode; release: () => void }> {
    const held = effects.hold(`/${run}/held`);
    const script = { 1: propose.http(post(effects, `${run}/held`), 'held'), '*': propose.finish('done') };
    const object = await yard.object(run, script);
    const node = await fleet.start();
    await held.arrived;
    return { object, node, release: held.release };
  }

  test('what a killed node was in the middle of is gone on with, and its loss recorded', async () => {
    const { object, node, release } = await stopInEffect('killed');
    await node.kill();
    release();
    const next = await fleet.start();
    await next.said(isEnd(object));
    const entries = await yard.expectWhole(object);
    const recovers = ofKind(entries, 'recover').map((entry) => [hex(entry.body.lost), hex(entry.node)]);
    expect(recovers).toEqual([[idOfNode(node), idOfNode(next)]]);
    expectOnce(effects, 'killed', ['held']);
    expect(effects.ledger('killed').seen).toHaveLength(2);
  });

  test('a node that was paused for longer than its lease changes nothing when it comes back', async () => {
    const { object, node, release } = await stopInEffect('paused');
    node.pause();
    release();
    const next = await fleet.start();
    await next.said(isEnd(object));
    const entries = await yard.expectWhole(object);
    const outrun = node.says((line) => 'error' in line && line.object === object);
    node.resume();
    expect(await outrun).toMatchObject({ error: 'store.busy' });
    expect(await yard.expectWhole(object)).toEqual(entries);
    expect(ofKind(entries, 'recover').map(({ body }) => hex(body.lost))).toEqual([idOfNode(node)]);
    expectOnce(effects, 'paused', ['held']);
  });

  test('two nodes that both hold one object: one seal wins, the other gives way', async () => {
    const { object, node, release } = await stopInEffect('both');
    node.pause();
    const again = effects.hold('/both/held');
    await fleet.start();
    await again.arrived;
    node.resume(); // both are in the middle of the same request now, with the same key
    const busy = fleet.says((line) => 'error' in line && line.error === 'store.busy');
    again.release();
    release();
    await busy;
    await fleet.said(isEnd(object));
    await yard.expectWhole(object);
    expectOnce(effects, 'both', ['held']);
  });

  test('work is shared, and goes on where the server is killed, paused and comes back', async () => {
    const runs = Array.from({ length: 9 }, (_, index) => `shared-${index}`);
    const objects = await Promise.all(runs.map((run) => yard.object(run, workScript(effects, run, 30))));
    const nodes = await Promise.all([fleet.start(), fleet.start(), fleet.start()]);
    const passes = (point: CyclePoint): Promise<NodeLine> =>
      fleet.says((line) => 'point' in line && line.point === point);
    await passes('performed');
    await server.kill();
    await server.start();
    await passes('opened');
    server.pause();
    await fleet.says((line) => 'error' in line && line.error === 'store.failed');
    server.resume();
    await Promise.all(objects.map((object) => yard.signal(object, 'go', () => fleet.says(() => true))));
    await Promise.all(objects.map((object) => fleet.said(isEnd(object))));
    for (const [index, object] of objects.entries()) {
      const entries = await yard.expectWhole(object);
      expect(ofKind(entries, 'signal')).toHaveLength(1);
      expectOnce(effects, runs[index] ?? '', ['first', 'guest', 'last']);
    }
    const workers = nodes.filter(({ lines }) => lines.some((line) => 'sealed' in line));
    expect(workers.length).toBeGreaterThan(1);
  });
});
