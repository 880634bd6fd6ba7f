import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after, all, any, at, atLeast, days, hours, minutes, seconds, signal } from '../../guest/sdk/condition.ts';
import type { Condition } from '../../guest/sdk/condition.ts';
import { flattenCondition } from '../../guest/sdk/encode-condition.ts';
import { encodeRequest } from '../../guest/sdk/encode-request.ts';
import { encodeProposal } from '../../guest/sdk/encode.ts';
import { decodeJson, encodeJson } from '../../guest/sdk/json.ts';
import { delegate, execute, finish, sleep } from '../../guest/sdk/proposal.ts';
import { describeFailure, normaliseStack } from '../../guest/sdk/stack.ts';

const INTENT = { intent: { kind: 'k', goal: 'g', input: null, constraints: {} } };

describe('flattenCondition', () => {
  const leaf: fc.Arbitrary<Condition> = fc.oneof(
    fc.nat().map(at),
    fc.nat().map(after),
    fc.string({ minLength: 1 }).map(signal),
  );
  const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc
        .array(tie('tree'), { minLength: 1, maxLength: 4 })
        .chain((members) => fc.integer({ min: 1, max: members.length }).map((need) => atLeast(need, ...members))),
    ),
  }));

  it('puts each group before its members, and loses nothing', () => {
    fc.assert(
      fc.property(tree, (condition) => {
        const nodes = flattenCondition(condition);
        const rebuild = (index: number): Condition => {
          const node = nodes[index]!;
          if (node.tag === 'instant') return { tag: 'instant', at: Number(node.val) };
          if (node.tag === 'elapsed') return { tag: 'elapsed', ms: Number(node.val) };
          if (node.tag === 'signal') return { tag: 'signal', name: node.val };
          if (node.tag !== 'group') throw new Error(`expected a leaf that was made here, found ${node.tag}`);
          expect([...node.val.members].every((member) => member > index)).toBe(true);
          return { tag: 'group', need: node.val.need, members: [...node.val.members].map(rebuild) };
        };
        expect(rebuild(0)).toEqual(condition);
      }),
    );
  });

  it('reads times and lengths', () => {
    expect([seconds(2), minutes(2), hours(2), days(2)]).toEqual([2_000, 120_000, 7_200_000, 172_800_000]);
    expect(at(new Date(5))).toEqual({ tag: 'instant', at: 5 });
    expect(any(signal('a'), signal('b'))).toMatchObject({ need: 1 });
    expect(all(signal('a'), signal('b'))).toMatchObject({ need: 2 });
  });

  it.each([
    [() => after(-1)],
    [() => after(0.5)],
    [() => at(Number.NaN)],
    [() => at(new Date('x'))],
    [() => signal('')],
    [() => any()],
    [() => atLeast(3, signal('a'))],
  ])('refuses %o', (build) => {
    expect(build).toThrow(RangeError);
  });
});

describe('encodeRequest', () => {
  it('sends JSON with its content type, and what the author gave in its place', () => {
    expect(encodeRequest({ url: 'http://h/', json: { a: 'é' } })).toEqual({
      method: 'POST',
      url: 'http://h/',
      headers: [{ name: 'content-type', value: 'application/json' }],
      body: new TextEncoder().encode('{"a":"é"}'),
      repetition: 'keyed',
    });
    const { headers } = encodeRequest({ url: 'http://h/', json: 1, headers: { 'Content-Type': 'application/x+json' } });
    expect(headers).toEqual([{ name: 'content-type', value: 'application/x+json' }]);
  });

  it.each([
    [{}, 'GET', 'safe'],
    [{ method: 'head' }, 'HEAD', 'safe'],
    [{ method: 'DELETE' }, 'DELETE', 'keyed'],
    [{ body: 'x' }, 'POST', 'keyed'],
    [{ method: 'PATCH', body: 'x', repetition: 'never' as const }, 'PATCH', 'never'],
  ])('takes %o as %s, %s', (rest, method, repetition) => {
    expect(encodeRequest({ url: 'http://h/', ...rest })).toMatchObject({ method, repetition });
  });

  it('refuses two bodies', () => {
    expect(() => encodeRequest({ url: 'http://h/', json: 1, body: 'x' })).toThrow(TypeError);
  });
});

describe('encodeJson', () => {
  it('keeps JSON values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decodeJson(encodeJson(value, 'v'))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([[undefined], [() => 1], [Number.NaN], [{ a: [Number.POSITIVE_INFINITY] }], [5n]])('refuses %o', (value) => {
    expect(() => encodeJson(value, 'v')).toThrow(TypeError);
  });
});

describe('encodeProposal', () => {
  it('refuses a confidence outside 0 to 1, and a proposal without rationale', () => {
    const step = { step: 's', commit: 1, rationale: 'r' };
    expect(() => execute({ ...step, confidence: 1.5 })).toThrow(RangeError);
    expect(() => execute({ ...step, confidence: Number.NaN })).toThrow(RangeError);
    const silent = execute({ step: 's', commit: 1 } as Parameters<typeof execute>[0]);
    expect(() => encodeProposal(silent, INTENT)).toThrow('proposal: expected a rationale, found undefined');
  });

  it('refuses what JSON or the contract cannot carry', () => {
    expect(() => encodeProposal(finish(undefined), INTENT)).toThrow(TypeError);
    const child = delegate({
      name: 'c',
      kind: 'k',
      goal: 'g',
      input: 1,
      budgets: [{ name: 'fuel', limit: -1 }],
      rationale: 'r',
    });
    expect(() => encodeProposal(child, INTENT)).toThrow(RangeError);
    const endless = sleep({ until: { tag: 'elapsed', ms: 2 ** 60 }, rationale: 'r' });
    expect(() => encodeProposal(endless, INTENT)).toThrow(RangeError);
  });
});

describe('normaliseStack', () => {
  const FRAMES = ['    at deep (handler.js:826:45)', '    at handler.js:830:36'].join('\n');

  it('reads stacks of QuickJS', () => {
    const stack =
      '    at deep (componentize-qjs:user.js:826:45)\n    at <anonymous> (componentize-qjs:user.js:830:36)\n    at call (native)\n';
    expect(normaliseStack(stack)).toBe(FRAMES);
  });

  it('reads stacks of StarlingMonkey, and leaves its glue out', () => {
    expect(
      normaliseStack('deep@source.js:826:45\n@source.js:830:36\nexport_handle@x/sources/initializer.js:1472:29\n'),
    ).toBe(FRAMES);
  });

  it('tells causes, and stops where they go round', () => {
    const error = new Error('a');
    error.cause = error;
    const { message, stack } = describeFailure(error);
    expect(message).toBe('Error: a');
    expect(stack.split('\n').filter((line) => line === 'caused by Error: a')).toHaveLength(4);
    expect(
      describeFailure({
        toString: () => {
          throw error;
        },
      }).message,
    ).toBe('a value that has no text was thrown');
  });
});
