/**
 * One opened object. What is appended without sync waits here and goes out with the next one that is synced, so that a cycle costs few
 * messages. A handle that was outrun by another writer is dead.
 */
import { SojournError } from '../../errors.ts';
import type { Mark, ObjectFile } from '../../ports.ts';
import { createTurns } from '../handle-turns.ts';
import type { Channel } from './channel.ts';
import type { Lease } from './leases.ts';
import { expectSame } from './publish.ts';
import type { Head } from './publish.ts';
import { loadView } from './view.ts';
import type { View } from './view.ts';
import { writeBehind } from './write.ts';

export interface NatsHandle extends ObjectFile {
  mark(mark: Mark | null): Promise<void>;
}

/** Unsynced bytes that may wait. */
const WAITING_BYTES = 4 * 1024 * 1024;

/** Takes the lease over. `head` ends with a whole object. */
export function createHandle(
  channel: Channel,
  name: string,
  lease: Lease,
  opened: Head,
  onClose: () => void,
): NatsHandle {
  const turns = createTurns(name);
  let head = opened;
  let epoch = channel.epoch;
  let view: Promise<View> | null = null;
  let stored = head.record?.length ?? 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let note = head.record?.note ?? null;
  let noteWaits = false;

  const hasWaiting = (): boolean => waitingBytes > 0 || noteWaits;

  async function write(at: number, content: AsyncIterable<Uint8Array>, mark: Mark | null): Promise<number> {
    if (epoch !== channel.epoch) {
      const now = channel.epoch;
      await expectSame(channel, name, head);
      epoch = now;
    }
    const current = view === null ? null : await view;
    const written = await writeBehind(channel, name, head, { at, content, note, mark }, (next, bytes) => {
      if (next.record !== null) current?.add(next.seq, next.record, bytes.length, bytes);
    });
    head = written.head;
    [waiting, waitingBytes, noteWaits, stored] = [[], 0, false, head.record?.length ?? 0];
    if (current !== null) sweep(channel, current);
    return written.first;
  }

  /** What waits, behind what is stored. */
  async function flush(mark = head.record?.mark ?? null): Promise<void> {
    await write(stored, streamOf(waiting), mark);
  }

  async function append(bytes: Uint8Array, sync: boolean, nextNote: Uint8Array | undefined): Promise<void> {
    if (bytes.length > 0) waiting.push(Uint8Array.from(bytes));
    waitingBytes += bytes.length;
    if (nextNote !== undefined) [note, noteWaits] = [Uint8Array.from(nextNote), true];
    if ((sync && hasWaiting()) || waitingBytes > WAITING_BYTES) await flush();
  }

  async function truncate(to: number): Promise<void> {
    if (waitingBytes > 0) await flush();
    if (to < stored) await write(to, streamOf([]), head.record?.mark ?? null);
  }

  async function replace(content: AsyncIterable<Uint8Array>): Promise<void> {
    const first = await write(0, content, head.record?.mark ?? null);
    view = null;
    channel.purgeLater(name, first);
  }

  async function* read(offset: number): AsyncGenerator<Uint8Array> {
    const [end, behind] = [stored, waiting.slice()];
    if (offset < end) {
      view ??= loadView(channel, name, head.seq).then((loaded) => {
        sweep(channel, loaded);
        if (loaded.replaced !== null) channel.purgeLater(name, loaded.replaced);
        return loaded;
      });
      const loading = view;
      const current = await loading.catch((error: unknown) => {
        if (view === loading) view = null;
        throw error;
      });
      yield* current.read(channel, name, offset, end);
    }
    let at = end;
    for (const bytes of behind) {
      const rest = bytes.subarray(Math.max(0, offset - at));
      if (rest.length > 0) yield rest;
      at += bytes.length;
    }
  }

  return {
    get length() {
      return stored + waitingBytes;
    },
    get version() {
      return hasWaiting() ? null : versionOf(head);
    },
    read,
    append: (bytes, sync, nextNote) => turns.take('append', () => append(bytes, sync, nextNote)),
    truncate: async (to) => {
      const length = stored + waitingBytes;
      if (to > length)
        throw new SojournError('store.failed', `${name}: truncate: expected at most ${length} bytes, found ${to}`);
      await turns.take('truncate', () => truncate(to));
    },
    replace: (content) => turns.take('replace', () => replace(content)),
    mark: (mark) => turns.take('mark', () => flush(mark)),
    async close() {
      // what nobody waited to be durable for: where this fails, it is a tail that was lost in a crash
      const last = turns.take('close', () => (hasWaiting() ? flush() : undefined)).catch(() => undefined);
      if (!(await turns.end())) return;
      await last;
      await lease.release();
      onClose();
    },
  };
}

/** Takes messages away that no byte counts of. Where that fails, they only take room. */
function sweep({ jsm, stream }: Channel, { dead }: View): void {
  for (const seq of dead.splice(0)) jsm.streams.deleteMessage(stream, seq, false).catch(() => undefined);
}

/** Another message, another version: the token makes it so even where a server has lost some and numbers anew. */
function versionOf({ seq, record }: Head): string {
  return `${seq} ${record?.token ?? ''}`;
}

export async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
