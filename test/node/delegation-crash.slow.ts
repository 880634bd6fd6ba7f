/**
 * Processes that are killed while they give a child up, wake over an aggregate, or end by their parent's word: nothing sealed is lost,
 * each thing happens once, and budgets come back once. The processes are real and die of SIGKILL.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKey } from '../../host/node/native.ts';
import type { EntryKind } from '../../host/object/model.ts';
import type { Value } from '../../host/value.ts';
import { runChild } from './children.ts';
import { childPath, script, spawn } from './family.ts';
import { createWorld, propose, START } from './world.ts';
import type { World } from './world.ts';
import { ofKind, pointsOf } from './wreck.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
}, 60_000);

afterAll(() => world.close());

/** Several processes, on a machine that may be busy. */
const PATIENT = { timeout: 300_000 };
const wait = propose.sleep([{ tag: 'signal', val: 'go' }]);
const budgets = { cycles: 20, cents: 20 };

/** The folder of an object, copied; the object in it. */
function copyOf(path: string, name: string): string {
  const [from, to] = [dirname(path), `${dirname(path)}-${name}`];
  mkdirSync(to);
  for (const file of readdirSync(from)) if (file.endsWith('.sojourn')) copyFileSync(join(from, file), join(to, file));
  return join(to, basename(path));
}

/**
 * Kills a run of the object at each point that `points` gives; each time the same node and another one go on, and `check` looks at what
 * came of it.
 */
async function killEach(
  path: string,
  points: readonly string[],
  check: (path: string) => Promise<void>,
): Promise<void> {
  for (const [n, point] of points.entries()) {
    const wreck = copyOf(path, `${n}`);
    const end = await runChild({
      path: wreck,
      key: world.creator.privatePem,
      time: START,
      job: 'run',
      death: { at: 'point', n },
    });
    expect([end.stderr, end.signal]).toEqual(['', 'SIGKILL']);
    expect(pointsOf(end.lines).at(-1)?.point).toBe(point);
    const sealed = readFileSync(wreck).subarray(0, readFileSync(path).length);
    expect(sealed.equals(readFileSync(path))).toBe(true);
    const other = copyOf(wreck, 'other');
    await world.node().run(wreck);
    await world.node({ signer: generateKey().signer }).run(other);
    for (const file of [wreck, other]) {
      expect(await world.node().verify(file, { replay: true })).toMatchObject({ ok: true });
      await check(file);
    }
  }
}

async function countOf(path: string, kind: EntryKind): Promise<number> {
  return ofKind((await world.node().show(path)).entries, kind).length;
}

describe('a process killed', PATIENT, () => {
  test('while it gives a child up: it is given up once', async () => {
    const cancel: Value = { propose: { tag: 'delegation', val: { cancel: { name: 'part', reason: 'enough' } } } };
    const path = await world.object(
      'crash-cancel/root',
      script(spawn('part', script(wait), { budgets }), cancel, wait),
      {
        embed: true,
        budgets: { cycles: 100, counters: { cents: 50 } },
      },
    );
    await world.node().run(path, { once: true });
    const points = ['opened', 'handler-returned', 'proposed', 'decided', 'applied', 'outcome-recorded', 'sealed'];
    await killEach(path, points, async (file) => {
      const { state } = await world.node().show(file);
      expect(await countOf(file, 'cancel')).toBe(1);
      expect(state.children.get('part')?.status).toBe('cancelled');
      expect(state.spent.counters).toEqual({ cents: 20 });
    });
  });

  test('while it wakes without a child that is missing: it is missing once, and comes back once', async () => {
    const until: Value = propose.sleep([
      { tag: 'group', val: { need: 1, members: [1, 2] } },
      { tag: 'object', val: { object: 'child:part', state: 'ended', seq: 0 } },
      { tag: 'instant', val: 0 },
    ]);
    const part = spawn('part', script(propose.finish('late')), { budgets });
    const path = await world.object('crash-missing/root', script(part, until, null, wait), {
      embed: true,
      budgets: { cycles: 100, counters: { cents: 50 } },
    });
    await world.node().run(path, { once: true });
    await world.node().run(path, { once: true });
    const child = await childPath(world, world.node(), path, 'part');
    await world.node().run(child);
    await killEach(path, ['opened', 'decided', 'outcome-recorded', 'sealed'], async (file) => {
      expect([await countOf(file, 'aggregate'), await countOf(file, 'failure')]).toEqual([1, 1]);
      for (let times = 0; times < 2; times++) await world.node().witness(file, child);
      const { state } = await world.node().show(file);
      expect(state.children.get('part')).toMatchObject({
        status: 'returned',
        end: { late: true, back: { cycles: 19 } },
      });
      expect(state.spent.counters).toEqual({ cents: 0 });
    });
  });

  test('while it ends by the word of its parent: it ends once', async () => {
    const root = await world.object('crash-obey/root', script(spawn('part', script(wait)), propose.finish()), {
      embed: true,
    });
    await world.node().run(root);
    const part = await childPath(world, world.node(), root, 'part');
    await world.node().run(part);
    await world.node().witness(part, root);
    await killEach(part, ['decided', 'outcome-recorded', 'sealed'], async (file) => {
      const { state, entries } = await world.node().show(file);
      expect(state.status).toBe('terminated');
      expect(ofKind(entries, 'outcome').filter(({ body }) => body.action === 'termination')).toHaveLength(1);
    });
  });
});
