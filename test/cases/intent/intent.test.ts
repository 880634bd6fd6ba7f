/**
 * The way of an intent, whole: an object narrows what it is to do, asks for more at a node that does not allow it and at one that does,
 * becomes another task, and may not go back. Then anybody reads each step from its file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sojourn, sojournJson } from '../../cli/run-cli.ts';
import { createWorld, policySet } from '../../node/world.ts';
import type { World } from '../../node/world.ts';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import { nativeHash } from '../../../host/node/native.ts';
import { encodeEntry } from '../../../host/object/entry.ts';
import type { Entry } from '../../../host/object/model.ts';
import { intentDigest } from '../../../host/object/intent.ts';
import type { Value } from '../../../host/value.ts';

const OWN = `
  @id("life") permit(principal, action in [Action::"evaluate", Action::"termination"], resource);
  @id("change") permit(principal, action == Action::"mutation", resource);`;
const STRICT = policySet(OWN);
const WIDE = policySet(`${OWN}
  @id("more") permit(principal, action == Action::"mutation.expand", resource)
  when { context.trust.slope >= 900 };
  @id("other-task") permit(principal, action == Action::"mutation.reclassify", resource);`);

const START = { kind: 'buy', goal: 'Buy ten chairs', input: {}, constraints: { max: 100 } };
const LATE = { ...START, goal: 'Buy ten red chairs', constraints: { max: 100, colour: 'red' } };

function change(
  kind: string,
  intent: { readonly kind: string; readonly goal: string; readonly constraints: Value },
  rationale: string,
) {
  const { kind: task, goal, constraints } = intent;
  return { propose: { tag: 'mutation', val: { kind, task, goal, constraints } }, rationale };
}

const LATE_GOAL = { ...START, goal: LATE.goal };
const EXPANDED = { ...LATE, constraints: { max: 250, colour: 'red' } };
const LEASED = { ...EXPANDED, kind: 'lease', goal: 'Lease ten red chairs' };
const SCRIPT = {
  1: change('constrain', { ...START, constraints: LATE.constraints }, 'the customer wants red ones'),
  2: change('refine', LATE, 'say so'),
  3: change('expand', EXPANDED, 'none is that cheap'),
  4: change('expand', EXPANDED, 'none is that cheap'),
  5: change('reclassify', LEASED, 'nobody sells them'),
  6: change('reclassify', START, 'as it was'),
  7: change('reclassify', { ...LEASED, kind: 'buy', constraints: { colour: 'red' } }, 'any price'),
  8: { propose: { tag: 'termination', val: { achieved: true, result: null } }, report: true },
};

/** One cycle a run. */
const ONE = { ...DEFAULT_LIMITS, run: { ...DEFAULT_LIMITS.run, cycles: 1 } };

let world: World;
let path: string;
beforeAll(async () => {
  world = await createWorld();
  path = await world.object('chairs', SCRIPT, { intent: { ...START, input: SCRIPT } });
}, 240_000);
afterAll(() => world.close());

/** Runs one cycle and gives its outcome. */
async function cycle(policy: typeof STRICT) {
  const { outcomes } = await world.node({ policy, limits: ONE }).run(path);
  return outcomes.at(-1)!.body;
}

describe('an intent', () => {
  test('goes its way under policy, and never back', async () => {
    expect(await cycle(STRICT)).toMatchObject({ class: 'success', action: 'mutation' });
    expect(await cycle(STRICT)).toMatchObject({ class: 'success', action: 'mutation' });
    expect(await cycle(STRICT)).toMatchObject({ class: 'refusal', action: 'mutation', reason: 'no-permit' });
    expect(await cycle(WIDE)).toMatchObject({ class: 'success', action: 'mutation' });
    expect(await cycle(WIDE)).toMatchObject({ class: 'success', action: 'mutation' });
    expect(await cycle(WIDE)).toMatchObject({ class: 'refusal', reason: 'mutation-cycle' });
    // another task that drops a constraint is an expansion, too
    expect(await cycle(WIDE)).toMatchObject({ class: 'success', action: 'mutation' });
    expect(await cycle(STRICT)).toMatchObject({ class: 'success', action: 'termination' });
  }, 240_000);

  test('each step was permitted by the policies of all that it was', async () => {
    const { entries } = await world.node().show(path);
    const permits = entries.flatMap((entry) =>
      entry.kind === 'verdict' && entry.body.action === 'mutation' ? [entry.body.verdict.policies] : [],
    );
    expect(permits).toEqual([
      ['node:change'],
      ['node:change'],
      [],
      ['node:change', 'node:more'],
      ['node:change', 'node:other-task'],
      ['node:change', 'node:more', 'node:other-task'],
      ['node:change', 'node:more', 'node:other-task'],
    ]);
  }, 120_000);

  test('is read with every step from the file alone', async () => {
    const { json } = await sojournJson(['show', path, '--intent']);
    expect(json.original.intent).toMatchObject({ kind: 'buy', goal: 'Buy ten chairs', constraints: { max: 100 } });
    expect(json.steps.map((step: { mutation: string }) => step.mutation)).toEqual([
      'constrain',
      'refine',
      'expand',
      'reclassify',
      'reclassify',
    ]);
    expect(json.steps[2]).toMatchObject({
      cycle: 4,
      trigger: 'continued',
      because: null,
      reason: 'none is that cheap',
      policies: ['node:change', 'node:more'],
      before: { constraints: { max: 100, colour: 'red' } },
      after: { constraints: { max: 250, colour: 'red' } },
    });
    expect(json.steps.at(-1).after).toEqual(json.intent);
    const { stdout } = await sojourn(['show', path, '--intent']);
    expect(stdout).toContain('buy: Buy ten chairs');
    expect(stdout).toMatch(/^3 .* expand, at entry \d+ by node [0-9a-f]{8}$/m);
    expect(stdout).toContain('   - max = 100\n   + max = 250\n');
    expect(stdout).toContain('   - task: buy\n   + task: lease\n');
    expect(stdout).toMatch(/now\n {3}buy: Lease ten red chairs\n {3}with colour = "red"\n$/);
  }, 120_000);

  test('replays, and stays what the state says it is', async () => {
    const { state } = await world.node().show(path);
    expect(state.steps.at(-1)?.digest).toBe(intentDigest(state.intent));
    expect(state.genesis.intent.goal).toBe('Buy ten chairs');
    const verified = await world.node().verify(path, { replay: true });
    expect(verified).toMatchObject({ ok: true });
    expect(readFileSync(path).length).toBeLessThan(100_000);
  }, 120_000);
});

