/**
 * A disk in memory that can lose its power: what was synced is there afterwards, and of what was appended since then a beginning of
 * any length. Keeps the store contract.
 */
import { SojournError } from '../../host/errors.ts';
import type { ObjectFile, Store } from '../../host/ports.ts';
import type { Dice } from './dice.ts';

interface Kept {
  bytes: Uint8Array;
  /** So many of them survive whatever happens. */
  durable: number;
  held: boolean;
}

export interface Disk {
  readonly store: Store;
  names(): readonly string[];
  bytes(name: string): Uint8Array | null;
  /** Puts a whole file there in place of any other: what a courier does. */
  put(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
  isHeld(name: string): boolean;
  /** Every open handle is dead from here on, and its lock is gone. */
  cutPower(dice: Dice): void;
}

export function createDisk(): Disk {
  const files = new Map<string, Kept>();
  let power = 0;

  function find(name: string): Kept {
    const kept = files.get(name);
    if (kept === undefined) throw new SojournError('store.missing', `${name}: expected an object, found none`);
    return kept;
  }

  function open(name: string): ObjectFile {
    const kept = find(name);
    if (kept.held) throw new SojournError('store.busy', `${name}: expected it free, found it held`);
    kept.held = true;
    const mine = power;
    let closed = false;
    const alive = (): void => {
      if (closed || mine !== power)
        throw new SojournError('store.failed', `${name}: expected an open handle, found a dead one`);
    };
    return {
      get length() {
        return kept.bytes.length;
      },
      version: null,
      read: (offset) => stream(() => kept.bytes.subarray(offset)),
      async append(bytes, sync) {
        alive();
        kept.bytes = Uint8Array.from(Buffer.concat([kept.bytes, bytes]));
        if (sync) kept.durable = kept.bytes.length;
      },
      async truncate(length) {
        alive();
        if (length > kept.bytes.length)
          throw new SojournError(
            'store.failed',
            `${name}: truncate: expected at most ${kept.bytes.length}, found ${length}`,
          );
        kept.bytes = kept.bytes.slice(0, length);
        kept.durable = length;
      },
      async replace(content) {
        alive();
        closed = true; // a handle whose change failed refuses more, as that of a file does
        const whole = await gather(content);
        closed = false;
        alive();
        kept.bytes = whole;
        kept.durable = whole.length;
      },
      async close() {
        if (mine === power) kept.held = false;
        closed = true;
      },
    };
  }

  const store: Store = {
    async create(name, content) {
      const bytes = await gather(content);
      if (files.has(name)) throw new SojournError('object.exists', `${name}: expected no such object, found one`);
      files.set(name, { bytes, durable: bytes.length, held: false });
    },
    open: async (name) => open(name),
    read: (name, offset = 0) => stream(() => find(name).bytes.subarray(offset)),
  };

  return {
    store,
    names: () => [...files.keys()].toSorted(),
    bytes: (name) => files.get(name)?.bytes ?? null,
    put: (name, bytes) => void files.set(name, { bytes: bytes.slice(), durable: bytes.length, held: false }),
    remove: (name) => void files.delete(name),
    isHeld: (name) => files.get(name)?.held ?? false,
    cutPower(dice) {
      power++;
      for (const kept of files.values()) {
        kept.bytes = kept.bytes.slice(0, kept.durable + dice.below(kept.bytes.length - kept.durable + 1));
        kept.durable = kept.bytes.length;
        kept.held = false;
      }
    },
  };
}

async function gather(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content.slice();
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece.slice());
  return Uint8Array.from(Buffer.concat(pieces));
}

async function* stream(bytes: () => Uint8Array): AsyncGenerator<Uint8Array> {
  const all = bytes();
  if (all.length > 0) yield all;
}
