/**
 * What every store of a node must do. A store's own test runs it: `storeContract('memory', …)`.
 */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Listed, NodeStore, ObjectFile } from '../../host/ports.ts';
import { breaking, objectContract, readAll, streamOf } from './object-contract.ts';

export interface StoreUnderTest {
  readonly store: NodeStore;
  /** False where it keeps no notes, and gives null for all of them. */
  readonly notes: boolean;
  /** False where it can't tell which bytes it has, and gives null as every version. */
  readonly versions: boolean;
  /** Closes the store and opens the same data again. Null where the data end with the store. */
  readonly reopen: (() => Promise<NodeStore>) | null;
  /** Closes what is open, and removes the data. */
  remove(): Promise<void>;
}

/** An id for a label: the same one each time. */
export function idOf(label: string): string {
  return createHash('sha256').update(label).digest('hex');
}

const NO_IDS = [
  '',
  'a',
  '../a',
  'A'.repeat(64),
  'g'.repeat(64),
  `${idOf('a')}0`,
  `${idOf('a')}\n`,
  `handlers/${idOf('a')}`,
];
const first = Uint8Array.of(1, 2, 3, 4, 5);
const PIECE = 100_000;
const MIB = 1024 * 1024;

/** Bytes of which each place knows where it is. */
function patterned(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 0xff);
}

