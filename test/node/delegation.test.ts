/**
 * Parents and children over their whole lives: nodes with keys of their own, files that are told of each other, ends that go down the
 * tree. The handlers are the scripted guest in the real sandbox.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKey } from '../../host/node/native.ts';
import type { Value } from '../../host/value.ts';
import { childPath, fieldOf, script, spawn } from './family.ts';
import { createWorld, DAY, policySet, propose } from './world.ts';
import type { World } from './world.ts';
import { ofKind } from './wreck.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
}, 60_000);

afterAll(() => world.close());

/** Many runs each, on a machine that may be busy. */
const PATIENT = { timeout: 180_000 };

const wait = propose.sleep([{ tag: 'signal', val: 'go' }]);
const NO_END = `permit(principal, action, resource);
  @id("stay") forbid(principal, action == Action::"termination", resource);`;

/** A condition as a flat list: so many of these children, or a day. */
function untilEnded(need: number, names: readonly string[], ms = DAY): Value {
  const members = names.map((_, index) => index + 3);
  return propose.sleep([
    { tag: 'group', val: { need: 1, members: [1, 2] } },
    { tag: 'group', val: { need, members } },
    { tag: 'elapsed', val: ms },
    ...names.map((name) => ({ tag: 'object', val: { object: `child:${name}`, state: 'ended', seq: 0 } })),
  ]);
}

/** No handler runs in the cycle of a reentry. */
const REENTRY: Value = null;

const report: Value = {
  calls: [['children.list', {}]],
  report: true,
  propose: { tag: 'termination', val: { achieved: true } },
};

/** A parent with three children, asleep until so many of them have ended; and their files. */
async function awaiting(name: string, need: number, after: readonly Value[] = [report]) {
  const here = world.node();
  const names = ['a', 'b', 'c'];
  const children = names.map((part) =>
    spawn(part, script(propose.finish(`of ${part}`)), { budgets: { cycles: 10, cents: 20 } }),
  );
  const path = await world.object(`${name}/root`, script(...children, untilEnded(need, names), ...after), {
    embed: true,
    budgets: { cycles: 100, counters: { cents: 100 } },
  });
  expect((await here.run(path)).status).toBe('dormant');
  const files = await Promise.all(names.map((part) => childPath(world, here, path, part)));
  return { here, path, files: { a: files[0]!, b: files[1]!, c: files[2]! } };
}

describe('children that a parent waits for', PATIENT, () => {
  test.each([
    ['all', 3, ['a', 'b', 'c']],
    ['any', 1, ['b']],
    ['two', 2, ['c', 'a']],
  ] as const)(
    '%s of them: they end on other nodes, and with the last that was needed the parent wakes',
    async (what, need, order) => {
      const { here, path, files } = await awaiting(`wait-${what}`, need);
      for (const [index, name] of order.entries()) {
        expect((await here.run(path)).status).toBe('dormant');
        const there = world.node({ signer: generateKey().signer });
        expect((await there.run(files[name])).status).toBe('terminated');
        const told = await there.witness(path, files[name]);
        expect(told.seqs).toHaveLength(1);
        expect(await here.witness(path, files[name])).toMatchObject({ seqs: [], receipt: null });
        expect((await here.show(path)).state.children.get(name)).toMatchObject({
          status: 'returned',
          end: { seq: told.seqs[0] },
        });
        expect(index + 1 === order.length || (await here.run(path)).status === 'dormant').toBe(true);
      }
      const done = await here.run(path);
      expect(done.status).toBe('terminated');
      const { entries } = await here.show(path);
      const [aggregate] = ofKind(entries, 'aggregate');
      expect(aggregate?.body).toMatchObject({ need, of: ['a', 'b', 'c'], missing: [] });
      expect(new Set(aggregate?.body.returned.map(({ name }) => name))).toEqual(new Set(order));
      expect(ofKind(entries, 'failure')).toEqual([]);
      const listed = fieldOf(fieldOf(done.state.last?.body.value, 'result'), 'results');
      expect(listed).toMatchObject([
        {
          ok: ['a', 'b', 'c'].map((name) =>
            order.some((one) => one === name)
              ? { name, status: 'returned', achieved: true, result: `"of ${name}"` }
              : { name, status: 'running' },
          ),
        },
      ]);
      // of three times ten cycles and twenty cents, each that came back had used one cycle
      const back = order.length;
      expect(done.state.spent.counters).toEqual({ cents: 60 - 20 * back });
      expect(done.state.spent.cycles).toBe(30 - 9 * back + done.state.cycle);
      expect(await here.verify(path, { replay: true })).toMatchObject({ ok: true });
      expect((await here.tree([path, ...Object.values(files)])).ok).toBe(true);
    },
  );

  test('one that does not come in time is missing; when it comes late, it is taken and said to be late', async () => {
    const { here, path, files } = await awaiting('late', 3, [REENTRY, wait, report]);
    for (const name of ['a', 'b'] as const) {
      await here.run(files[name]);
      await here.witness(path, files[name]);
    }
    world.time += DAY;
    expect((await here.run(path)).status).toBe('dormant');
    const { entries, state } = await here.show(path);
    const [aggregate] = ofKind(entries, 'aggregate');
    expect(aggregate?.body).toMatchObject({ need: 3, missing: ['c'] });
    expect(ofKind(entries, 'failure').map(({ body }) => body)).toContainEqual({
      class: 'no-response',
      operation: 'delegation',
      target: 'c',
      reason: 'child-missing',
      because: aggregate?.seq,
    });
    expect(state.children.get('c')).toMatchObject({ status: 'missing', told: aggregate?.seq, end: null });
    expect(state.spent.counters).toEqual({ cents: 20 });
    await here.run(files.c);
    await here.witness(path, files.c);
    await here.signal(path, 'go', null);
    const done = await here.run(path);
    expect(done.state.children.get('c')).toMatchObject({ status: 'returned', end: { late: true, result: 'of c' } });
    expect(done.state.spent.counters).toEqual({ cents: 0 });
    expect(done.status).toBe('terminated');
    expect(await here.verify(path, { replay: true })).toMatchObject({ ok: true });
    expect((await here.tree([path, ...Object.values(files)])).ok).toBe(true);
  });
});

