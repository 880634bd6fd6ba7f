import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { withFacets } from '../../host/kernel/deferral.ts';
import { checkWake, nextWakeTime } from '../../host/kernel/wake.ts';
import type { WakeInputs } from '../../host/kernel/wake.ts';
import { conditionShape, OUTCOME_CLASSES } from '../../host/object/condition.ts';
import type { Known, OutcomeNote } from '../../host/object/known.ts';
import type { Condition, OutcomeClass } from '../../host/object/model.ts';
import type { Verdict } from '../../host/object/model.ts';
import { filled } from '../object/builder.ts';

const FACETS = { policy: 'p1', node: 'n1', zone: 'eu', capabilities: 'c1' };
const NOTHING: WakeInputs = { now: 0, since: 0, signals: [], outcomes: [], objects: new Map(), facets: FACETS };
const OBJECT = filled(32, 0xab);
const OBJECT_ID = 'ab'.repeat(32);

function note(seq: number, outcome: OutcomeClass, count = 1, own = false): OutcomeNote {
  return { seq, class: outcome, count, own };
}

function known(changes: Partial<Known> = {}): Known {
  const head = { seq: 7, at: 20, head: '', node: '', time: 0, cycle: 3, trust: 1000 };
  return { ...head, ended: null, last: null, cancelled: new Map(), spent: null, fork: null, ...changes };
}

function knowing(changes: Partial<Known>): WakeInputs {
  return { ...NOTHING, objects: new Map([[OBJECT_ID, known(changes)]]) };
}

function ended(achieved: boolean): Partial<Known> {
  return { ended: { achieved, class: 'success', seq: 9, item: 0, at: 19 } };
}

describe('a condition on outcomes', () => {
  const three: Condition = { tag: 'outcomes', classes: ['failure', 'timeout'], count: 3 };

  test('counts those of its classes, merged ones by their number', () => {
    const outcomes = [note(4, 'failure'), note(5, 'success'), note(6, 'timeout')];
    expect(checkWake(three, { ...NOTHING, outcomes }).satisfied).toBe(false);
    expect(checkWake(three, { ...NOTHING, outcomes: [...outcomes, note(8, 'failure', 5, true)] })).toEqual({
      satisfied: true,
      because: [4, 6, 8],
    });
  });

  test('of no class in particular counts all', () => {
    const outcomes = [note(4, 'failure'), note(5, 'success')];
    const any: Condition = { tag: 'outcomes', classes: [], count: 2 };
    expect(checkWake(any, { ...NOTHING, outcomes })).toEqual({ satisfied: true, because: [4, 5] });
  });
});

describe('a condition on the node', () => {
  test.each(['policy', 'node', 'zone', 'capabilities'] as const)('holds where the %s is another', (facet) => {
    expect(checkWake({ tag: 'context', facet, was: FACETS[facet] }, NOTHING).satisfied).toBe(false);
    expect(checkWake({ tag: 'context', facet, was: 'another' }, NOTHING)).toEqual({ satisfied: true, because: [] });
  });

  test('of a deferral is filled in with what the node is when it decides', () => {
    const wake: Condition = {
      tag: 'group',
      need: 1,
      members: [
        { tag: 'context', facet: 'policy', was: '' },
        { tag: 'signal', name: 'go' },
      ],
    };
    const verdict: Verdict = { verdict: 'defer', policies: [], reason: null, constraints: null, wake };
    const plain = {
      policyDigest: null,
      unusable: () => null,
      decide: () => verdict,
      cover: () => null,
      demandsReader: false,
    };
    const decided = withFacets(plain, () => FACETS).decide({} as never).wake;
    expect(decided).toEqual({ ...wake, members: [{ tag: 'context', facet: 'policy', was: 'p1' }, wake.members[1]] });
  });
});

