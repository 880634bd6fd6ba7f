import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkWake, nextWakeTime } from '../../host/kernel/wake.ts';
import type { WakeInputs } from '../../host/kernel/wake.ts';
import type { Condition } from '../../host/object/model.ts';
import type { SignalNote } from '../../host/object/state.ts';

const DAY = 86_400_000;

const NOTHING: WakeInputs = {
  now: 0,
  since: 0,
  signals: [],
  outcomes: [],
  objects: new Map(),
  facets: { policy: 'p', node: 'n', zone: 'z', capabilities: 'c' },
};

function signal(seq: number, name: string): SignalNote {
  return { seq, time: 0, node: 'n', name, key: `k${seq}` };
}

function check(condition: Condition, now: number, signals: readonly SignalNote[] = []) {
  return checkWake(condition, { ...NOTHING, now, since: 1000, signals });
}

describe('wake conditions', () => {
  test('an instant holds from its time on', () => {
    expect(check({ tag: 'instant', at: 5000 }, 4999).satisfied).toBe(false);
    expect(check({ tag: 'instant', at: 5000 }, 5000).satisfied).toBe(true);
  });

  test('elapsed counts from falling asleep, and a clock that went back makes no time pass', () => {
    expect(check({ tag: 'elapsed', ms: DAY }, 1000 + DAY - 1).satisfied).toBe(false);
    expect(check({ tag: 'elapsed', ms: DAY }, 1000 + DAY).satisfied).toBe(true);
    expect(check({ tag: 'elapsed', ms: DAY }, 0).satisfied).toBe(false);
  });

  test('a year passes by injected time', () => {
    expect(check({ tag: 'elapsed', ms: 365 * DAY }, 1000 + 365 * DAY).satisfied).toBe(true);
  });

  test('a signal holds by exact name, * by any', () => {
    expect(check({ tag: 'signal', name: 'approval' }, 0, [signal(7, 'approvals')]).satisfied).toBe(false);
    expect(check({ tag: 'signal', name: 'approval' }, 0, [signal(7, 'approval')])).toEqual({
      satisfied: true,
      because: [7],
    });
    expect(check({ tag: 'signal', name: '*' }, 0, [signal(7, 'x'), signal(9, 'y')])).toEqual({
      satisfied: true,
      because: [7, 9],
    });
  });

  test('a group needs so many of its members, and names each signal once', () => {
    const either: Condition = { tag: 'signal', name: '*' };
    const both: Condition = {
      tag: 'group',
      need: 2,
      members: [either, { tag: 'signal', name: 'a' }, { tag: 'instant', at: 9 }],
    };
    expect(check(both, 0, [signal(3, 'b')]).satisfied).toBe(false);
    expect(check(both, 0, [signal(3, 'a')])).toEqual({ satisfied: true, because: [3] });
  });

  test('two conditions met at once wake it once, with both named', () => {
    const any: Condition = {
      tag: 'group',
      need: 1,
      members: [
        { tag: 'signal', name: 'a' },
        { tag: 'elapsed', ms: 1 },
      ],
    };
    expect(check(any, 9999, [signal(3, 'a')])).toEqual({ satisfied: true, because: [3] });
  });

  test('the next wake time is the need-th earliest of a group', () => {
    const members: Condition[] = [
      { tag: 'instant', at: 30 },
      { tag: 'elapsed', ms: 10 },
      { tag: 'signal', name: 'a' },
    ];
    expect(nextWakeTime({ tag: 'group', need: 1, members }, { ...NOTHING, since: 5 })).toBe(15);
    expect(nextWakeTime({ tag: 'group', need: 2, members }, { ...NOTHING, since: 5 })).toBe(30);
    expect(nextWakeTime({ tag: 'group', need: 3, members }, { ...NOTHING, since: 5 })).toBeNull();
  });

  test('the next wake time is the first time at which the condition holds without signals', () => {
    const time = fc.integer({ min: 0, max: 50 });
    const leaf = fc.oneof(
      time.map((at): Condition => ({ tag: 'instant', at })),
      time.map((ms): Condition => ({ tag: 'elapsed', ms })),
      fc.constant<Condition>({ tag: 'signal', name: 'never' }),
    );
    const tree = fc.letrec<{ node: Condition }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc
          .tuple(fc.array(tie('node'), { minLength: 1, maxLength: 4 }), fc.nat(3))
          .map(([members, n]): Condition => ({ tag: 'group', need: (n % members.length) + 1, members })),
      ),
    })).node;
    fc.assert(
      fc.property(tree, (condition) => {
        const holds = Array.from({ length: 120 }, (_, now) => checkWake(condition, { ...NOTHING, now }).satisfied);
        const first = holds.indexOf(true);
        expect(nextWakeTime(condition, NOTHING)).toBe(first < 0 ? null : first);
      }),
    );
  });
});
