/**
 * Parents and children over their whole lives: nodes with keys of their own, files that are told of each other, ends that go down the
 * tree. The handlers are the scripted guest in the real sandbox.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKey } from '../../host/node/native.ts';
import { childPath, script, spawn } from './family.ts';
import { createWorld, policySet, propose } from './world.ts';
import type { World } from './world.ts';
import { ofKind } from './wreck.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
}, 60_000);

afterAll(() => world.close());

const wait = propose.sleep([{ tag: 'signal', val: 'go' }]);
const NO_END = `permit(principal, action, resource);
  @id("stay") forbid(principal, action == Action::"termination", resource);`;

describe('a parent that ends first', () => {
  test('ends its child, asleep or awake, and its child ends its own: down the tree', async () => {
    const [here, there] = [world.node(), world.node({ signer: generateKey().signer })];
    const leaf = script(propose.commit('a', 1));
    const root = await world.object(
      'ended/root',
      script(spawn('part', script(spawn('leaf', leaf), wait)), propose.finish()),
      {
        embed: true,
      },
    );
    await here.run(root);
    const part = await childPath(world, here, root, 'part');
    expect((await there.run(part)).status).toBe('dormant');
    const grandchild = await childPath(world, here, part, 'leaf');
    await here.witness(part, root);
    const done = await there.run(part);
    expect(done.status).toBe('terminated');
    expect(done.outcomes.map(({ body }) => body)).toMatchObject([
      {
        class: 'success',
        action: 'termination',
        reason: 'parent-ended',
        value: { achieved: false, result: null },
        fuel: 0,
      },
    ]);
    expect(ofKind((await here.show(part)).entries, 'verdict').at(-1)?.body).toMatchObject({
      proposal: null,
      action: 'termination',
      verdict: { verdict: 'permit' },
    });
    await there.witness(grandchild, part);
    expect(await here.run(grandchild)).toMatchObject({
      status: 'terminated',
      outcomes: [{ body: { reason: 'parent-ended' } }],
    });
    for (const path of [root, part, grandchild])
      expect(await here.verify(path, { replay: true })).toMatchObject({ ok: true });
    expect((await here.tree([root, part, grandchild])).ok).toBe(true);
  });

  test('takes no result any more: it is refused, and the child is as it was', async () => {
    const here = world.node();
    const root = await world.object('over/root', script(spawn('part', script(propose.finish(1))), propose.finish()), {
      embed: true,
    });
    await here.run(root);
    const part = await childPath(world, here, root, 'part');
    await here.run(part);
    const before = [readFileSync(root), readFileSync(part)];
    await expect(here.witness(root, part)).rejects.toMatchObject({ code: 'object.terminated' });
    expect([readFileSync(root), readFileSync(part)]).toEqual(before);
    expect((await here.tree([root, part])).ok).toBe(true);
  });

  test('where policy does not let the child end, that is recorded once, and nothing else is done', async () => {
    const here = world.node();
    const root = await world.object(
      'held/root',
      script(spawn('part', script(propose.commit('a', 1), wait)), propose.finish()),
      {
        embed: true,
      },
    );
    await here.run(root);
    const part = await childPath(world, here, root, 'part');
    await here.witness(part, root);
    const strict = world.node({ policy: policySet(NO_END) });
    const first = await strict.run(part);
    expect(first).toMatchObject({
      status: 'blocked',
      outcomes: [{ body: { class: 'refusal', action: 'termination' } }],
    });
    expect(ofKind((await here.show(part)).entries, 'verdict')[0]?.body.verdict).toMatchObject({
      verdict: 'reject',
      policies: ['node:stay'],
    });
    const bytes = readFileSync(part);
    expect(await strict.run(part)).toMatchObject({
      status: 'blocked',
      outcomes: [],
      message: expect.stringContaining('parent'),
    });
    expect(readFileSync(part).equals(bytes)).toBe(true);
    expect((await here.run(part)).status).toBe('terminated');
  });
});
