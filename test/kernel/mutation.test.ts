import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mutateIntent, mutationActions } from '../../host/kernel/mutation.ts';
import type { Action } from '../../host/kernel/proposal.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createState } from '../../host/object/fold.ts';
import { intentDigest } from '../../host/object/intent.ts';
import type { Intent } from '../../host/object/model.ts';
import type { State } from '../../host/object/state.ts';
import { parseJson } from '../../host/json.ts';
import { isMap } from '../../host/value.ts';
import type { ValueMap } from '../../host/value.ts';
import { filled, sampleGenesis } from '../object/builder.ts';

type Mutation = Extract<Action, { name: 'mutation' }>;

const LIMITS = DEFAULT_LIMITS.object;
const intent: Intent = { kind: 'buy', goal: 'Buy ten chairs', input: { n: 10 }, constraints: { max: 100 } };

function mutation(part: Partial<Mutation>): Mutation {
  return {
    name: 'mutation',
    kind: 'constrain',
    task: 'buy',
    goal: intent.goal,
    constraints: intent.constraints,
    ...part,
  };
}

function stateOf(now: Intent, first: Intent = now, between: readonly Intent[] = []): State {
  const state = createState(sampleGenesis(null, { intent: first }), filled(32, 1));
  const gone = now === first ? between : [...between, now];
  return {
    ...state,
    intent: now,
    steps: gone.map((one, index) => ({ seq: 3 + index * 5, digest: intentDigest(one) })),
  };
}

function mutate(part: Partial<Mutation>, state = stateOf(intent), limits = LIMITS) {
  return mutateIntent(state, mutation(part), limits);
}

/** As a guest's JSON is read: its names are the object's own, whatever they are. */
function json(text: string): ValueMap {
  const parsed = parseJson(text, 1_000_000);
  if (!parsed.ok || !isMap(parsed.value)) throw new Error(text);
  return parsed.value;
}

