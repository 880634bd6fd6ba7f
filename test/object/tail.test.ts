import { describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { nativeHash } from '../../host/node/native.ts';
import { findTail } from '../../host/object/tail.ts';
import type { Tail } from '../../host/object/tail.ts';
import type { Signer } from '../../host/ports.ts';
import { buildSample, CREATOR, filled, join, streamOf } from './builder.ts';
import type { ObjectBuilder } from './builder.ts';

const limits = DEFAULT_LIMITS.object;
const tailOf = (bytes: Uint8Array): Promise<Tail> => findTail(streamOf(bytes), limits, nativeHash);

/** Byte offsets behind each item, and those behind seals. */
function endsOf(builder: ObjectBuilder): { readonly ends: readonly number[]; readonly sealEnds: readonly number[] } {
  let end = 0;
  const ends = builder.items.map((item) => (end += item.length));
  return { ends, sealEnds: ends.filter((_, i) => builder.entries[i - 1]?.kind === 'seal') };
}

const lastUpTo = (ends: readonly number[], cut: number): number => ends.findLast((end) => end <= cut) ?? 0;

describe('the tail of an object', () => {
  it.each([
    ['signed', CREATOR],
    ['unsigned', null],
  ])('is torn at every cut within an entry: %s', async (_, signer: Signer | null) => {
    const { builder } = buildSample(signer);
    const bytes = builder.bytes();
    const { ends, sealEnds } = endsOf(builder);
    for (let cut = ends[0]!; cut <= bytes.length; cut++) {
      const completeEnd = lastUpTo(ends, cut);
      const expected = { sealEnd: lastUpTo(sealEnds, cut), completeEnd, torn: completeEnd < cut };
      expect(await tailOf(bytes.subarray(0, cut)), `cut at ${cut}`).toEqual(expected);
    }
  });

  it('is never called torn for a damage that a seal covers, in whatever bit', async () => {
    const { builder } = buildSample();
    const bytes = builder.bytes();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = bytes.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      let torn: boolean;
      try {
        torn = (await tailOf(altered)).torn;
      } catch (error) {
        expect(error).toBeInstanceOf(SojournError);
        torn = false;
      }
      expect(torn, `bit ${bit}`).toBe(false);
    }
  });

  it.each([
    ['zeros', filled(50, 0), false],
    ['a byte that no item begins with', filled(1, 0x1c), null],
    ['a long text that never comes', Uint8Array.of(0x79, 0x0f, 0xff, 1, 2, 3), null],
    ['a list that is no entry', Uint8Array.of(0x88, 1, 2), null],
  ])('of %s is not torn', async (_, garbage, result) => {
    const bytes = join([buildSample().builder.bytes(), garbage]);
    if (result === null) await expect(tailOf(bytes)).rejects.toMatchObject({ code: 'object.malformed' });
    else expect(await tailOf(bytes)).toMatchObject({ torn: result });
  });

  it('without a whole genesis is no object', async () => {
    await expect(tailOf(buildSample().builder.items[0]!.subarray(0, 20))).rejects.toMatchObject({
      code: 'object.truncated',
    });
    expect(await tailOf(new Uint8Array(0))).toEqual({ sealEnd: 0, completeEnd: 0, torn: false });
  });

  it('may hold an old receipt of the same object', async () => {
    const { builder, receipts } = buildSample();
    builder.add({ kind: 'signal', body: { name: 'receipt', key: 'k', payload: receipts[0]! } });
    const bytes = builder.bytes();
    expect(await tailOf(bytes.subarray(0, -1))).toMatchObject({ torn: true });
  });
});
