/** The wake index and the notes that it is rebuilt from. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAGS, decodeNote, encodeNote } from '../../../host/node/service/note.ts';
import type { Note } from '../../../host/node/service/note.ts';
import { newsFor, newsOf } from '../../../host/node/service/relations.ts';
import { WakeIndex } from '../../../host/node/service/wake-index.ts';

const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);
const hexOf = (id: Uint8Array): string => Buffer.from(id).toString('hex');

const NOTE: Note = {
  status: 'dormant',
  flags: 0,
  handler: bytes(32, 1),
  kind: 'scripted',
  parent: null,
  cycles: 3,
  seq: 12,
  length: 4_096,
  wakesAt: 1_000,
  signals: ['paid'],
  objects: [],
  returned: 0,
  givenUp: [],
  nonce: bytes(16, 2),
  facets: bytes(8, 3),
  node: bytes(16, 4),
};

describe('a note', () => {
  it('comes back as it was', () => {
    const rich: Note = {
      ...NOTE,
      parent: bytes(32, 9),
      wakesAt: null,
      objects: [{ id: bytes(32, 5), until: 7 }],
      givenUp: [bytes(32, 6)],
      returned: 2,
    };
    for (const note of [NOTE, rich, { ...NOTE, status: 'terminated' as const, wakesAt: -5 }])
      expect(decodeNote(encodeNote(note))).toEqual(note);
  });

  it('is none where its bytes are anything else', () => {
    const sound = encodeNote(NOTE);
    for (let end = 0; end < sound.length; end++) expect(decodeNote(sound.subarray(0, end))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(decodeNote(noise)).toBeNull();
      }),
    );
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(255), (at, value) => {
        const changed = sound.slice();
        changed[at] = value;
        expect(() => decodeNote(changed)).not.toThrow();
      }),
    );
  });
});

describe('the wake index', () => {
  const id = (number: number): string =>
    hexOf(
      Uint8Array.from({ length: 32 }, (_, at) =>
        at < 4 ? (number * 2654435761) >>> (24 - at * 8) : number >> (at % 4),
      ),
    );

  it('takes at most 200 bytes of memory for a sleeper that waits for time and a signal', () => {
    const index = new WakeIndex();
    for (const sleepers of [1_000, 10_000, 100_000]) {
      for (let number = index.slots; number < sleepers; number++) {
        const slot = index.apply(id(number), { ...NOTE, wakesAt: number }, null);
        index.due.set(slot, number);
      }
      expect(index.slots).toBe(sleepers);
      expect(index.bytes / sleepers, `${sleepers} sleepers`).toBeLessThanOrEqual(200);
    }
  });

  it('shows each object as its note says', () => {
    const index = new WakeIndex();
    const [parent, other] = [bytes(32, 7), bytes(32, 8)];
    const slot = index.apply(id(1), { ...NOTE, parent, objects: [{ id: other, until: 3 }] }, null);
    expect(index.line(slot, true)).toEqual({
      id: id(1),
      status: 'dormant',
      running: true,
      handler: hexOf(NOTE.handler),
      kind: 'scripted',
      parent: hexOf(parent),
      cycles: 3,
      seq: 12,
      bytes: 4_096,
      wakesAt: 1_000,
      waitsFor: { signals: ['paid'], objects: [hexOf(other)] },
      reason: null,
    });
    expect(index.isHere(index.find(hexOf(parent)))).toBe(false);
    index.apply(id(1), { ...NOTE, signals: [], wakesAt: null }, null);
    expect(index.line(slot, false)).toMatchObject({ wakesAt: null, waitsFor: { signals: [], objects: [] } });
    expect([index.count('dormant'), index.count('active')]).toEqual([1, 0]);
    index.setAside(id(1), 'torn');
    expect(index.line(slot, false)).toMatchObject({ status: 'set-aside', reason: 'torn' });
    expect([index.count('dormant'), index.count('set-aside')]).toEqual([0, 1]);
  });

  it('knows who should be told of whom', () => {
    const index = new WakeIndex();
    const idBytes = (number: number): Uint8Array => new Uint8Array(Buffer.from(id(number), 'hex'));
    const at = (number: number): number => index.find(id(number));
    const put = (number: number, note: Partial<Note>): number =>
      index.apply(id(number), { ...NOTE, signals: [], ...note }, null);
    put(1, {}); // a parent that sleeps
    put(2, { parent: idBytes(1), status: 'active' });
    put(3, { objects: [{ id: idBytes(2), until: 20 }] }); // waits until the child has entry 20
    put(4, { objects: [{ id: idBytes(2), until: 0 }] }); // waits for its end
    expect(newsOf(index, at(2))).toEqual([]);
    put(2, { parent: idBytes(1), status: 'active', seq: 20 });
    expect(newsOf(index, at(2))).toEqual([{ to: at(3), of: at(2) }]);
    put(2, { parent: idBytes(1), status: 'terminated', seq: 24 });
    const told = newsOf(index, at(2)).map(({ to }) => to);
    expect(told.toSorted((a, b) => a - b)).toEqual([at(1), at(3), at(4)]);
    // each of them, looked at by itself, finds the same
    for (const number of [1, 3, 4]) expect(newsFor(index, at(number))).toEqual([{ to: at(number), of: at(2) }]);
    put(1, { returned: 1 });
    expect(newsFor(index, at(1))).toEqual([]);
  });

  it('tells children that their parent ended or gave them up, until they know', () => {
    const index = new WakeIndex();
    const idBytes = (number: number): Uint8Array => new Uint8Array(Buffer.from(id(number), 'hex'));
    const at = (number: number): number => index.find(id(number));
    const put = (number: number, note: Partial<Note>): number =>
      index.apply(id(number), { ...NOTE, signals: [], ...note }, null);
    put(1, { status: 'active' });
    put(2, { parent: idBytes(1) });
    put(3, { parent: idBytes(1) });
    expect(newsOf(index, at(1))).toEqual([]);
    put(1, { status: 'active', givenUp: [idBytes(2)] });
    expect(newsOf(index, at(1))).toEqual([{ to: at(2), of: at(1) }]);
    put(2, { parent: idBytes(1), flags: FLAGS.orphaned });
    expect(newsOf(index, at(1))).toEqual([]);
    put(1, { status: 'terminated' });
    expect(newsOf(index, at(1))).toEqual([{ to: at(3), of: at(1) }]);
    expect(newsFor(index, at(3))).toEqual([{ to: at(3), of: at(1) }]);
  });
});