describe('mutation of an intent', () => {
  test.each<[string, Partial<Mutation>, Partial<Intent>]>([
    ['constrain adds', { constraints: { max: 100, colour: 'red' } }, { constraints: { max: 100, colour: 'red' } }],
    ['refine restates the goal', { kind: 'refine', goal: 'Buy ten red chairs' }, { goal: 'Buy ten red chairs' }],
    ['expand takes another goal', { kind: 'expand', goal: 'Buy all' }, { goal: 'Buy all' }],
    ['expand widens a constraint', { kind: 'expand', constraints: { max: 200 } }, { constraints: { max: 200 } }],
    ['expand drops a constraint', { kind: 'expand', constraints: {} }, { constraints: {} }],
    ['reclassify takes another kind', { kind: 'reclassify', task: 'lease' }, { kind: 'lease' }],
    [
      'reclassify may change the rest with it',
      { kind: 'reclassify', task: 'lease', goal: 'Lease', constraints: { months: 3 } },
      { kind: 'lease', goal: 'Lease', constraints: { months: 3 } },
    ],
  ])('%s, and leaves the rest alone', (_what, part, change) => {
    expect(mutate(part)).toEqual({ ok: true, after: { ...intent, ...change } });
  });

  test('keys of a constraint may come in another order', () => {
    const before = { ...intent, constraints: { a: { x: 1, y: 2 } } };
    expect(mutate({ constraints: { b: 1, a: { y: 2, x: 1 } } }, stateOf(before))).toMatchObject({ ok: true });
  });

  test.each<[string, Partial<Mutation>]>([
    ['a changed constraint', { constraints: { max: 200, colour: 'red' } }],
    ['a dropped constraint', { constraints: { colour: 'red', size: 1 } }],
    ['a constrain that adds nothing', {}],
    ['a constrain with another goal', { goal: 'x', constraints: { max: 100, a: 1 } }],
    ['a refine with new constraints', { kind: 'refine', goal: 'x', constraints: { max: 100, a: 1 } }],
    ['a refine that changes nothing', { kind: 'refine' }],
    ['another kind of task', { task: 'sell', constraints: { max: 100, a: 1 } }],
    ['an expansion that only adds', { kind: 'expand', constraints: { max: 100, a: 1 } }],
    ['an expansion to another kind', { kind: 'expand', task: 'sell', goal: 'Sell' }],
    ['a reclassification to the same kind', { kind: 'reclassify', goal: 'x' }],
  ])('%s is refused', (_what, part) => {
    expect(mutate(part)).toMatchObject({ ok: false, reason: 'mutation' });
  });

  test.each<[string, string, string]>([
    ['a name with a look-alike in it', '{"max":100}', '{"mаx":100}'],
    ['another case', '{"max":100}', '{"Max":100,"a":1}'],
    ['a name in another normal form', '{"caf\u00e9":1}', '{"cafe\u0301":1,"a":1}'],
    ['a blank at its end', '{"max":100}', '{"max ":100,"a":1}'],
    ['__proto__ in its place', '{"max":100}', '{"__proto__":{"max":100},"a":1}'],
    ['a prototype that stands for it', '{"__proto__":{}}', '{"a":1}'],
    ['what every map inherits', '{"constructor":null,"toString":null}', '{"a":1,"b":2,"c":3}'],
    ['a value of another type', '{"max":"100"}', '{"max":100,"a":1}'],
    ['a longer list', '{"in":["eu"]}', '{"in":["eu","us"],"a":1}'],
    ['null', '{"max":100}', '{"max":null,"a":1}'],
  ])('a constraint does not go away for %s', (_trick, before, after) => {
    const state = stateOf({ ...intent, constraints: json(before) });
    expect(mutate({ constraints: json(after) }, state)).toMatchObject({ ok: false, reason: 'mutation' });
    const refined = mutate({ kind: 'refine', goal: 'x', constraints: json(after) }, state);
    expect(refined).toMatchObject({ ok: false, reason: 'mutation' });
  });

  test('whatever is proposed, only an expansion or another kind loses a constraint', () => {
    const key = fc.constantFrom('max', 'mаx', '__proto__', 'constructor', 'a');
    const constraints = fc
      .array(fc.tuple(key, fc.constantFrom(1, 2, null, {})), { maxLength: 4 })
      .map((members) => json(JSON.stringify(Object.fromEntries(new Map(members)))));
    const kind = fc.constantFrom('refine' as const, 'constrain' as const);
    fc.assert(
      fc.property(constraints, constraints, kind, fc.boolean(), (before, after, one, restated) => {
        const goal = restated ? 'other' : intent.goal;
        const result = mutate({ kind: one, goal, constraints: after }, stateOf({ ...intent, constraints: before }));
        if (!result.ok) return;
        const kept = new Map(
          Object.entries(result.after.constraints).map(([name, value]) => [name, JSON.stringify(value)]),
        );
        for (const [name, value] of Object.entries(before)) expect(kept.get(name)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('an intent that it had before is refused, the first and the present ones too', () => {
    const other = { ...intent, goal: 'Buy eleven chairs' };
    const back = mutate({ kind: 'refine', goal: intent.goal }, stateOf(other, intent));
    expect(back).toMatchObject({ ok: false, reason: 'mutation-cycle' });
    const third = { ...intent, goal: 'Buy twelve chairs' };
    const between = mutate({ kind: 'refine', goal: other.goal }, stateOf(third, intent, [other]));
    expect(between).toMatchObject({ ok: false, reason: 'mutation-cycle' });
    expect(mutate({ kind: 'refine', goal: 'Buy a stool' }, stateOf(third, intent, [other]))).toMatchObject({
      ok: true,
    });
  });

  test('their number and their size are bounded', () => {
    const many = stateOf(intent, intent, [{ ...intent, goal: 'a' }]);
    expect(mutate({ kind: 'refine', goal: 'x' }, many, { ...LIMITS, mutations: 1 })).toMatchObject({
      ok: false,
      reason: 'limit',
      bound: 'mutations',
    });
    expect(mutate({ kind: 'refine', goal: 'x'.repeat(LIMITS.intentBytes) })).toMatchObject({
      ok: false,
      reason: 'limit',
      bound: 'intentBytes',
    });
  });
});

describe('what authority is asked', () => {
  test.each<[string, Partial<Mutation>, readonly string[]]>([
    ['a constraint more', { constraints: { max: 100, a: 1 } }, ['mutation']],
    ['another goal', { kind: 'refine', goal: 'x' }, ['mutation']],
    ['an expansion', { kind: 'expand', goal: 'x' }, ['mutation', 'mutation.expand']],
    ['another kind', { kind: 'reclassify', task: 'sell', goal: 'x' }, ['mutation', 'mutation.reclassify']],
    [
      'another kind that drops a constraint',
      { kind: 'reclassify', task: 'sell', constraints: {} },
      ['mutation', 'mutation.reclassify', 'mutation.expand'],
    ],
  ])('for %s', (_what, part, actions) => {
    expect(mutationActions(intent, mutation(part))).toEqual(actions);
  });
});
