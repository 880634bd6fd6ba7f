/**
 * An object's whole life in long-lived nodes: made by a key, it delegates, waits for its child and for a person, is handed over, sleeps
 * for a year on the other node, comes back and ends. What is left is one history that replays.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateKey } from '../../../host/node/native.ts';
import type { Node, NodeEvent } from '../../../host/node/service/node.ts';
import { createFolderStore } from '../../../host/store/folder.ts';
import { createSqliteStore } from '../../../host/store/sqlite.ts';
import { script, spawn } from '../../node/family.ts';
import { createNodes, within } from '../../node/service/nodes.ts';
import type { Nodes } from '../../node/service/nodes.ts';
import { createWorld, propose } from '../../node/world.ts';

const YEAR = 365 * 86_400_000;
let nodes: Nodes;
beforeAll(async () => {
  nodes = await createNodes();
}, 120_000);
afterAll(() => nodes.close());

test('an object lives in nodes', async () => {
  const office = await nodes.node({ store: await createSqliteStore(join(nodes.folder, 'office.db')) });
  const branch = await nodes.node({
    store: await createFolderStore(join(nodes.folder, 'branch')),
    ports: { signer: generateKey().signer } as never,
  });
  const told: NodeEvent[] = [];
  const watching = watch(office, told);
  const survey = script(propose.commit('price', 40), propose.finish({ price: 40 }));
  const steps = {
    1: spawn('survey', survey, { budgets: { cycles: 10 } }),
    2: propose.sleep([{ tag: 'object', val: { object: 'child:survey', state: 'ended', seq: 0 } }]),
    4: propose.sleep([{ tag: 'signal', val: 'signed' }]),
    6: propose.sleep([{ tag: 'elapsed', val: YEAR }]),
    '*': propose.finish('a year later'),
  };
  const draft = nodes.draft(steps, { embed: true, budgets: { cycles: 50 }, key: 'contract 12' });
  const { id } = await office.create(draft);
  expect(await office.create(draft)).toMatchObject({ id, duplicate: true });
  await reaches(office, id, (line) => line?.waitsFor.signals.includes('signed') === true);
  await office.signal(id, 'signed', { by: 'Ada' }, { key: 'signature', wait: within().abort });
  expect(await office.settled(id, within())).toMatchObject({ status: 'dormant', wakesAt: nodes.time + YEAR });

  const { bytes } = await office.handOver(id);
  expect(await branch.admit(bytes)).toEqual({ id, state: 'new' });
  nodes.setTime(nodes.time + YEAR);
  await reaches(branch, id, (line) => line?.status === 'terminated');
  expect(await office.line(id)).toMatchObject({ status: 'left' });
  expect(await office.admit((await branch.handOver(id)).bytes)).toEqual({ id, state: 'back' });
  expect(await office.line(id)).toMatchObject({ status: 'terminated' });

  const kinds = told.filter(({ object }) => object === id).map(({ type }) => type);
  for (const type of ['created', 'signal', 'asleep', 'left', 'arrived'] as const) expect(kinds).toContain(type);
  const { children } = (await office.show(id)).state;
  expect(children.get('survey')).toMatchObject({ status: 'returned', end: { achieved: true } });
  await replays(office, id);
  await watching.stop();
}, 120_000);

function watch(node: Node, told: NodeEvent[]): { stop(): Promise<void> } {
  const end = new AbortController();
  const done = (async () => {
    for await (const event of node.events({ abort: end.signal })) told.push(event);
  })();
  return {
    async stop() {
      end.abort();
      await done;
    },
  };
}

async function reaches(node: Node, id: string, is: (line: Awaited<ReturnType<Node['line']>>) => boolean) {
  await expect.poll(async () => is(await node.line(id)), { timeout: 60_000 }).toBe(true);
}

/** Its bytes, on a host that has never seen it. */
async function replays(node: Node, id: string): Promise<void> {
  const world = await createWorld();
  try {
    const host = world.node();
    const path = world.path('copy');
    const { createFileStore } = await import('../../../host/store/file.ts');
    await createFileStore().create(path, await node.read(id));
    const report = await host.verify(path, { replay: true });
    expect(report.ok).toBe(true);
  } finally {
    await world.close();
  }
}
