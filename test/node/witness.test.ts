import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKey } from '../../host/node/native.ts';
import { encodeEntry } from '../../host/object/entry.ts';
import type { Entry } from '../../host/object/model.ts';
import type { Value } from '../../host/value.ts';
import { createWorld, propose } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
}, 60_000);

afterAll(async () => {
  await world.close();
});

function delegate(name: string, script: Value): Value {
  const budgets = [{ name: 'cycles', limit: 8 }];
  const task = { task: 'scripted', goal: 'A part', input: script, capabilities: ['*'], zones: [], budgets };
  return { propose: { tag: 'delegation', val: { name, ...task } } };
}

/** A parent that sleeps behind making a child, and the child's path. */
async function family(name: string, script: Value): Promise<{ readonly parent: string; readonly child: string }> {
  const script2 = {
    1: delegate('part', script),
    2: propose.sleep([{ tag: 'signal', val: 'go' }]),
    '*': propose.finish(),
  };
  const parent = await world.object(`${name}/parent`, script2, { embed: true, budgets: { cycles: 100 } });
  const done = await world.node().run(parent);
  return { parent, child: world.path(`${name}/${done.state.children.get('part')?.id}`) };
}

async function entriesOf(path: string): Promise<readonly Entry[]> {
  return (await world.node().show(path)).entries;
}

describe('telling an object of another one', () => {
  test('a child that ended: its result is in its parent, proves itself, and once is enough', async () => {
    const { parent, child } = await family('result', { '*': propose.finish({ price: 12 }) });
    await world.node().run(child);
    const told = await world.node({ signer: generateKey().signer }).witness(parent, child);
    expect(told).toMatchObject({
      relation: { kind: 'child', name: 'part' },
      known: { ended: { achieved: true, class: 'success', seq: told.seqs[0] }, spent: { cycles: 1 } },
    });
    expect((await entriesOf(parent)).filter(({ kind }) => kind === 'witness').map(({ seq }) => seq)).toEqual(told.seqs);
    const bytes = readFileSync(parent);
    const again = await world.node().witness(parent, child);
    expect(again).toMatchObject({ seqs: [], receipt: null, known: { ended: { achieved: true } } });
    expect(readFileSync(parent).equals(bytes)).toBe(true);
    expect(await world.node().verify(parent, { replay: true })).toMatchObject({ ok: true });
    expect((await world.node().run(parent)).status).toBe('dormant');
  });

  test('a crash between a witness and its seal leaves nothing behind, and it is told again', async () => {
    const { parent, child } = await family('crash', { '*': propose.finish(1) });
    await world.node().run(child);
    const before = readFileSync(parent);
    const told = await world.node().witness(parent, child);
    const seal = encodeEntry((await entriesOf(parent)).at(-1)!);
    writeFileSync(parent, readFileSync(parent).subarray(0, -seal.length));
    expect((await world.node().show(parent)).unsealed).toBe(1);
    const again = await world.node().witness(parent, child);
    expect(again.seqs).toEqual(told.seqs);
    expect(readFileSync(parent).subarray(0, before.length).equals(before)).toBe(true);
    expect(await world.node().verify(parent)).toMatchObject({ ok: true });
  });

  test('a parent: its child learns how far it has come, and later its end', async () => {
    const { parent, child } = await family('parent', { '*': propose.sleep([{ tag: 'signal', val: 'x' }]) });
    await world.node().run(child);
    const first = await world.node().witness(child, parent);
    expect(first).toMatchObject({ relation: { kind: 'parent', name: 'part' }, known: { ended: null } });
    await world.node().signal(parent, 'go', null);
    await world.node().run(parent);
    const second = await world.node().witness(child, parent);
    expect(second.known).toMatchObject({ ended: { achieved: true, seq: second.seqs[0] } });
  });

  test('an object that nothing was asked of is refused, and so is one that claims a parent that does not know it', async () => {
    const { parent, child } = await family('unasked', { '*': propose.finish() });
    const stranger = await world.object('stranger', { '*': propose.finish() });
    const before = readFileSync(parent);
    await expect(world.node().witness(parent, stranger)).rejects.toMatchObject({
      code: 'witness.unasked',
      message: expect.stringContaining('nothing was asked of it'),
    });
    await expect(world.node().witness(stranger, parent)).rejects.toMatchObject({ code: 'witness.unasked' });
    expect(readFileSync(parent).equals(before)).toBe(true);
    // the parent as it was before it made the child
    const early = world.path('unasked/early');
    copyFileSync(await cutAtFirstSeal(parent), early);
    await expect(world.node().witness(child, early)).rejects.toMatchObject({
      code: 'witness.unasked',
      message: expect.stringContaining('without such a child'),
    });
  });

  test('a broken object is refused, and what is told stays as it was', async () => {
    const { parent, child } = await family('broken', { '*': propose.finish() });
    await world.node().run(child);
    const before = readFileSync(parent);
    await expect(world.node().witness(parent, damaged(child))).rejects.toMatchObject({
      code: expect.stringMatching(/^object\./),
    });
    expect(readFileSync(parent).equals(before)).toBe(true);
  });

  test('a copy that is behind what is known says so; one of another branch is recorded as a fork', async () => {
    const script = { 1: propose.commit('a', 1), 2: propose.commit('b', 2), '*': propose.finish() };
    const { parent, child } = await family('fork', script);
    await world.node().run(child, { once: true });
    const fork = world.path('fork/other');
    copyFileSync(child, fork);
    await world.node().run(child, { once: true });
    await world.node().witness(parent, child);
    await expect(world.node().witness(parent, fork)).rejects.toMatchObject({ code: 'object.behind' });
    await world.node({ signer: generateKey().signer }).run(fork, { once: true });
    const told = await world.node().witness(parent, fork);
    expect(told.known.fork).toMatchObject({ at: told.known.at, seq: told.seqs[0] });
    expect(await world.node().verify(parent)).toMatchObject({ ok: true });
  });

  test('an ended object learns nothing, and an object without signatures tells nothing', async () => {
    const { parent, child } = await family('ended', { '*': propose.finish() });
    await world.node({ signer: null }).run(child);
    await expect(world.node().witness(parent, child)).rejects.toMatchObject({
      code: 'witness.invalid',
      message: expect.stringContaining('nobody signed'),
    });
    await expect(world.node().witness(child, parent)).rejects.toMatchObject({ code: 'object.terminated' });
  });
});

/** A file of the bytes up to the first seal. */
async function cutAtFirstSeal(path: string): Promise<string> {
  const first = (await entriesOf(path)).find(({ kind }) => kind === 'seal');
  const bytes = readFileSync(path);
  const seal = Buffer.from(encodeEntry(first!));
  const cut = `${path}.cut`;
  writeFileSync(cut, bytes.subarray(0, bytes.indexOf(seal) + seal.length));
  return cut;
}

function damaged(path: string): string {
  const bytes = readFileSync(path);
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
  writeFileSync(`${path}.broken`, bytes);
  return `${path}.broken`;
}
