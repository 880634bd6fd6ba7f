/**
 * Objects in the memory of this process, for a node that keeps nothing and for tests. Bytes that were handed in are never written to
 * again, nor copied: who hands them in must not change them either. Nothing is durable.
 */
import { SojournError } from '../errors.ts';
import type { Listed, Mark, NodeStore, ObjectFile } from '../ports.ts';
import { createTurns } from './handle-turns.ts';
import { expectObjectName } from './object-name.ts';

interface Kept {
  readonly name: string;
  /** Replaced whole by whatever changes more than the end: a reading goes on with those that it began with. */
  pieces: Uint8Array[];
  length: number;
  version: number;
  note: Uint8Array | null;
  mark: Mark | null;
  held: boolean;
}

/** A store that ends with its process, or when nobody holds it any more. */
export function createMemoryStore(): NodeStore {
  const objects = new Map<string, Kept>();
  const handlers = new Map<string, Uint8Array>();
  let open = true;

  function expectOpen(): void {
    if (!open) throw new SojournError('store.failed', 'memory: expected an open store, found a closed one');
  }

  function kept(name: string): Kept {
    expectOpen();
    const found = objects.get(expectObjectName(name));
    if (found !== undefined) return found;
    throw new SojournError('store.missing', `object ${name}: expected it in the store, found none of that id`);
  }

  function expectNew(name: string): void {
    expectOpen();
    if (objects.has(expectObjectName(name)))
      throw new SojournError('object.exists', `object ${name}: expected no object of that id, found one`);
  }

  return {
    async create(name, content, note) {
      expectNew(name);
      const pieces = await gather(content);
      expectNew(name);
      const object = {
        name,
        pieces,
        length: lengthOf(pieces),
        version: 1,
        note: note ?? null,
        mark: null,
        held: false,
      };
      objects.set(name, object);
    },
    async open(name) {
      const object = kept(name);
      if (object.held)
        throw new SojournError('store.busy', `object ${name}: expected no other holder, found one; try again later`);
      object.held = true;
      return openKept(object);
    },
    async *read(name, offset = 0) {
      const { pieces, length } = kept(name);
      yield* from(pieces, offset, length);
    },
    async *list() {
      expectOpen();
      for (const object of objects.values()) yield listed(object);
    },
    async find(name) {
      expectOpen();
      const found = objects.get(expectObjectName(name));
      return found === undefined ? null : listed(found);
    },
    async mark(name, mark) {
      kept(name).mark = mark;
    },
    async putHandler(digest, component) {
      expectOpen();
      if (!handlers.has(expectObjectName(digest))) handlers.set(digest, component);
    },
    async handler(digest) {
      expectOpen();
      return handlers.get(expectObjectName(digest)) ?? null;
    },
    async handlers() {
      expectOpen();
      return [...handlers].map(([digest, { length }]) => ({ digest, bytes: length }));
    },
    changes: () => null,
    async close() {
      open = false;
    },
  };
}

function openKept(object: Kept): ObjectFile {
  const turns = createTurns(`object ${object.name}`);

  function append(bytes: Uint8Array, note: Uint8Array | undefined): void {
    object.pieces.push(bytes);
    object.length += bytes.length;
    object.version++;
    object.note = note ?? object.note;
  }

  function keep(pieces: Uint8Array[]): void {
    [object.pieces, object.length] = [pieces, lengthOf(pieces)];
    object.version++;
  }

  return {
    get length() {
      return object.length;
    },
    get version() {
      return String(object.version);
    },
    read: (offset) => from(object.pieces, offset, object.length),
    append: (bytes, _sync, note) => turns.take('append', () => append(bytes, note)),
    async truncate(to) {
      if (to > object.length)
        throw new SojournError(
          'store.failed',
          `object ${object.name}: truncate: expected at most ${object.length} bytes to keep, found ${to}`,
        );
      await turns.take('truncate', async () => keep(await gather(from(object.pieces, 0, to))));
    },
    replace: (content) => turns.take('replace', async () => keep(await gather(content))),
    async close() {
      if ((await turns.end()) !== 'ended') object.held = false;
    },
  };
}

async function* from(pieces: readonly Uint8Array[], offset: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const piece of pieces) {
    if (at >= end) return;
    const [start, stop] = [Math.max(0, offset - at), Math.min(piece.length, end - at)];
    if (start < stop) yield piece.subarray(start, stop);
    at += piece.length;
  }
}

async function gather(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  if (content instanceof Uint8Array) return [content];
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return pieces;
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

function listed({ name, length, note, mark }: Kept): Listed {
  return { name, length, note, mark };
}
