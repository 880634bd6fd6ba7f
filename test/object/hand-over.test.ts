import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createNativeVerify, nativeHash } from '../../host/node/native.ts';
import { loadObject } from '../../host/node/load.ts';
import { foldTo } from '../../host/object/fold.ts';
import { nodeIdOf } from '../../host/object/seal.ts';
import { sha256 } from '../../host/object/crypto.ts';
import type { FollowBody, ReadmitBody } from '../../host/object/model.ts';
import { CREATOR, ObjectBuilder, OTHER_NODE, PERMIT, streamOf } from './builder.ts';

const FROM = nodeIdOf(CREATOR.publicKey, sha256);
const READMIT: ReadmitBody = { from: FROM, slope: 600, verdict: PERMIT };

/** Two traps under the creator's key, then another node at the pen. */
function broken(): ObjectBuilder {
  const builder = new ObjectBuilder();
  builder.seal();
  for (const slope of [800, 600]) {
    builder.open(slope === 800 ? 'created' : 'continued');
    builder.outcome({ class: 'failure', action: null, reason: 'trap' });
    builder.seal(slope);
  }
  builder.signer = OTHER_NODE;
  return builder;
}

/** What the fold says of the last entry; null where it makes sense. */
async function fault(builder: ObjectBuilder): Promise<string | null> {
  return foldTo(streamOf(builder.bytes()), builder.seq, DEFAULT_LIMITS.object).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : 'no error'),
  );
}

describe('at a hand-over with a large break', () => {
  it('a cycle makes no sense without a readmission, and does with one', async () => {
    const refused = broken();
    refused.open('continued');
    expect(await fault(refused)).toContain('expected a readmit entry before it');
    const readmitted = broken();
    readmitted.add({ kind: 'readmit', body: READMIT });
    readmitted.seal(600);
    readmitted.open('continued');
    expect(await fault(readmitted)).toBeNull();
  });

  it('a signal of another node needs none', async () => {
    const builder = broken();
    builder.signal('hello', 'k');
    builder.seal(600);
    expect(await fault(builder)).toBeNull();
  });

  it('going on with a cycle that was left open needs one, behind the recover entry', async () => {
    const left = (): ObjectBuilder => {
      const builder = broken();
      builder.signer = CREATOR;
      const from = builder.open('continued');
      builder.signer = OTHER_NODE;
      builder.add({ kind: 'recover', body: { lost: FROM, from } });
      return builder;
    };
    const without = left();
    without.outcome({ class: 'node-loss', action: null });
    expect(await fault(without)).toContain('expected a readmit entry before it');
    const said = left();
    said.add({ kind: 'readmit', body: READMIT });
    said.outcome({ class: 'node-loss', action: null });
    expect(await fault(said)).toBeNull();
    const late = left();
    late.signer = CREATOR;
    late.call(0, 'log.write', { message: 'x' });
    late.signer = OTHER_NODE;
    late.add({ kind: 'readmit', body: READMIT });
    expect(await fault(late)).toContain('expected a recover entry right before it');
  });

  it.each([
    ['that names another node', { from: new Uint8Array(16) }, 'as the one that it came from'],
    ['with another slope', { slope: 700 }, 'expected a slope of 600, found 700'],
  ])('a readmission %s makes no sense', async (_, change, says) => {
    const builder = broken();
    builder.add({ kind: 'readmit', body: { ...READMIT, ...change } });
    expect(await fault(builder)).toContain(says);
  });

  it('a readmission of what is not quarantined makes no sense', async () => {
    const builder = new ObjectBuilder();
    builder.seal();
    builder.signer = OTHER_NODE;
    builder.add({ kind: 'readmit', body: { ...READMIT, slope: 1000 } });
    expect(await fault(builder)).toContain('expected an object that is quarantined');
  });

  it('a readmission by a verdict that does not allow it is found by the audit', async () => {
    const builder = broken();
    builder.add({ kind: 'readmit', body: { ...READMIT, verdict: { ...PERMIT, verdict: 'reject' } } });
    const seq = builder.seq;
    builder.seal(600);
    const loaded = await loadObject(streamOf(builder.bytes()), {
      ports: { hash: nativeHash, verify: createNativeVerify() },
      limits: DEFAULT_LIMITS,
    });
    expect(loaded.ok && loaded.object.finding).toMatchObject({ seq, reason: 'verdict' });
  });
});

describe('to follow a branch', () => {
  const receiptOf = (name: string, signals = 1): Uint8Array => {
    const branch = new ObjectBuilder();
    branch.seal();
    for (let n = 0; n < signals; n++) branch.signal(name, `k${n}`);
    return branch.seal();
  };
  const follow = async (body: Partial<FollowBody>): Promise<string | null> => {
    const builder = new ObjectBuilder();
    builder.seal();
    builder.signal('here', 'k');
    builder.seal();
    builder.add({
      kind: 'follow',
      body: { receipt: receiptOf('there'), found: 'fork', reason: 'the other is lost', ...body },
    });
    return fault(builder);
  };

  it('makes sense beside a receipt of another branch, or of a longer copy', async () => {
    expect(await follow({})).toBeNull();
    expect(await follow({ found: 'behind', receipt: receiptOf('there', 2) })).toBeNull();
  });

  it('says what was found as it is', async () => {
    expect(await follow({ found: 'behind' })).toContain('expected fork, found behind');
    expect(await follow({ receipt: receiptOf('there', 2) })).toContain('expected behind, found fork');
  });

  it('makes none with the receipt of another object, or with none', async () => {
    expect(await follow({ receipt: new ObjectBuilder(OTHER_NODE).seal() })).toContain(
      'expected a receipt of this object',
    );
    expect(await follow({ receipt: Uint8Array.of(0x80) })).toContain('expected a receipt');
  });
});