describe('a child that is given up', PATIENT, () => {
  const cancel = (name: string): Value => ({
    propose: { tag: 'delegation', val: { cancel: { name, reason: 'not needed any more' } } },
  });

  test('ends when it learns of it, on whatever node; then its budgets come back', async () => {
    const [here, there] = [world.node(), world.node({ signer: generateKey().signer })];
    const part = spawn('part', script(spawn('leaf', script(wait), { budgets: { cycles: 3 } }), wait), {
      budgets: { cycles: 20, cents: 20 },
    });
    const other = spawn('other', script(wait, propose.finish('other')), { budgets: { cycles: 10 } });
    const path = await world.object('cancel/root', script(part, other, cancel('part'), wait, propose.finish()), {
      embed: true,
      budgets: { cycles: 100, counters: { cents: 50 } },
    });
    await here.run(path);
    const files = {
      part: await childPath(world, here, path, 'part'),
      other: await childPath(world, here, path, 'other'),
    };
    expect((await here.show(path)).state).toMatchObject({ spent: { counters: { cents: 20 } } });
    expect((await here.show(path)).state.children.get('part')).toMatchObject({ status: 'cancelled', end: null });
    // both learn of the parent; only one of them was given up
    for (const file of [files.part, files.other]) {
      await there.run(file);
      await there.witness(file, path);
    }
    expect((await there.run(files.other)).status).toBe('dormant');
    const ended = await there.run(files.part);
    expect(ended).toMatchObject({
      status: 'terminated',
      outcomes: [{ body: { reason: 'cancelled', value: { achieved: false } } }],
    });
    const leaf = await childPath(world, there, files.part, 'leaf');
    await here.witness(leaf, files.part);
    expect(await here.run(leaf)).toMatchObject({
      status: 'terminated',
      outcomes: [{ body: { reason: 'parent-ended' } }],
    });
    await here.witness(path, files.part);
    const { state } = await here.show(path);
    expect(state.children.get('part')).toMatchObject({
      status: 'cancelled',
      end: { achieved: false, back: { cycles: 14, counters: { cents: 20 } } },
    });
    expect(state.spent.counters).toEqual({ cents: 0 });
    expect(await here.verify(path, { replay: true })).toMatchObject({ ok: true });
    expect((await here.tree([path, files.part, files.other, leaf])).ok).toBe(true);
  });

  test('is one that goes on and is not given up yet: anything else is refused', async () => {
    const here = world.node();
    const path = await world.object(
      'cancel-refused/root',
      script(spawn('part', script(propose.finish())), cancel('other'), wait, REENTRY, cancel('part'), propose.finish()),
      { embed: true },
    );
    const first = await here.run(path);
    expect(first.outcomes[1]?.body).toMatchObject({ class: 'refusal', action: 'delegation', reason: 'child-unknown' });
    const part = await childPath(world, here, path, 'part');
    await here.run(part);
    await here.witness(path, part);
    await here.signal(path, 'go', null);
    const second = await here.run(path);
    expect(second.outcomes.map(({ body }) => body.reason)).toContain('child-ended');
    const twice = await world.object(
      'cancel-twice/root',
      script(spawn('part', script(wait)), cancel('part'), cancel('part')),
      { embed: true },
    );
    const third = await here.run(twice);
    expect(third.outcomes.at(-1)?.body).toMatchObject({ class: 'refusal', reason: 'child-cancelled' });
    expect(ofKind((await here.show(twice)).entries, 'cancel')).toHaveLength(1);
  });
});

describe('a parent that ends first', PATIENT, () => {
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

  test('ends a child that has used up what it was given, and what it did not use comes back', async () => {
    const here = world.node();
    const cancel: Value = { propose: { tag: 'delegation', val: { cancel: { name: 'part', reason: 'stuck' } } } };
    const part = spawn('part', script(propose.commit('a', 1), propose.commit('a', 2), propose.finish()), {
      budgets: { cycles: 2, fuel: 1e12 },
    });
    const root = await world.object('used-up/root', script(part, cancel, wait), {
      embed: true,
      budgets: { cycles: 50, fuel: 1e13 },
    });
    await here.run(root);
    const file = await childPath(world, here, root, 'part');
    expect((await here.run(file)).status).toBe('blocked');
    await here.witness(file, root);
    expect(await here.run(file)).toMatchObject({ status: 'terminated', outcomes: [{ body: { reason: 'cancelled' } }] });
    await here.witness(root, file);
    const { state } = await here.show(root);
    expect(state.children.get('part')?.end?.back).toMatchObject({ cycles: 0 });
    expect(state.spent.fuel).toBeLessThan(1e12);
    expect((await here.tree([root, file])).ok).toBe(true);
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