async function listAll(store: NodeStore): Promise<Listed[]> {
  const found: Listed[] = [];
  for await (const one of store.list()) found.push(one);
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export function storeContract(title: string, make: () => Promise<StoreUnderTest>): void {
  objectContract(title, async () => {
    const { store, remove } = await make();
    return { store, remove, nameOf: idOf };
  });

  describe(`a node's store: ${title}`, () => {
    let subject: StoreUnderTest;
    let store: NodeStore;
    const name = idOf('a');
    const note = (text: string): Uint8Array | null => (subject.notes ? Uint8Array.from(Buffer.from(text)) : null);

    beforeEach(async () => {
      subject = await make();
      store = subject.store;
    });
    afterEach(() => subject.remove());

    async function withFile(job: (file: ObjectFile) => Promise<void>): Promise<void> {
      const file = await store.open(name);
      try {
        await job(file);
      } finally {
        await file.close();
      }
    }

    it.each(NO_IDS)('refuses the name %j', async (bad) => {
      const refused = { code: 'usage' };
      await expect(store.create(bad, first)).rejects.toMatchObject(refused);
      await expect(store.open(bad)).rejects.toMatchObject(refused);
      await expect(readAll(store.read(bad))).rejects.toMatchObject(refused);
      await expect(store.find(bad)).rejects.toMatchObject(refused);
      await expect(store.mark(bad, 'left')).rejects.toMatchObject(refused);
      await expect(store.putHandler(bad, first)).rejects.toMatchObject(refused);
      await expect(store.handler(bad)).rejects.toMatchObject(refused);
      expect(await listAll(store)).toEqual([]);
    });

    it('lists what is there, and finds one', async () => {
      expect(await listAll(store)).toEqual([]);
      expect(await store.find(name)).toBeNull();
      const names = Array.from({ length: 30 }, (_, i) => idOf(`listed ${i}`)).toSorted();
      await Promise.all(names.map((one, i) => store.create(one, patterned(i), Buffer.from(`note ${i}`))));
      const all = names.map((one, i) => ({ name: one, length: i, note: note(`note ${i}`), mark: null }));
      expect((await listAll(store)).map(plain)).toEqual(all);
      expect(plain(await store.find(names[7]!))).toEqual(all[7]);
      expect(await store.find(name)).toBeNull();
    });

    it('does not list what was never whole', async () => {
      await expect(store.create(name, breaking(patterned(3 * MIB)))).rejects.toThrow('the source broke');
      expect(await listAll(store)).toEqual([]);
      expect(await store.find(name)).toBeNull();
      await store.create(name, first);
      expect(await readAll(store.read(name))).toEqual(first);
    });

    it('keeps the last note with the bytes that it came with', async () => {
      await store.create(name, first, Buffer.from('born'));
      expect(plain(await store.find(name))).toEqual({ name, length: 5, note: note('born'), mark: null });
      await withFile(async (file) => {
        await file.append(Uint8Array.of(6), true, Buffer.from('one'));
        expect(plain(await store.find(name))).toEqual({ name, length: 6, note: note('one'), mark: null });
        await file.append(Uint8Array.of(7), true);
        expect(plain(await store.find(name))).toEqual({ name, length: 7, note: note('one'), mark: null });
        await file.append(Uint8Array.of(8), false, Buffer.from('two'));
        await file.append(Uint8Array.of(9), true);
        expect(plain(await store.find(name))).toEqual({ name, length: 9, note: note('two'), mark: null });
        await file.append(new Uint8Array(0), true, Buffer.from('three'));
      });
      expect(plain(await store.find(name))).toEqual({ name, length: 9, note: note('three'), mark: null });
    });

    it('gives equal versions to equal bytes alone', async () => {
      await store.create(name, first);
      const seen = new Map<string, string>();
      const look = async (file: ObjectFile): Promise<string | null> => {
        const { version } = file;
        expect(version === null).toBe(!subject.versions);
        const bytes = Buffer.from(await readAll(file.read(0))).toString('hex');
        if (version !== null) expect(seen.get(version) ?? bytes).toBe(bytes);
        if (version !== null) seen.set(version, bytes);
        return version;
      };
      let last: string | null = null;
      await withFile(async (file) => {
        await look(file);
        for (const step of [
          () => file.append(Uint8Array.of(6), true),
          () => file.append(Uint8Array.of(7), true),
          () => file.truncate(6),
          () => file.append(Uint8Array.of(8), true),
          () => file.replace(streamOf([first])),
          () => file.append(Uint8Array.of(6), true),
        ]) {
          await step();
          last = await look(file);
        }
      });
      await withFile(async (file) => expect(await look(file)).toBe(last));
      if (subject.reopen === null) return;
      store = await subject.reopen();
      await withFile(async (file) => expect(await look(file)).toBe(last));
      await withFile((file) => file.truncate(2));
      await withFile(async (file) => void (await look(file)));
    });

    it('marks an object, durably, and goes on reading it', async () => {
      await expect(store.mark(name, 'left')).rejects.toMatchObject({ code: 'store.missing' });
      await store.create(name, first);
      await store.mark(name, 'left');
      await store.mark(name, 'left');
      if (subject.reopen !== null) store = await subject.reopen();
      expect((await store.find(name))?.mark).toBe('left');
      expect((await listAll(store)).map(({ mark }) => mark)).toEqual(['left']);
      expect(await readAll(store.read(name))).toEqual(first);
      await expect(store.create(name, first)).rejects.toMatchObject({ code: 'object.exists' });
      await store.mark(name, null);
      expect((await listAll(store)).map(({ mark }) => mark)).toEqual([null]);
    });

    it('marks an object while it is open, which stays locked', async () => {
      await store.create(name, first);
      await withFile(async (file) => {
        await store.mark(name, 'left');
        await expect(store.open(name)).rejects.toMatchObject({ code: 'store.busy' });
        await file.append(Uint8Array.of(6), true);
        expect(await readAll(store.read(name))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
        await file.replace(streamOf([first]));
        await store.mark(name, null);
        await file.append(Uint8Array.of(7), true);
      });
      expect(await readAll(store.read(name))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 7));
      expect((await listAll(store)).map(({ mark }) => mark)).toEqual([null]);
    });

    it('keeps handlers by their digests, and the first under each', async () => {
      const component = patterned(2 * MIB);
      const digest = idOf('handler');
      expect(await store.handler(digest)).toBeNull();
      expect(await store.handlers()).toEqual([]);
      await Promise.all([store.putHandler(digest, component), store.putHandler(digest, component)]);
      await store.putHandler(digest, first);
      await store.putHandler(idOf('other'), first);
      if (subject.reopen !== null) store = await subject.reopen();
      expect(Buffer.compare((await store.handler(digest)) ?? first, component)).toBe(0);
      expect((await store.handlers()).toSorted((a, b) => a.bytes - b.bytes)).toEqual([
        { digest: idOf('other'), bytes: 5 },
        { digest, bytes: component.length },
      ]);
      expect(await listAll(store)).toEqual([]);
    });

    it('reads a big object in pieces, from any place, while it grows', async () => {
      const big = patterned(5 * MIB + 123);
      await store.create(
        name,
        streamOf(Array.from({ length: 53 }, (_, i) => big.subarray(i * PIECE, (i + 1) * PIECE))),
      );
      await withFile(async (file) => {
        for (const source of [store.read(name), file.read(0)]) {
          const reading = source[Symbol.asyncIterator]();
          const pieces: Uint8Array[] = [];
          for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
            pieces.push(next.value);
            if (pieces.length < 20) await file.append(patterned(1_000, pieces.length), pieces.length % 2 === 0);
          }
          const got = Buffer.concat(pieces);
          expect(pieces.every(({ length }) => length <= 2 * MIB)).toBe(true);
          expect(got.length).toBeGreaterThanOrEqual(big.length);
          expect(Buffer.compare(got.subarray(0, big.length), big)).toBe(0);
        }
        await file.append(new Uint8Array(0), true);
        const all = Buffer.from(await readAll(file.read(0)));
        expect(all.length).toBe(file.length);
        for (const at of [1, PIECE - 1, PIECE, MIB, MIB + 1, 5 * MIB, big.length - 1, big.length, file.length - 1])
          expect(Buffer.compare(await readAll(store.read(name, at)), all.subarray(at))).toBe(0);
      });
    });

    it('gives who reads the old bytes or the new ones where they are replaced meanwhile', async () => {
      const [old, next] = [patterned(3 * MIB), patterned(3 * MIB + 1, 9)];
      await store.create(name, streamOf([old.subarray(0, MIB), old.subarray(MIB)]));
      await withFile(async (file) => {
        const reading = store.read(name)[Symbol.asyncIterator]();
        const pieces = [(await reading.next()).value as Uint8Array];
        await file.replace(streamOf([next.subarray(0, 1), next.subarray(1)]));
        for (let one = await reading.next(); one.done !== true; one = await reading.next()) pieces.push(one.value);
        expect(Buffer.compare(Buffer.concat(pieces), old)).toBe(0);
      });
      expect(Buffer.compare(await readAll(store.read(name)), next)).toBe(0);
    });

    it('truncates within what was appended piece by piece, and to nothing', async () => {
      await store.create(name, first);
      const bytes = patterned(600_000);
      await withFile(async (file) => {
        for (let at = 0; at < bytes.length; at += PIECE) await file.append(bytes.subarray(at, at + PIECE), true);
        for (const length of [600_005, 555_555, 300_006, 300_005, 300_004, 6, 3]) {
          await file.truncate(length);
          expect(file.length).toBe(length);
          const left = Buffer.concat([first, bytes]).subarray(0, length);
          expect(Buffer.compare(await readAll(store.read(name)), left)).toBe(0);
        }
        await file.append(Uint8Array.of(9), false);
        await file.truncate(3);
        await file.truncate(0);
        await file.append(Uint8Array.of(7), true);
      });
      expect(await readAll(store.read(name))).toEqual(Uint8Array.of(7));
    });

    it('keeps everything that was synced or closed for who opens it again', async () => {
      if (subject.reopen === null) return expect(subject.versions).toBe(true);
      await store.create(name, first, Buffer.from('born'));
      await withFile(async (file) => {
        await file.append(Uint8Array.of(6), true, Buffer.from('one'));
        await file.append(Uint8Array.of(7), false);
      });
      store = await subject.reopen();
      expect(await readAll(store.read(name))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
      expect((await listAll(store)).map(plain)).toEqual([{ name, length: 7, note: note('one'), mark: null }]);
    });

    it('says or does nothing more once it is closed', async () => {
      await store.create(name, first);
      await store.close();
      await store.close();
      const refused = { code: 'store.failed' };
      await expect(store.create(idOf('b'), first)).rejects.toMatchObject(refused);
      await expect(store.open(name)).rejects.toMatchObject(refused);
      await expect(readAll(store.read(name))).rejects.toMatchObject(refused);
      await expect(listAll(store)).rejects.toMatchObject(refused);
      await expect(store.find(name)).rejects.toMatchObject(refused);
      await expect(store.mark(name, 'left')).rejects.toMatchObject(refused);
      await expect(store.putHandler(name, first)).rejects.toMatchObject(refused);
      await expect(store.handler(name)).rejects.toMatchObject(refused);
      await expect(store.handlers()).rejects.toMatchObject(refused);
    });
  });
}

/** With a plain array in place of a Buffer or a view. */
function plain(listed: Listed | null): Listed | null {
  return listed === null || listed.note === null ? listed : { ...listed, note: Uint8Array.from(listed.note) };
}
