/** One suite of behaviours, run against every kind of node (R59), with real stores, servers and processes. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { startEffectServer } from '../node/effect-server.ts';
import { createNodes } from '../node/service/nodes.ts';
import { createWorld } from '../node/world.ts';
import { wreck } from '../node/wreck.ts';
import type { Wreck } from '../node/wreck.ts';
import { startNatsServer } from '../store/nats-server.ts';
import type { NatsServer } from '../store/nats-server.ts';
import { needTools } from '../toolchain/tools.ts';
import { AGENT_BASED } from './agent-based.ts';
import { conformance } from './behaviours.ts';
import { EDGE } from './edge.ts';
import { MEMORY_AWARE, federated } from './kinds.ts';
import { STATELESS } from './stateless.ts';
import type { Ground } from './subject.ts';

/** The third point of the first cycle: an effect has left, and its result is not recorded. */
const DEATH = { at: 'point', n: 3 } as const;

let ground: Ground;
let found: Wreck;

beforeAll(async () => {
  const [nodes, world, server] = await Promise.all([createNodes(), createWorld(), startEffectServer()]);
  ground = { nodes, world, server, folder: () => mkdtempSync(join(nodes.folder, 'place-')) };
  found = await wreck({ world, server }, 'wreck', DEATH);
}, 120_000);
afterAll(async () => {
  await ground.nodes.close();
  await ground.world.close();
  await ground.server.close();
});

for (const kind of [STATELESS, ...MEMORY_AWARE, EDGE, AGENT_BASED])
  conformance(
    kind,
    () => ground,
    () => found,
  );

const tools = needTools('the conformance of federated nodes', ['nats-server']);

describe.runIf(tools !== null)('over a real nats-server', () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await startNatsServer(tools?.['nats-server'] ?? '');
  });
  afterAll(() => nats.close());
  conformance(
    federated(() => nats.url),
    () => ground,
    () => found,
  );
});
