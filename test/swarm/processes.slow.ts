/**
 * Eight objects on four nodes reach a goal together: four processes, four keys, four folders, a courier who loses, repeats and delays,
 * processes killed at random points, one node lost for good, and nobody who coordinates (R55).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createHost } from '../../host/node/host.ts';
import type { Host } from '../../host/node/host.ts';
import { nodePorts } from '../../host/node/ports.ts';
import { buildHandler } from '../../host/sandbox/build.ts';
import { startEffectServer } from '../node/effect-server.ts';
import type { EffectServer } from '../node/effect-server.ts';
import { createDice } from './dice.ts';
import { createSwarm } from './swarm.ts';
import type { Swarm } from './swarm.ts';

const PARTS = 7;
const NODES = 4;
const TOTAL = Array.from({ length: PARTS }, (_, part) => (part + 1) ** 2).reduce((sum, worth) => sum + worth, 0);
/** One line in so many is the last of its process, up to so many times. */
const ODDS = 100;
const KILLS = 6;
/** After so many lines one node is lost. */
const LOSS = 150;

const folder = mkdtempSync(join(tmpdir(), 'sojourn-swarm-'));
const dice = createDice(Number(inject('seed')));
let handler: Uint8Array;
let server: EffectServer;
let swarm: Swarm;
let reader: Host;

beforeAll(async () => {
  const entry = fileURLToPath(new URL('handlers/swarm.ts', import.meta.url));
  handler = (await buildHandler({ entry, engine: 'quickjs' })).component;
  server = await startEffectServer();
  swarm = createSwarm(folder, NODES, handler, dice);
  reader = createHost({ ports: nodePorts({ signer: null, handlers: [swarm.folder(0)] }), policy: null });
});

afterAll(async () => {
  await swarm.stop();
  await reader.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a swarm reaches its goal though nodes are killed and lost', { timeout: 900_000 }, async () => {
  const [creator] = swarm.keys;
  const maker = createHost({
    ports: nodePorts({ signer: creator?.signer ?? null, handlers: [swarm.folder(0)] }),
    policy: null,
  });
  await maker.create(join(swarm.folder(0), 'objects', 'goal.sojourn'), {
    handler,
    intent: {
      kind: 'goal',
      goal: 'Have all parts done',
      input: { parts: PARTS, url: `${server.url}/swarm`, rest: 50 },
      constraints: {},
    },
    scope: { capabilities: ['http.send', 'kv.*', 'children.*'], zones: [], depth: 1 },
    budgets: { cycles: 2_000 },
  });
  await maker.close();

  let lines = 0;
  let kills = 0;
  const arrivals: string[] = [];
  await swarm.live(
    (line) => {
      lines++;
      if ('arrival' in line) arrivals.push(line.arrival);
      return 'status' in line && line.object === 'goal.sojourn' && line.status === 'terminated';
    },
    () => {
      if (lines === LOSS) return 'lost';
      if (kills === KILLS || !dice.once(ODDS)) return 'no';
      kills++;
      return 'killed';
    },
  );
  await swarm.stop();

  expect(kills).toBeGreaterThan(0);
  expect(arrivals).not.toContain('fork');
  const longest = longestCopies();
  expect(longest.size).toBe(1 + PARTS);
  const goal = longest.get('goal.sojourn') ?? '';
  const { state } = await reader.show(goal);
  expect(state.last?.body).toMatchObject({
    action: 'termination',
    value: { achieved: true, result: { total: TOTAL } },
  });
  const nodes = new Set<string>();
  for (const path of longest.values()) {
    const report = await reader.verify(path, { replay: true });
    expect(report).toMatchObject({ ok: true });
    if (report.ok) for (const node of report.nodes) nodes.add(node);
  }
  expect(nodes.size).toBeGreaterThan(1);
  const { seen } = server.ledger('swarm');
  const effects = seen.filter((request) => request.effect).map((request) => request.path);
  expect(effects.toSorted()).toEqual(Array.from({ length: PARTS }, (_, part) => `/swarm/part-${part}`).toSorted());
});

function longestCopies(): Map<string, string> {
  const longest = new Map<string, { readonly path: string; readonly size: number }>();
  for (const { name, path, size } of swarm.copies()) {
    if (size > (longest.get(name)?.size ?? -1)) longest.set(name, { path, size });
  }
  return new Map([...longest].map(([name, { path }]) => [name, path]));
}
