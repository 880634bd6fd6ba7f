import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listObjects } from '../../host/node/list-objects.ts';
import { generateKey } from '../../host/node/native.ts';
import type { WakeLine, WakeOptions } from '../../host/node/wake-objects.ts';
import type { Entry, EntryKind } from '../../host/object/model.ts';
import type { HandlerRunner } from '../../host/ports.ts';
import type { Value } from '../../host/value.ts';
import { METER_VERSION } from '../../host/wasm/component.ts';
import { createFileStore } from '../../host/store/file.ts';
import { createWorld, DAY, PERMIT_ALL, policySet, propose, START } from './world.ts';
import type { NodeOptions, World } from './world.ts';

const HOUR = 3_600_000;
let world: World;

beforeAll(async () => {
  world = await createWorld();
}, 60_000);

afterAll(async () => {
  await world.close();
});

beforeEach(() => {
  world.time = START;
});

/** Makes an object that sleeps until the condition holds and then, if nothing else is said, ends. */
async function sleeper(
  name: string,
  condition: Value,
  script: { readonly [cycle: string]: Value } = {},
): Promise<string> {
  const steps = { 1: propose.sleep(condition), '*': propose.finish(), ...script };
  const path = await world.object(name, steps, { budgets: { cycles: 100 } });
  await world.node().run(path);
  return path;
}

function delegate(name: string, script: Value, cycles = 8): Value {
  const task = { task: 'scripted', goal: 'A part', input: script, capabilities: ['*'], zones: [] };
  return { propose: { tag: 'delegation', val: { name, ...task, budgets: [{ name: 'cycles', limit: cycles }] } } };
}

const all = (...members: readonly Value[]): Value => group(members.length, members);
const any = (...members: readonly Value[]): Value => group(1, members);

function group(need: number, members: readonly Value[]): Value {
  return [{ tag: 'group', val: { need, members: members.map((_, index) => index + 1) } }, ...members];
}

const child = (name: string, state: string, seq = 0): Value => ({
  tag: 'object',
  val: { object: `child:${name}`, state, seq },
});

async function wake(folder: string, options: Partial<WakeOptions> = {}, node: NodeOptions = {}) {
  const report = await world.node(node).wake(() => listObjects(join(world.folder, folder), 100), options);
  const lines = new Map(report.lines.map((line): [string, WakeLine] => [line.object, line]));
  return { ...report, of: (path: string) => lines.get(path) };
}

async function entriesOf<K extends EntryKind>(path: string, kind: K) {
  const { entries } = await world.node().show(path);
  return entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
}

/** Sleepers cost no sandbox: this one cannot run anything. */
const NO_SANDBOX: HandlerRunner = {
  meterVersion: METER_VERSION,
  run: () => Promise.reject(new Error('a handler was run')),
  admit: () => Promise.reject(new Error('a handler was looked at')),
  close: async () => {},
};