describe('a step that no seal covers yet', () => {
  // an unsealed tail is kept only where something may have left
  const tools = [{ name: 'note', repetition: 'never' as const, call: async () => null }];
  const CALLS = policySet(`${OWN} permit(principal, action == Action::"tools.call", resource);`);
  const script = {
    1: { calls: [['tools.call', { name: 'note', input: 1 }]], ...change('refine', LATE_GOAL, 'say so') },
    2: { propose: { tag: 'termination', val: { achieved: true, result: null } } },
  };

  const sizeOf = (entries: readonly Entry[]): number =>
    Buffer.concat(entries.map((entry) => encodeEntry(entry))).length;

  /** An object whose node stopped right behind the step: its bytes up to the last seal, and the entries behind that. */
  async function stopped(name: string) {
    const made = await world.object(name, script, { intent: { ...START, input: script } });
    await world.node({ policy: CALLS, limits: ONE, tools }).run(made);
    const { entries } = await world.node().show(made);
    const step = entries.findIndex(({ kind }) => kind === 'intent');
    const bytes = readFileSync(made);
    const cut = bytes.subarray(0, bytes.length - sizeOf(entries.slice(step + 1)));
    writeFileSync(made, cut);
    const tail = entries.slice(step - 5, step + 1);
    expect(tail.map(({ kind }) => kind)).toEqual(['open', 'call', 'result', 'proposal', 'verdict', 'intent']);
    expect(await world.node().show(made)).toMatchObject({ unsealed: 6 });
    return { made, sealed: cut.subarray(0, cut.length - sizeOf(tail)), tail };
  }

  test('is gone on with once', async () => {
    const { made } = await stopped('cut');
    expect(await world.node({ policy: CALLS, tools }).run(made)).toMatchObject({ status: 'terminated' });
    const { state, entries } = await world.node().show(made);
    expect(state.intent.goal).toBe(LATE_GOAL.goal);
    expect(state.steps).toHaveLength(1);
    expect(entries.filter(({ kind }) => kind === 'intent')).toHaveLength(1);
    expect(await world.node().verify(made, { replay: true })).toMatchObject({ ok: true });
  }, 120_000);

  test('is not gone on with where somebody put another in its place', async () => {
    const { made, sealed, tail } = await stopped('forged');
    const items = [sealed];
    let prev = tail[0]!.prev;
    for (const entry of tail) {
      const forged =
        entry.kind === 'intent'
          ? { ...entry, prev, body: { ...entry.body, after: { ...entry.body.after, goal: 'Buy everything' } } }
          : { ...entry, prev };
      const item = Buffer.from(encodeEntry(forged));
      items.push(item);
      prev = nativeHash(item);
    }
    writeFileSync(made, Buffer.concat(items));
    const { outcomes } = await world.node({ policy: CALLS, tools }).run(made);
    expect(outcomes[0]?.body).toMatchObject({ class: 'failure', reason: 'divergence' });
    const { state } = await world.node().show(made);
    expect(state.intent.goal).toBe(START.goal);
  }, 120_000);
});

test('steps that an archive holds are named, and none of them is come back to', async () => {
  const script = {
    1: change('refine', LATE_GOAL, 'say so'),
    2: change('constrain', LATE, 'the customer wants red ones'),
    3: change('reclassify', { ...LATE_GOAL, kind: 'lease' }, 'nobody sells them'),
    4: change('reclassify', LATE_GOAL, 'as it was'),
  };
  const made = await world.object('archived', script, { intent: { ...START, input: script } });
  const node = world.node({ policy: WIDE, limits: ONE });
  await node.run(made);
  await node.run(made);
  await node.archive(made, { to: `${made}.archive`, withoutHandler: false });
  await node.run(made);
  const { outcomes } = await node.run(made);
  expect(outcomes[0]?.body).toMatchObject({ class: 'refusal', reason: 'mutation-cycle' });
  const { json } = await sojournJson(['show', made, '--intent']);
  expect(json.steps).toMatchObject([
    { archived: true, digest: intentDigest({ ...LATE_GOAL, input: script }) },
    { archived: true },
    { archived: false, mutation: 'reclassify', after: { kind: 'lease' } },
  ]);
  const { stdout } = await sojourn(['show', made, '--intent']);
  expect(stdout).toMatch(/^1 {2}entry \d+ is in an archive; it led to [0-9a-f]{16}…$/m);
}, 120_000);