describe('a condition on another object', () => {
  const of = (state: 'reached' | 'ended' | 'achieved', seq = 0): Condition => ({
    tag: 'object',
    id: OBJECT,
    state,
    seq,
  });

  test('does not hold while nothing is known of it', () => {
    for (const state of ['reached', 'ended', 'achieved'] as const)
      expect(checkWake(of(state), NOTHING)).toEqual({ satisfied: false, because: [] });
  });

  test('holds from the entry on that it names', () => {
    expect(checkWake(of('reached', 21), knowing({})).satisfied).toBe(false);
    expect(checkWake(of('reached', 20), knowing({}))).toEqual({ satisfied: true, because: [7] });
  });

  test('tells its end from its success', () => {
    expect(checkWake(of('ended'), knowing({})).satisfied).toBe(false);
    expect(checkWake(of('ended'), knowing(ended(false)))).toEqual({ satisfied: true, because: [9] });
    expect(checkWake(of('achieved'), knowing(ended(false))).satisfied).toBe(false);
    expect(checkWake(of('achieved'), knowing(ended(true)))).toEqual({ satisfied: true, because: [9] });
  });
});

describe('groups', () => {
  const nested = (depth: number): Condition =>
    depth === 0 ? { tag: 'instant', at: 5 } : { tag: 'group', need: 1, members: [nested(depth - 1)] };

  test('nest as deep as a condition has nodes, and no deeper', () => {
    const shape = conditionShape(DEFAULT_LIMITS.object.conditionNodes);
    const deepest = shape.read(shape.write(nested(63)));
    expect(checkWake(deepest, { ...NOTHING, now: 4 }).satisfied).toBe(false);
    expect(checkWake(deepest, { ...NOTHING, now: 5 }).satisfied).toBe(true);
    expect(nextWakeTime(deepest, NOTHING)).toBe(5);
    expect(() => shape.write(nested(64))).toThrow(/at most 64 nodes/);
  });

  test('that can never hold have no next wake time, and those that always hold held from the start', () => {
    const never: Condition = {
      tag: 'group',
      need: 2,
      members: [
        { tag: 'instant', at: 5 },
        { tag: 'signal', name: 'never' },
      ],
    };
    expect(checkWake(never, { ...NOTHING, now: Number.MAX_SAFE_INTEGER }).satisfied).toBe(false);
    expect(nextWakeTime(never, NOTHING)).toBeNull();
    const always: Condition = { tag: 'elapsed', ms: 0 };
    expect(checkWake(always, NOTHING).satisfied).toBe(true);
    expect(nextWakeTime(always, { ...NOTHING, since: 7 })).toBe(7);
  });
});