describe('waking what lies in a folder', () => {
  test('over a simulated year, on another node with a clock an hour behind, each wakes in its time', async () => {
    const year = await sleeper('year/long', [{ tag: 'elapsed', val: 365 * DAY }]);
    const month = await sleeper('year/month', [{ tag: 'instant', val: START + 30 * DAY }]);
    const never = await sleeper('year/never', all({ tag: 'signal', val: 'never' }, { tag: 'instant', val: 0 }));
    const before = readFileSync(never);
    const other = { signer: generateKey().signer, clock: { now: () => world.time - HOUR } };
    const woke: [number, string][] = [];
    for (let day = 0; day <= 390; day += 30) {
      world.time = START + day * DAY;
      const { lines } = await wake('year', {}, other);
      for (const { object, state } of lines) if (state === 'woke') woke.push([day, object]);
    }
    expect(woke).toEqual([
      [60, month],
      [390, year],
    ]);
    expect(readFileSync(never).equals(before)).toBe(true);
    expect(await world.node().verify(year, { replay: true })).toMatchObject({ ok: true });
  }, 120_000);

  test('sleepers need no sandbox, and say when time wakes them', async () => {
    const soon = await sleeper('asleep/soon', any({ tag: 'signal', val: 'go' }, { tag: 'elapsed', val: 2 * DAY }));
    const signal = await sleeper('asleep/signal', [{ tag: 'signal', val: 'go' }]);
    const { of, settled } = await wake('asleep', {}, { runner: NO_SANDBOX });
    expect(settled).toBe(true);
    expect(of(soon)).toMatchObject({ state: 'asleep', wakesAt: START + 2 * DAY, status: null });
    expect(of(signal)).toMatchObject({ state: 'asleep', wakesAt: null });
  });

  test('a dry run says what would wake and changes nothing', async () => {
    const due = await sleeper('dry/due', [{ tag: 'elapsed', val: 5 }]);
    const parent = await sleeper('dry/parent', [{ tag: 'instant', val: 0 }], {
      1: delegate('part', { '*': propose.finish('done') }),
      2: propose.sleep([child('part', 'achieved')]),
    });
    const part = world.path(`dry/${(await world.node().show(parent)).state.children.get('part')?.id}`);
    await world.node().run(part);
    const before = [due, parent].map((path) => readFileSync(path));
    world.time += 10;
    const { of } = await wake('dry', { dryRun: true }, { runner: NO_SANDBOX });
    expect(of(due)).toMatchObject({ state: 'would-wake', status: null });
    expect(of(parent)).toMatchObject({ state: 'would-wake', told: [part], because: [] });
    expect(of(part)).toMatchObject({ state: 'ended' });
    expect([due, parent].map((path, index) => readFileSync(path).equals(before[index]!))).toEqual([true, true]);
  });

  test('a parent that waits for its children is told, wakes with their witnesses in sight, and may have new ones', async () => {
    const work = { '*': propose.sleep([{ tag: 'elapsed', val: DAY }]), 3: propose.finish('done') };
    const parent = await world.object(
      'family/parent',
      {
        1: delegate('a', work),
        2: delegate('b', { ...work, 3: { propose: { tag: 'termination', val: { achieved: false, result: null } } } }),
        3: propose.sleep(all(child('a', 'ended'), child('b', 'ended'))),
        5: {
          calls: [['memory.read', { start: 1, limit: 10, kind: 'witness' }]],
          report: true,
          propose: { tag: 'termination', val: { achieved: true } },
        },
      },
      { budgets: { cycles: 100 } },
    );
    await world.node().run(parent);
    const { children } = (await world.node().show(parent)).state;
    const [a, b] = ['a', 'b'].map((name) => world.path(`family/${children.get(name)?.id}`)) as [string, string];
    for (const path of [a, b]) await world.node().run(path);
    expect((await wake('family')).of(parent)).toMatchObject({ state: 'asleep', told: [] });
    world.time += DAY;
    const { of, lines, settled } = await wake('family');
    expect(settled).toBe(true);
    expect([a, b].map((path) => of(path)?.status)).toEqual(['terminated', 'terminated']);
    expect(of(parent)).toMatchObject({ state: 'woke', status: 'terminated', told: expect.arrayContaining([a, b]) });
    expect(lines.at(-1)?.object).toBe(parent);
    const witnesses = (await entriesOf(parent, 'witness')).map(({ seq }) => seq);
    expect(witnesses).toHaveLength(2);
    expect((await entriesOf(parent, 'wake')).at(-1)?.body).toMatchObject({ satisfied: true, because: witnesses });
    const result = (await world.node().show(parent)).state.last?.body.value as {
      result: { results: [{ ok: { entries: { body: string }[] } }]; situation: { trigger: Value } };
    };
    expect(result.result.situation.trigger).toMatchObject({ tag: 'woken', val: { signals: [], witnesses } });
    const seen = result.result.results[0].ok.entries.map(
      ({ body }) => JSON.parse(body) as { items: { body: { value: Value } }[] },
    );
    expect(seen.map(({ items }) => items.at(-1)?.body.value)).toEqual(
      expect.arrayContaining([
        { achieved: true, result: 'done' },
        { achieved: false, result: null },
      ]),
    );
    expect(await world.node().verify(parent, { replay: true })).toMatchObject({ ok: true });
    const bytes = readFileSync(parent);
    await wake('family');
    expect(readFileSync(parent).equals(bytes)).toBe(true);
  });

  test('what sleeps under a parent that ended ends with it, down the tree', async () => {
    const asleep = { '*': propose.sleep([{ tag: 'signal', val: 'never' }]) };
    const parent = await sleeper('down/parent', [], {
      1: delegate('a', { 1: delegate('b', asleep, 3), ...asleep }),
      2: propose.finish(),
    });
    const a = world.path(`down/${(await world.node().show(parent)).state.children.get('a')?.id}`);
    const grandchild = await world.node().run(a);
    const b = world.path(`down/${grandchild.state.children.get('b')?.id}`);
    await world.node().run(b);
    const { of, settled } = await wake('down');
    expect(settled).toBe(true);
    expect([a, b].map((path) => of(path))).toMatchObject([
      { state: 'woke', status: 'terminated', told: [parent] },
      { state: 'woke', status: 'terminated', told: [a] },
    ]);
  });

  test('an object waits for another one by its id, until that one has come so far', async () => {
    const far = await world.object('reach/far', {
      1: propose.commit('a', 1),
      2: propose.commit('b', 2),
      '*': propose.finish(),
    });
    const id = Buffer.from((await world.node().show(far)).state.id).toString('hex');
    const waits = await sleeper('reach/waits', [{ tag: 'object', val: { object: id, state: 'reached', seq: 10 } }]);
    await world.node().run(far, { once: true });
    expect((await wake('reach')).of(waits)).toMatchObject({ state: 'asleep', told: [] });
    await world.node().run(far, { once: true });
    expect((await wake('reach')).of(waits)).toMatchObject({ state: 'woke', status: 'terminated', told: [far] });
  });

  test('accumulated outcomes of children wake their parent', async () => {
    const fails = { '*': { fail: 'no' } };
    const parent = await sleeper('sum/parent', [], {
      1: delegate('a', fails),
      2: propose.sleep([{ tag: 'outcomes', val: { classes: { failure: true }, count: 2 } }]),
    });
    const a = world.path(`sum/${(await world.node().show(parent)).state.children.get('a')?.id}`);
    await world.node().run(a);
    expect((await wake('sum')).of(parent)).toMatchObject({ state: 'asleep', told: [a] });
    expect((await wake('sum')).of(parent)).toMatchObject({ state: 'asleep', told: [] });
    await world.node().run(a);
    const { of } = await wake('sum');
    expect(of(parent)).toMatchObject({
      state: 'woke',
      because: (await entriesOf(parent, 'witness')).map(({ seq }) => seq),
    });
  });

  test('a change of the node wakes: its policy, its name, its zone, what it can do', async () => {
    for (const facet of ['policy', 'node', 'zone', 'capabilities'])
      await sleeper(`facet/${facet}`, [{ tag: 'context', val: facet }]);
    const woke = async (node: NodeOptions) =>
      (await wake('facet', { dryRun: true }, node)).lines
        .filter(({ state }) => state === 'would-wake')
        .map(({ object }) => object.slice(dirname(object).length + 1, -'.sojourn'.length));
    expect(await woke({})).toEqual([]);
    expect(await woke({ policy: policySet(`${PERMIT_ALL}\n`) })).toEqual(['policy']);
    expect(await woke({ signer: generateKey().signer })).toEqual(['node']);
    expect(await woke({ zone: 'eu' })).toEqual(['zone']);
    const tool = { name: 'scan', repetition: 'safe', call: async () => null } as const;
    expect(await woke({ tools: [tool] })).toEqual(['capabilities']);
  });

  test('a deferral until the policy changes waits for that, and for nothing else', async () => {
    const defer = `@verdict("defer") @wake("changed policy") forbid(principal, action == Action::"execution", resource);`;
    const path = await world.object('policy/one', { 1: propose.commit('a', 1), '*': propose.finish() });
    const strict = { policy: policySet(`${PERMIT_ALL} ${defer}`) };
    expect((await world.node(strict).run(path)).status).toBe('dormant');
    const asked = (await world.node().show(path)).state.dormancy?.condition;
    expect(asked).toEqual({ tag: 'context', facet: 'policy', was: Buffer.from(strict.policy.digest).toString('hex') });
    world.time += 1000 * DAY;
    expect((await wake('policy', {}, { ...strict, zone: 'eu' })).of(path)).toMatchObject({ state: 'asleep' });
    expect((await wake('policy')).of(path)).toMatchObject({ state: 'woke', status: 'terminated' });
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test('two conditions that are met at once are one reentry, and both are named', async () => {
    const path = await sleeper(
      'both/one',
      any({ tag: 'signal', val: 'a' }, { tag: 'signal', val: 'b' }, { tag: 'elapsed', val: 1 }),
    );
    const node = world.node();
    const seqs = [await node.signal(path, 'a', null), await node.signal(path, 'b', null)].map(({ seq }) => seq);
    expect((await node.signal(path, 'a', null, { key: 'once' })).duplicate).toBe(false);
    const again = await node.signal(path, 'a', null, { key: 'once' });
    expect(again.duplicate).toBe(true);
    world.time += 5;
    const { of, lines } = await wake('both');
    expect(of(path)?.because).toEqual([...seqs, again.seq]);
    expect(lines).toHaveLength(1);
    expect((await entriesOf(path, 'outcome')).filter(({ body }) => body.action === 'reentry')).toHaveLength(1);
  });

  test('a refused reentry is recorded, a bounded number of times, and the object sleeps on', async () => {
    const path = await sleeper('refused/one', [{ tag: 'instant', val: 0 }]);
    const no = policySet(`${PERMIT_ALL} forbid(principal, action == Action::"reentry", resource);`);
    for (let i = 0; i < 10; i++) expect((await wake('refused', {}, { policy: no })).of(path)?.status).toBe('dormant');
    expect(await entriesOf(path, 'wake')).toHaveLength(4);
    expect((await wake('refused')).of(path)?.status).toBe('terminated');
  });

  test('a condition that always holds wakes it once for each look, however often it sleeps again', async () => {
    const again = propose.sleep([{ tag: 'instant', val: 0 }]);
    const path = await sleeper('always/one', [{ tag: 'instant', val: 0 }], { '*': again });
    for (const cycles of [3, 5]) {
      const { of, lines, settled } = await wake('always');
      expect(of(path)).toMatchObject({ state: 'woke', status: 'dormant' });
      expect([lines.length, settled]).toEqual([1, true]);
      expect((await world.node().show(path)).state.cycle).toBe(cycles);
    }
  });

  test('a clock that goes back wakes nothing twice, and makes no time pass', async () => {
    world.time = START + 10 * DAY;
    const path = await sleeper('back/one', [{ tag: 'elapsed', val: DAY }]);
    world.time = START;
    expect((await wake('back')).of(path)).toMatchObject({ state: 'asleep', wakesAt: START + 11 * DAY });
    world.time = START + 11 * DAY;
    expect((await wake('back')).of(path)).toMatchObject({ state: 'woke' });
    world.time = START;
    expect((await wake('back')).of(path)).toMatchObject({ state: 'ended' });
  });
});

describe('what cannot be woken', () => {
  test('what this node may not evaluate at all is said, and stays as it is', async () => {
    const path = await sleeper('denied/one', [{ tag: 'instant', val: 0 }]);
    const before = readFileSync(path);
    const no = policySet(`${PERMIT_ALL} forbid(principal, action == Action::"evaluate", resource);`);
    const { of, lines } = await wake('denied', {}, { policy: no });
    expect(of(path)).toMatchObject({ state: 'refused', status: 'refused', message: expect.stringContaining('policy') });
    expect(lines).toHaveLength(1);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('a broken object is named and passed over, and the others wake', async () => {
    const good = await sleeper('bad/good', [{ tag: 'instant', val: 0 }]);
    const bytes = readFileSync(good);
    const broken = world.path('bad/broken');
    writeFileSync(broken, bytes.with(bytes.length - 90, (bytes.at(-90) ?? 0) ^ 1));
    const torn = world.path('bad/torn');
    writeFileSync(torn, bytes.subarray(0, 40));
    writeFileSync(world.path('bad/empty'), '');
    mkdirSync(world.path('bad/folder'));
    symlinkSync('/dev/zero', world.path('bad/link'));
    const { of, lines } = await wake('bad');
    expect(of(good)).toMatchObject({ state: 'woke', status: 'terminated' });
    expect(of(broken)).toMatchObject({ state: 'broken', message: expect.stringContaining('entry') });
    expect(of(torn)).toMatchObject({ state: 'broken' });
    expect(of(world.path('bad/empty'))).toMatchObject({ state: 'broken' });
    expect(lines).toHaveLength(4);
    expect(readFileSync(torn)).toHaveLength(40);
  });

  test('one that a crash left torn behind its last seal is no broken one', async () => {
    const path = await sleeper('torn/one', [{ tag: 'instant', val: START + DAY }]);
    const bytes = readFileSync(path);
    const copy = world.path('torn-2/copy');
    mkdirSync(dirname(copy));
    copyFileSync(path, copy);
    await world.node().signal(copy, 'go', 'x'.repeat(100));
    const torn = readFileSync(copy).subarray(0, bytes.length + 120);
    writeFileSync(path, torn);
    expect((await wake('torn')).of(path)).toMatchObject({ state: 'asleep', message: null });
    world.time += DAY;
    expect((await wake('torn')).of(path)).toMatchObject({ state: 'woke', status: 'terminated' });
    expect(await world.node().verify(path)).toMatchObject({ ok: true });
  });

  test('of two files that are one object neither is run: they would part', async () => {
    const one = await sleeper('twice/one', [{ tag: 'instant', val: 0 }]);
    const two = world.path('twice/two');
    copyFileSync(one, two);
    const { of } = await wake('twice', {}, { runner: NO_SANDBOX });
    expect(of(one)).toMatchObject({
      state: 'twice',
      message: expect.stringContaining('two.sojourn is the same object'),
    });
    expect(of(two)).toMatchObject({ state: 'twice' });
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
  });

  test('an object is not told of a child that is not its own', async () => {
    const parent = await sleeper('claim/parent', [{ tag: 'signal', val: 'x' }], { 3: propose.finish() });
    const other = await sleeper('claim-2/other', [], {
      1: delegate('part', { '*': propose.finish() }),
      2: propose.finish(),
    });
    const id = (await world.node().show(other)).state.children.get('part')?.id;
    const stray = world.path(`claim/${id}`);
    copyFileSync(world.path(`claim-2/${id}`), stray);
    await world.node().run(stray);
    expect((await wake('claim')).of(parent)).toMatchObject({ state: 'asleep', told: [] });
  });

  test('what another process holds is left to it', async () => {
    const path = await sleeper('busy/one', [{ tag: 'instant', val: 0 }]);
    const held = await createFileStore().open(path);
    try {
      expect((await wake('busy')).of(path)).toMatchObject({ state: 'busy' });
    } finally {
      await held.close();
    }
    expect((await wake('busy')).of(path)).toMatchObject({ state: 'woke' });
  });

  test('a folder with more objects than the bound is refused', async () => {
    await sleeper('many/one', [{ tag: 'signal', val: 'x' }]);
    copyFileSync(world.path('many/one'), world.path('many/two'));
    await expect(listObjects(join(world.folder, 'many'), 1)).rejects.toMatchObject({ code: 'object.limit' });
    await expect(listObjects(join(world.folder, 'none'), 1)).rejects.toMatchObject({ code: 'store.missing' });
  });
});
