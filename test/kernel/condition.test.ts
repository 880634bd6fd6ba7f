import { describe, expect, test } from 'vitest';
import { parseCondition, settleCondition } from '../../host/kernel/condition.ts';
import type { ConditionDraft } from '../../host/kernel/condition.ts';
import { createState } from '../../host/object/fold.ts';
import type { State } from '../../host/object/state.ts';
import { filled, sampleGenesis } from '../object/builder.ts';

const FACETS = { policy: 'p', node: 'n', zone: 'eu', capabilities: 'c' };
const CHILD = 'c'.repeat(64);

function state(parent: boolean): State {
  const genesis = sampleGenesis(null);
  const link = { id: filled(32, 3), seq: 4, generation: 1, name: 'me' };
  const context = { ...genesis.context, parent: parent ? link : null };
  const made = createState({ ...genesis, context }, filled(32, 1));
  return {
    ...made,
    children: new Map([['part', { seq: 9, id: CHILD, status: 'running', told: 9, carved: {}, end: null }]]),
  };
}

function settle(draft: ConditionDraft, parent = false) {
  return settleCondition(draft, state(parent), FACETS);
}

function other(object: string): ConditionDraft {
  return { tag: 'object', object, state: 'ended', seq: 0 };
}

describe('a condition, when the object falls asleep', () => {
  test('keeps what the surroundings are now', () => {
    const draft: ConditionDraft = { tag: 'group', need: 1, members: [{ tag: 'context', facet: 'zone' }] };
    expect(settle(draft)).toEqual({
      ok: true,
      condition: { tag: 'group', need: 1, members: [{ tag: 'context', facet: 'zone', was: 'eu' }] },
    });
  });

  test('keeps ids in place of names', () => {
    const bytes = (digit: number) =>
      expect.objectContaining({ condition: expect.objectContaining({ id: filled(32, digit) }) });
    expect(settle(other('child:part'))).toEqual(bytes(0xcc));
    expect(settle(other('parent'), true)).toEqual(bytes(3));
    expect(settle(other('ab'.repeat(32)))).toEqual(bytes(0xab));
  });

  test.each([
    ['a child that it never had', other('child:other')],
    ['a name that every map inherits', other('child:constructor')],
    ['a parent that it has not', other('parent')],
    ['its own end', other('01'.repeat(32))],
  ])('is refused where it waits for %s', (_what, draft) => {
    expect(settle(draft)).toMatchObject({ ok: false, message: expect.stringMatching(/^condition: expected/) });
  });
});

describe('conditions as a proposal gives them', () => {
  test('outcomes are of the classes whose flags are set, in one order', () => {
    const classes = { nodeLoss: true, failure: true, success: false, __proto__: { partial: true } };
    expect(parseCondition([{ tag: 'outcomes', val: { classes, count: 2 } }], 8)).toEqual({
      ok: true,
      condition: { tag: 'outcomes', classes: ['failure', 'node-loss'], count: 2 },
    });
  });

  const leaf = { tag: 'signal', val: 'a' };

  test('a flat list becomes a tree', () => {
    const list = [{ tag: 'group', val: { need: 1, members: [1, 2] } }, leaf, { tag: 'elapsed', val: 5 }];
    expect(parseCondition(list, 8)).toEqual({
      ok: true,
      condition: {
        tag: 'group',
        need: 1,
        members: [
          { tag: 'signal', name: 'a' },
          { tag: 'elapsed', ms: 5 },
        ],
      },
    });
  });

  test.each([
    ['nothing', []],
    ['too many nodes', Array.from({ length: 9 }, () => leaf)],
    ['a group that names itself', [{ tag: 'group', val: { need: 1, members: [0] } }]],
    [
      'a member that two groups share',
      [{ tag: 'group', val: { need: 1, members: [1, 2] } }, { tag: 'group', val: { need: 1, members: [2] } }, leaf],
    ],
    ['a node that no group names', [leaf, leaf]],
    ['a need of none', [{ tag: 'group', val: { need: 0, members: [1] } }, leaf]],
    ['a need of more than there are', [{ tag: 'group', val: { need: 2, members: [1] } }, leaf]],
    ['a negative time', [{ tag: 'elapsed', val: -1 }]],
    ['a time beyond 2^53', [{ tag: 'instant', val: 2 ** 60 }]],
    ['a signal name with a capital', [{ tag: 'signal', val: 'Approval' }]],
    ['an unknown variant', [{ tag: 'always', val: null }]],
    ['a count of none', [{ tag: 'outcomes', val: { classes: {}, count: 0 } }]],
    ['a count without classes', [{ tag: 'outcomes', val: { count: 1 } }]],
    ['a facet that does not exist', [{ tag: 'context', val: 'weather' }]],
    ['an id in capitals', [{ tag: 'object', val: { object: 'A'.repeat(64), state: 'ended', seq: 0 } }]],
    ['an id that is too short', [{ tag: 'object', val: { object: 'a'.repeat(63), state: 'ended', seq: 0 } }]],
    ['a child without a name', [{ tag: 'object', val: { object: 'child:', state: 'ended', seq: 0 } }]],
    ['a state that does not exist', [{ tag: 'object', val: { object: 'parent', state: 'asleep', seq: 0 } }]],
    ['a position of an end', [{ tag: 'object', val: { object: 'parent', state: 'ended', seq: 3 } }]],
  ])('%s is refused', (_what, list) => {
    expect(parseCondition(list, 8)).toMatchObject({ ok: false });
  });
});
