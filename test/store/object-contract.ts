/**
 * What every store must do with objects, whatever it keeps them in and by whatever names. A node's store does more: contract.ts.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import type { Store } from '../../host/ports.ts';

export interface ObjectsUnderTest {
  readonly store: Store;
  /** A name that this store can keep an object under. */
  nameOf(label: string): string;
  remove(): Promise<void>;
}

export async function readAll(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Uint8Array.from(Buffer.concat(pieces));
}

export async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

export async function* breaking(first: Uint8Array): AsyncGenerator<Uint8Array> {
  yield first;
  throw new SojournError('object.chain', 'the source broke');
}

export function objectContract(title: string, make: () => Promise<ObjectsUnderTest>): void {
  describe(`objects in a store: ${title}`, () => {
    let subject: ObjectsUnderTest;
    let store: Store;
    let name: string;
    const first = Uint8Array.of(1, 2, 3, 4, 5);

    beforeEach(async () => {
      subject = await make();
      store = subject.store;
      name = subject.nameOf('a');
    });
    afterEach(() => subject.remove());

    it('creates an object and reads it', async () => {
      await store.create(name, first);
      expect(await readAll(store.read(name))).toEqual(first);
      expect(await readAll(store.read(name, 2))).toEqual(first.subarray(2));
      expect(await readAll(store.read(name, 5))).toEqual(new Uint8Array(0));
    });

    it('creates nothing over another object', async () => {
      await store.create(name, first);
      await expect(store.create(name, Uint8Array.of(9))).rejects.toMatchObject({ code: 'object.exists' });
      expect(await readAll(store.read(name))).toEqual(first);
    });

    it('creates an object from a stream, and none where the stream breaks off', async () => {
      await store.create(name, streamOf([first, Uint8Array.of(6)]));
      expect(await readAll(store.read(name))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
      const other = subject.nameOf('b');
      await expect(store.create(other, breaking(first))).rejects.toThrow('the source broke');
      await expect(readAll(store.read(other))).rejects.toMatchObject({ code: 'store.missing' });
    });

    it('replaces an object whole, and goes on with what is new', async () => {
      await store.create(name, Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9));
      const file = await store.open(name);
      const before = file.read(0)[Symbol.asyncIterator]();
      const head = (await before.next()).value as Uint8Array;
      await file.replace(streamOf([first.subarray(0, 2), first.subarray(2)]));
      expect(file.length).toBe(5);
      expect(head).toEqual(new Uint8Array(8).fill(9));
      await file.append(Uint8Array.of(6), true);
      expect(await readAll(file.read(3))).toEqual(Uint8Array.of(4, 5, 6));
      await expect(store.open(name)).rejects.toMatchObject({ code: 'store.busy' });
      await file.close();
      expect(await readAll(store.read(name))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    });

    it('replaces nothing where the new bytes break off', async () => {
      await store.create(name, first);
      const file = await store.open(name);
      await expect(file.replace(breaking(Uint8Array.of(9)))).rejects.toThrow('the source broke');
      await expect(file.append(Uint8Array.of(6), true)).rejects.toMatchObject({ code: 'store.failed' });
      await file.close();
      expect(await readAll(store.read(name))).toEqual(first);
    });

    it('lets one of many creators win', async () => {
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) => store.create(name, Uint8Array.of(i, i))),
      );
      expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
      const winner = tries.findIndex((one) => one.status === 'fulfilled');
      expect(await readAll(store.read(name))).toEqual(Uint8Array.of(winner, winner));
    });

    it('says that an object is missing', async () => {
      await expect(store.open(name)).rejects.toMatchObject({ code: 'store.missing' });
      await expect(readAll(store.read(name))).rejects.toMatchObject({ code: 'store.missing' });
    });

    it('appends, with and without sync, and shows the length', async () => {
      await store.create(name, first);
      const file = await store.open(name);
      expect(file.length).toBe(5);
      await file.append(Uint8Array.of(6, 7), false);
      await file.append(Uint8Array.of(8), true);
      await file.append(new Uint8Array(0), true);
      expect(file.length).toBe(8);
      expect(await readAll(file.read(0))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
      expect(await readAll(file.read(6))).toEqual(Uint8Array.of(7, 8));
      await file.close();
      expect(await readAll(store.read(name))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    });

    it('keeps appends in order that were not waited for', async () => {
      await store.create(name, first);
      const file = await store.open(name);
      await Promise.all(Array.from({ length: 50 }, (_, i) => file.append(Uint8Array.of(i, i), i % 10 === 0)));
      expect(await readAll(file.read(5))).toEqual(Uint8Array.from(Array.from({ length: 100 }, (_, i) => i >> 1)));
      await file.close();
    });

    it('keeps large appends whole', async () => {
      await store.create(name, first);
      const file = await store.open(name);
      const large = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
      await file.append(large, true);
      expect(Buffer.compare(await readAll(file.read(5)), large)).toBe(0);
      await file.close();
    });

    it('truncates, and appends behind what is left', async () => {
      await store.create(name, first);
      const file = await store.open(name);
      await file.truncate(2);
      expect(file.length).toBe(2);
      await file.append(Uint8Array.of(9), true);
      await expect(file.truncate(4)).rejects.toMatchObject({ code: 'store.failed' });
      expect(await readAll(file.read(0))).toEqual(Uint8Array.of(1, 2, 9));
      await file.append(Uint8Array.of(10), true);
      await file.close();
      expect(await readAll(store.read(name))).toEqual(Uint8Array.of(1, 2, 9, 10));
    });

    it('has one holder at a time', async () => {
      await store.create(name, first);
      const file = await store.open(name);
      await expect(store.open(name)).rejects.toMatchObject({ code: 'store.busy' });
      await expect(store.open(name)).rejects.toMatchObject({ code: 'store.busy' });
      await file.close();
      const next = await store.open(name);
      await expect(store.open(name)).rejects.toMatchObject({ code: 'store.busy' });
      await next.close();
    });

    it('reads without the lock while another holds it', async () => {
      await store.create(name, first);
      const file = await store.open(name);
      await file.append(Uint8Array.of(6), true);
      expect(await readAll(store.read(name))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
      await file.close();
    });

    it('keeps objects apart', async () => {
      const other = subject.nameOf('b');
      await store.create(name, first);
      await store.create(other, Uint8Array.of(7));
      const [one, two] = [await store.open(name), await store.open(other)];
      await one.append(Uint8Array.of(6), true);
      await two.append(Uint8Array.of(8), true);
      await Promise.all([one.close(), two.close()]);
      expect(await readAll(store.read(other))).toEqual(Uint8Array.of(7, 8));
    });

    it('changes nothing once a handle is closed', async () => {
      await store.create(name, first);
      const file = await store.open(name);
      await file.close();
      await file.close();
      await expect(file.append(Uint8Array.of(6), true)).rejects.toMatchObject({ code: 'store.failed' });
      await expect(file.truncate(1)).rejects.toMatchObject({ code: 'store.failed' });
      expect(await readAll(store.read(name))).toEqual(first);
    });
  });
}
