import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Layout } from '../../host/store/nats/layout.ts';
import { decodeRecord, encodeRecord } from '../../host/store/nats/record.ts';
import type { NatsRecord } from '../../host/store/nats/record.ts';

interface Message {
  readonly seq: number;
  readonly record: NatsRecord;
  readonly bytes: readonly number[];
}

function record(at: number, piece: number, last: boolean): NatsRecord {
  return { at, piece, last, length: null, token: 'test-test.0', mark: null, note: null };
}

/** Bytes as a reader of these runs gets them. */
function readRuns(layout: Layout, messages: readonly Message[]): number[] {
  return layout.runs.flatMap(({ from, to, at, end }) => {
    const bytes = messages.filter(({ seq }) => seq >= from && seq <= to).flatMap((message) => message.bytes);
    return bytes.slice(0, end - at);
  });
}

/** A write: from which share of the object on it replaces, its pieces, and whether it was finished. */
const write = fc.record({
  from: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
  pieces: fc.array(fc.array(fc.nat(255), { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  whole: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
});

describe('the layout of an object', () => {
  it('says where the bytes stand that were written, cut and replaced, with and without the messages that are dead', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), fc.boolean(), (writes, sweeps) => {
        let model: number[] | null = null;
        let messages: Message[] = [];
        let layout = new Layout();
        let seq = 0;
        for (const { from, pieces, whole } of writes) {
          const start = Math.floor((model?.length ?? 0) * from);
          let at = start;
          for (const [piece, bytes] of pieces.entries()) {
            const last = whole && piece === pieces.length - 1;
            seq += 1 + (piece % 2); // others write to the stream, too
            const message = { seq, record: record(at, piece, last), bytes };
            messages.push(message);
            const dead = layout.add(seq, message.record, bytes.length);
            if (sweeps) messages = messages.filter((one) => !dead.includes(one.seq));
            at += bytes.length;
          }
          if (whole) model = [...(model ?? []).slice(0, start), ...pieces.flat()];
          expect(layout.length).toBe(model?.length ?? null);
          expect(readRuns(layout, messages)).toEqual(model ?? []);
          if (!sweeps) continue;
          // who comes later sees only what was left
          layout = new Layout();
          for (const left of messages) layout.add(left.seq, left.record, left.bytes.length);
          expect(readRuns(layout, messages)).toEqual(model ?? []);
        }
      }),
    );
  });

  it('finds a place at or before any byte, of a run of many messages', () => {
    const layout = new Layout();
    for (let i = 0; i < 10_000; i++) layout.add(i + 1, record(i * 3, 0, true), 3);
    expect(layout.runs).toHaveLength(1);
    for (const offset of [0, 1, 2, 3, 15_000, 29_998, 29_999]) {
      const found = layout.find(offset);
      expect(found?.at).toBeLessThanOrEqual(offset);
      expect(found?.seq).toBe((found?.at ?? 0) / 3 + 1);
      expect(offset - (found?.at ?? 0)).toBeLessThan(3 * 32);
    }
    expect(layout.find(30_000)).toBeNull();
  });

  it.each([
    ['a piece without the one before it', [record(0, 1, true)]],
    ['a piece elsewhere', [record(0, 0, false), record(5, 1, true)]],
    ['a piece too many', [record(0, 0, false), record(1, 2, true)]],
  ])('refuses %s', (_, records) => {
    const layout = new Layout();
    expect(() => {
      for (const [index, one] of records.entries()) layout.add(index + 1, one, 1);
    }).toThrow(/expected piece \d+ at byte \d+ of a write/);
  });
});

describe('the header of a message', () => {
  it('gives back what it was made of', () => {
    const whole = fc.record({
      at: fc.nat(),
      piece: fc.nat(),
      last: fc.boolean(),
      length: fc.option(fc.nat()),
      token: fc.constant('0123456789abcdef.7'),
      mark: fc.constantFrom(null, 'left' as const),
      note: fc.option(fc.uint8Array({ minLength: 1, maxLength: 300 })),
    });
    fc.assert(
      fc.property(whole, (one) => {
        expect(decodeRecord(encodeRecord(one), 'here')).toEqual(one);
      }),
    );
  });

  it('is refused where it is missing or of another version', () => {
    expect(() => decodeRecord(undefined, 'a: message 7')).toThrow('a: message 7: expected a message of an object');
    const other = encodeRecord(record(0, 0, true));
    other.set('Sojourn', other.get('Sojourn').replace(/^1/, '2'));
    expect(() => decodeRecord(other, 'here')).toThrow('one of another version');
  });
});