describe('the evaluator as a whole', () => {
  const NAMES = ['a', 'b', 'c'] as const;
  const ids = [OBJECT, filled(32, 0xcd)];
  const time = fc.integer({ min: 0, max: 40 });
  const leaf: fc.Arbitrary<Condition> = fc.oneof(
    time.map((at): Condition => ({ tag: 'instant', at })),
    time.map((ms): Condition => ({ tag: 'elapsed', ms })),
    fc.constantFrom('*', ...NAMES).map((name): Condition => ({ tag: 'signal', name })),
    fc
      .record({ classes: fc.subarray([...OUTCOME_CLASSES], { maxLength: 3 }), count: fc.integer({ min: 1, max: 4 }) })
      .map((rest): Condition => ({ tag: 'outcomes', ...rest })),
    fc
      .record({
        facet: fc.constantFrom('policy', 'node', 'zone', 'capabilities'),
        was: fc.constantFrom('p1', 'eu', 'x'),
      })
      .map((rest): Condition => ({ tag: 'context', ...rest })),
    fc
      .record({ id: fc.constantFrom(...ids), state: fc.constantFrom('reached', 'ended', 'achieved'), seq: time })
      .map((rest): Condition => ({ tag: 'object', ...rest })),
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
  const signals = fc
    .array(fc.tuple(fc.nat(60), fc.constantFrom(...NAMES)), { maxLength: 4 })
    .map((list) => list.map(([seq, name]) => ({ seq, time: 0, node: 'n', name, key: `k${seq}` })));
  const outcomes = fc
    .array(fc.tuple(fc.nat(60), fc.constantFrom(...OUTCOME_CLASSES), fc.integer({ min: 1, max: 3 })), { maxLength: 5 })
    .map((list) => list.map(([seq, outcome, count]) => note(seq, outcome, count)));
  const end = fc.option(fc.boolean()).map((achieved) => (achieved === null ? {} : ended(achieved)));
  const objects = fc
    .tuple(fc.nat(1), time, end)
    .map(([which, at, ending]) => new Map([[Buffer.from(ids[which]!).toString('hex'), known({ at, ...ending })]]));
  const inputs: fc.Arbitrary<WakeInputs> = fc.record({
    now: time,
    since: time,
    signals,
    outcomes,
    objects: fc.oneof(objects, fc.constant(new Map<string, Known>())),
    facets: fc.constant(FACETS),
  });

  /** Both at once: later, with the signals and outcomes of both, and what is known of objects grown. */
  function more(one: WakeInputs, two: WakeInputs): WakeInputs {
    const merged = new Map(one.objects);
    for (const [id, later] of two.objects) {
      const before = merged.get(id);
      merged.set(id, { ...later, at: Math.max(later.at, before?.at ?? 0), ended: before?.ended ?? later.ended });
    }
    return {
      ...one,
      now: Math.max(one.now, two.now),
      signals: [...one.signals, ...two.signals],
      outcomes: [...one.outcomes, ...two.outcomes],
      objects: merged,
    };
  }

  test('what holds goes on to hold with more evidence and later time', () => {
    fc.assert(
      fc.property(tree, inputs, inputs, (condition, one, two) => {
        if (checkWake(condition, one).satisfied) expect(checkWake(condition, more(one, two)).satisfied).toBe(true);
      }),
    );
  });

  test('the order of members, signals and outcomes is irrelevant', () => {
    const turned = (condition: Condition): Condition =>
      condition.tag === 'group' ? { ...condition, members: condition.members.map(turned).toReversed() } : condition;
    fc.assert(
      fc.property(tree, inputs, (condition, one) => {
        const other = { ...one, signals: one.signals.toReversed(), outcomes: one.outcomes.toReversed() };
        const [here, there] = [checkWake(condition, one), checkWake(turned(condition), other)];
        expect(there.satisfied).toBe(here.satisfied);
        expect(new Set(there.because)).toEqual(new Set(here.because));
      }),
    );
  });

  test('all of its members is every one of them, any is at least one', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 5 }), inputs, (members, one) => {
        const each = members.map((member) => checkWake(member, one).satisfied);
        const group = (need: number) => checkWake({ tag: 'group', need, members }, one).satisfied;
        expect(group(members.length)).toBe(each.every(Boolean));
        expect(group(1)).toBe(each.some(Boolean));
      }),
    );
  });

  test('the next wake time is the first at which it holds with the evidence that is there', () => {
    fc.assert(
      fc.property(tree, inputs, (condition, one) => {
        const times = Array.from({ length: 90 }, (_, step) => one.since + step);
        const first = times.find((now) => checkWake(condition, { ...one, now }).satisfied) ?? null;
        const next = nextWakeTime(condition, one);
        expect(next === null ? null : Math.max(next, one.since)).toBe(first);
      }),
    );
  });

  test('only entries that helped are named, each once', () => {
    fc.assert(
      fc.property(tree, inputs, (condition, one) => {
        const { because } = checkWake(condition, one);
        const seqs = [...one.signals, ...one.outcomes].map(({ seq }) => seq);
        const witnesses = [...one.objects.values()].flatMap(({ seq, ended: over }) => [seq, over?.seq ?? seq]);
        expect([...seqs, ...witnesses]).toEqual(expect.arrayContaining([...because]));
        if (condition.tag === 'group') expect(new Set(because).size).toBe(because.length);
      }),
    );
  });
});
