/** A node from outside: what is made is run, sleeps, wakes and ends, and each request has its answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { script } from '../family.ts';
import { propose } from '../world.ts';
import { createNodes, within } from './nodes.ts';
import type { Nodes } from './nodes.ts';

let nodes: Nodes;
beforeAll(async () => {
  nodes = await createNodes();
});
afterAll(() => nodes.close());

describe('a node', () => {
  it('runs what is made until it ends', async () => {
    const node = await nodes.node();
    const { id } = await node.create(nodes.draft(script(propose.commit('a', 1), propose.finish({ done: true }))));
    const line = await node.settled(id, within());
    expect(line).toMatchObject({ id, status: 'terminated', cycles: 2, running: false, wakesAt: null });
    const { state } = await node.show(id);
    expect(state.values.get('a')?.value).toBe(1);
  });

  it('wakes a sleeper when it is due and not before', async () => {
    const node = await nodes.node();
    const { id } = await node.create(
      nodes.draft(script(propose.sleep([{ tag: 'elapsed', val: 5_000 }]), propose.finish())),
    );
    const asleep = await node.settled(id, within());
    expect(asleep).toMatchObject({ status: 'dormant', wakesAt: nodes.time + 5_000 });
    nodes.setTime(nodes.time + 4_999);
    expect(await node.settled(id, within())).toMatchObject({ status: 'dormant' });
    nodes.setTime(nodes.time + 1);
    expect(await node.settled(id, within())).toMatchObject({ status: 'terminated' });
  });
});
