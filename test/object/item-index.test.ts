import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ItemIndex } from '../../host/object/item-index.ts';

/** Where item `seq` stands in a file in which each item is as long as its position says. */
const offsetOf = (seq: number): number => (seq * (seq + 1)) / 2;

function filled(first: number, count: number): ItemIndex {
  const index = new ItemIndex();
  for (let seq = first; seq < first + count; seq++) index.add(seq, offsetOf(seq));
  return index;
}

describe('the index of items', () => {
  it('leads to every item by reading on a little, however many there are', () => {
    for (const [first, count] of [
      [0, 1],
      [7, 5000],
      [0, 100_000],
    ] as const) {
      const index = filled(first, count);
      const most = Math.max(1, count / 1024);
      for (let seq = first; seq < first + count; seq += 1 + (seq % 97)) {
        const place = index.find(seq);
        expect(place?.offset).toBe(offsetOf(place?.seq ?? -1));
        expect(seq - (place?.seq ?? -1)).toBeGreaterThanOrEqual(0);
        expect(seq - (place?.seq ?? -1)).toBeLessThan(most);
      }
      expect(index.find(first - 1)).toBe(null);
    }
  });

  it('forgets what was cut off, and takes what comes in its place', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.nat(),
        fc.integer({ min: 1, max: 50 }),
        (count, cut, more) => {
          const index = filled(3, count);
          const last = 3 + (cut % count);
          index.cut(last);
          for (let seq = last + 1; seq <= last + more; seq++) index.add(seq, offsetOf(seq) + 1);
          const [kept, added] = [index.find(last), index.find(last + more)];
          expect(kept?.offset).toBe(offsetOf(kept?.seq ?? -1));
          expect(kept?.seq).toBeLessThanOrEqual(last);
          expect(added?.offset).toBe(offsetOf(added?.seq ?? -1) + ((added?.seq ?? 0) > last ? 1 : 0));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('knows items that stand alone, and reads nothing on from them', () => {
    const index = filled(0, 4);
    index.separate();
    index.addSingle(9, 70);
    for (let seq = 20; seq < 30; seq++) index.add(seq, seq * 100);
    expect(index.find(2)).toEqual({ seq: 2, offset: offsetOf(2), alone: true });
    expect(index.find(9)).toEqual({ seq: 9, offset: 70, alone: true });
    expect(index.find(12)).toBe(null);
    expect(index.find(25)).toEqual({ seq: 25, offset: 2500, alone: false });
  });
});
