/** The arrays of the wake index: each against a plain model of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DigestTable } from '../../../host/node/service/digest-table.ts';
import { Names } from '../../../host/node/service/names.ts';
import { TimerHeap } from '../../../host/node/service/timer-heap.ts';
import { Waits } from '../../../host/node/service/waits.ts';

describe('the timer heap', () => {
  it('gives slots in the order of their due times, whatever was moved or taken out', () => {
    const step = fc.tuple(fc.nat(40), fc.oneof(fc.nat(100), fc.constant(Infinity)));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new TimerHeap();
        const model = new Map<number, number>();
        for (const [slot, due] of steps) {
          heap.set(slot, due);
          if (due === Infinity) model.delete(slot);
          else model.set(slot, due);
          expect(heap.dueOf(slot)).toBe(due);
        }
        expect(heap.countDue(50)).toBe([...model.values()].filter((due) => due <= 50).length);
        const expected = [...model].toSorted(([a, x], [b, y]) => x - y || a - b).map(([slot]) => slot);
        const found: number[] = [];
        for (let slot = heap.first; slot >= 0; slot = heap.first) {
          found.push(slot);
          heap.set(slot, Infinity);
        }
        expect(found).toEqual(expected);
      }),
    );
  });
});

describe('the table of digests', () => {
  it('numbers each digest once, and finds it through growth and collisions', () => {
    // few different beginnings: most of them meet in a bucket
    const digest = fc.tuple(fc.nat(3), fc.nat(2_000)).map(([head, rest]) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setUint32(0, head);
      new DataView(bytes.buffer).setUint32(4, rest);
      return bytes;
    });
    fc.assert(
      fc.property(fc.array(digest, { maxLength: 3_000, minLength: 1_000 }), (digests) => {
        const table = new DigestTable(8);
        const model = new Map<string, number>();
        for (const bytes of digests) {
          const name = Buffer.from(bytes).toString('hex');
          expect(table.find(bytes)).toBe(model.get(name) ?? -1);
          const number = table.add(bytes);
          expect(number).toBe(model.get(name) ?? model.size);
          model.set(name, number);
          expect(Buffer.from(table.at(number)).toString('hex')).toBe(name);
        }
        expect(table.count).toBe(model.size);
      }),
      { numRuns: 10 },
    );
  });
});

describe('names', () => {
  it('keeps a text as long as somebody uses it, and its number is free for others then', () => {
    const names = new Names();
    const [a, b] = [names.use('a'), names.use('b')];
    expect(names.use('a')).toBe(a);
    names.drop(a);
    expect(names.find('a')).toBe(a);
    names.drop(a);
    expect(names.find('a')).toBeNull();
    expect(names.use('c')).toBe(a);
    expect([names.text(a), names.text(b)]).toEqual(['c', 'b']);
    for (let index = 0; index < 1_000; index++) expect(names.text(names.use(`n${index}`))).toBe(`n${index}`);
  });
});

describe('waits', () => {
  it('lists what each waits for and who watches what, through additions and removals', () => {
    const step = fc.record({ sleeper: fc.nat(8), clear: fc.boolean(), object: fc.nat(8), until: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const waits = new Waits();
        const model = new Map<number, { slot: number; until: number }[]>();
        for (const { sleeper, clear, object, until } of steps) {
          if (clear) {
            waits.clear(sleeper);
            model.delete(sleeper);
          } else {
            waits.addObject(sleeper, object, until);
            waits.addSignal(sleeper, object);
            model.set(sleeper, [{ slot: object, until }, ...(model.get(sleeper) ?? [])]);
          }
        }
        for (let slot = 0; slot <= 8; slot++) {
          const own = model.get(slot) ?? [];
          expect(waits.of(slot)).toEqual({ signals: own.map((wait) => wait.slot), objects: own });
          const watching = [...model].flatMap(([sleeper, all]) =>
            all.filter((wait) => wait.slot === slot).map(({ until }) => ({ slot: sleeper, until })),
          );
          const order = (a: { slot: number; until: number }, b: { slot: number; until: number }): number =>
            a.slot - b.slot || a.until - b.until;
          expect([...waits.watchersOf(slot)].toSorted(order)).toEqual(watching.toSorted(order));
        }
      }),
    );
  });
});
