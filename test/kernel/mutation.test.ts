import { describe, expect, test } from 'vitest';
import { mutateIntent } from '../../host/kernel/mutation.ts';
import type { Action } from '../../host/kernel/proposal.ts';
import type { Intent } from '../../host/object/model.ts';

const intent: Intent = { kind: 'buy', goal: 'Buy ten chairs', input: { n: 10 }, constraints: { max: 100 } };

function mutation(part: Partial<Extract<Action, { name: 'mutation' }>>): Extract<Action, { name: 'mutation' }> {
  return {
    name: 'mutation',
    kind: 'constrain',
    task: 'buy',
    goal: intent.goal,
    constraints: intent.constraints,
    ...part,
  };
}

describe('mutation of an intent', () => {
  test('constrain adds, and leaves input and kind alone', () => {
    const result = mutateIntent(intent, mutation({ constraints: { max: 100, colour: 'red' } }), 0, 8);
    expect(result).toEqual({ ok: true, after: { ...intent, constraints: { max: 100, colour: 'red' } } });
  });

  test('refine restates the goal', () => {
    expect(mutateIntent(intent, mutation({ kind: 'refine', goal: 'Buy ten red chairs' }), 0, 8)).toMatchObject({
      ok: true,
    });
  });

  test('keys of a constraint may come in another order', () => {
    const before = { ...intent, constraints: { a: { x: 1, y: 2 } } };
    expect(mutateIntent(before, mutation({ constraints: { b: 1, a: { y: 2, x: 1 } } }), 0, 8)).toMatchObject({
      ok: true,
    });
  });

  test.each([
    ['a changed constraint', mutation({ constraints: { max: 200, colour: 'red' } }), 'mutation'],
    ['a dropped constraint', mutation({ constraints: { colour: 'red', size: 1 } }), 'mutation'],
    ['a constrain that adds nothing', mutation({}), 'mutation'],
    ['a constrain with another goal', mutation({ goal: 'x', constraints: { max: 100, a: 1 } }), 'mutation'],
    [
      'a refine with new constraints',
      mutation({ kind: 'refine', goal: 'x', constraints: { max: 100, a: 1 } }),
      'mutation',
    ],
    ['a refine that changes nothing', mutation({ kind: 'refine' }), 'mutation'],
    ['another kind of task', mutation({ task: 'sell', constraints: { max: 100, a: 1 } }), 'mutation'],
    ['an expansion', mutation({ kind: 'expand', goal: 'Buy all' }), 'mutation-kind'],
    ['a reclassification', mutation({ kind: 'reclassify', task: 'sell' }), 'mutation-kind'],
  ])('%s is refused', (_what, action, reason) => {
    expect(mutateIntent(intent, action, 0, 8)).toMatchObject({ ok: false, reason });
  });

  test('their number is bounded', () => {
    expect(mutateIntent(intent, mutation({ constraints: { max: 100, a: 1 } }), 8, 8)).toMatchObject({
      ok: false,
      reason: 'limit',
    });
  });
});
