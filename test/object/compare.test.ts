/** Copies side by side: the first item that differs is found exactly, whatever the histories and however they are carried. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { nativeHash } from '../../host/node/native.ts';
import { compareCopies } from '../../host/object/compare.ts';
import type { Comparison } from '../../host/object/compare.ts';
import { CREATOR, join, ObjectBuilder, OTHER_NODE, streamOf } from './builder.ts';
import { live, someLife } from './random-life.ts';

const limits = DEFAULT_LIMITS.object;

function compare(a: readonly Uint8Array[], b: readonly Uint8Array[], size = 700): Promise<Comparison> {
  return compareCopies(streamOf(join(a), size), streamOf(join(b), 4096), limits, nativeHash);
}

const offsetOf = (items: readonly Uint8Array[], at: number): number =>
  items.slice(0, at).reduce((sum, item) => sum + item.length, 0);

/** The object with its first `count` items, gone on with by another node under other signals. */
function branch(items: readonly Uint8Array[], builder: ObjectBuilder, count: number, name: string): Uint8Array[] {
  const other = new ObjectBuilder(CREATOR);
  other.items.splice(0, other.items.length, ...items.slice(0, count));
  other.signer = OTHER_NODE;
  other.time = builder.time;
  other.signal(name, name);
  other.seal();
  return other.items;
}

describe('two copies', () => {
  it('part at exactly the first item that is not the same', async () => {
    await fc.assert(
      fc.asyncProperty(someLife, fc.nat(), async (steps, at) => {
        const { builder } = live(steps);
        const count = 2 + (at % (builder.items.length - 1));
        const other = branch(builder.items, builder, count, 'elsewhere');
        const found = await compare(builder.items, other, 1 + (at % 900));
        if (count === builder.items.length) {
          expect(found).toEqual({
            relation: 'prefix',
            shorter: 'a',
            next: { seq: count, offset: offsetOf(other, count) },
          });
          return;
        }
        const place = { seq: count, offset: offsetOf(other, count) };
        expect(found).toEqual({ relation: 'fork', a: place, b: place });
        expect((await compare(other, builder.items)).relation).toBe('fork');
      }),
      { numRuns: 80 },
    );
  });

  it('are the same, or one is behind, wherever it ends', async () => {
    await fc.assert(
      fc.asyncProperty(someLife, fc.nat(), async (steps, at) => {
        const { items } = live(steps).builder;
        expect(await compare(items, items)).toEqual({ relation: 'same', last: items.length - 1 });
        const count = 1 + (at % (items.length - 1));
        const next = { seq: count, offset: offsetOf(items, count) };
        expect(await compare(items.slice(0, count), items)).toEqual({ relation: 'prefix', shorter: 'a', next });
        expect(await compare(items, items.slice(0, count))).toEqual({ relation: 'prefix', shorter: 'b', next });
      }),
      { numRuns: 60 },
    );
  });

  it('of two objects are no copies', async () => {
    const [a, b] = [new ObjectBuilder(), new ObjectBuilder(OTHER_NODE)];
    a.seal();
    b.seal();
    expect(await compare(a.items, b.items)).toEqual({ relation: 'other' });
    expect(await compare([], a.items)).toEqual({ relation: 'other' });
  });
});

describe('a copy that left its past in an archive', () => {
  const { builder, checkpoints } = live([
    { do: 'signal' },
    { do: 'write', key: 'a', value: '1' },
    { do: 'checkpoint' },
    { do: 'write', key: 'a', value: '2' },
    { do: 'signal' },
  ]);
  const carried = builder.carried(checkpoints[0]!);

  it('is the same as the whole, behind it, or a fork, from its checkpoint on', async () => {
    expect(await compare(builder.items, carried)).toEqual({ relation: 'same', last: builder.seq });
    const more = branch(builder.items, builder, builder.items.length, 'more');
    expect(await compare(carried, more)).toMatchObject({ relation: 'prefix', shorter: 'a' });
    const parted = branch(builder.items, builder, checkpoints[0]! + 3, 'elsewhere');
    expect(await compare(carried, parted)).toMatchObject({
      relation: 'fork',
      a: {
        seq: checkpoints[0]! + 3,
        offset: offsetOf(carried, carried.length - (builder.items.length - checkpoints[0]! - 3)),
      },
      b: { seq: checkpoints[0]! + 3 },
    });
  });

  it('has nothing to tell by where the other ends before its checkpoint', async () => {
    const early = builder.items.slice(0, 5);
    expect(await compare(carried, early)).toMatchObject({ relation: 'apart' });
    expect(await compare(early, carried)).toMatchObject({ relation: 'apart' });
  });
});
