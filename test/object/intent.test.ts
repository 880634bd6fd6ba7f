import { describe, expect, it } from 'vitest';
import { encode } from '../../host/object/codec.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { intentShape } from '../../host/object/genesis.ts';
import { intentDigest } from '../../host/object/intent.ts';
import type { Intent, IntentBody } from '../../host/object/model.ts';
import { hex } from '../../host/json.ts';
import { ObjectBuilder, sampleGenesis } from './builder.ts';

const FIRST = { ...sampleGenesis(null).intent, constraints: { max: 1 } };

function opened(): ObjectBuilder {
  const builder = new ObjectBuilder(null, { intent: FIRST });
  builder.seal();
  builder.open('created');
  return builder;
}

function add(builder: ObjectBuilder, mutation: IntentBody['mutation'], before: Intent, after: Intent): void {
  builder.add({ kind: 'intent', body: { mutation, before, after, reason: 'r' } });
}

describe('a step of an intent in a chain', () => {
  it('is kept with its digest, which anyone can make of the stored intent', () => {
    const builder = opened();
    const after = { ...FIRST, goal: 'Less.' };
    add(builder, 'refine', FIRST, after);
    builder.outcome({ action: 'mutation' });
    const [step] = builder.state().steps;
    expect(step).toEqual({ seq: builder.seq - 1, digest: hex(sha256(encode(intentShape.write(after)))) });
    expect(intentDigest(after)).toBe(step?.digest);
  });

  it.each<[string, IntentBody['mutation'], Partial<Intent>, RegExp]>([
    ['that changes the input', 'expand', { goal: 'More.', input: 1 }, /expected the same input/],
    [
      'that drops a constraint as a refinement',
      'refine',
      { goal: 'More.', constraints: {} },
      /expected constraint max/,
    ],
    [
      'that drops a constraint as one more',
      'constrain',
      { constraints: { min: 1, mid: 2 } },
      /expected constraint max/,
    ],
    ['that changes the task as an expansion', 'expand', { kind: 'other', goal: 'More.' }, /expected task/],
    ['that changes nothing', 'refine', {}, /expected another goal/],
  ])('%s makes no sense to any reader', (_what, mutation, change, says) => {
    const builder = opened();
    add(builder, mutation, FIRST, { ...FIRST, ...change });
    expect(() => builder.state()).toThrow(says);
    expect(() => builder.state()).toThrow(expect.objectContaining({ code: 'object.chain' }));
  });

  it('back to the original makes none either', () => {
    const builder = opened();
    const after = { ...FIRST, goal: 'Less.' };
    add(builder, 'refine', FIRST, after);
    builder.outcome({ action: 'mutation' });
    builder.seal();
    builder.open('continued');
    add(builder, 'refine', after, FIRST);
    expect(() => builder.state()).toThrow(/expected an intent that the object never had/);
  });
});
