/**
 * Objects in a stream of NATS JetStream, for any number of nodes: one subject an object, and every append says which message it expects
 * to be the last. Of two nodes that append to one object, one wins. What is durable is what the server makes so (docs/many-nodes.md).
 */
import { SojournError } from '../errors.ts';
import type { Mark, NodeStore } from '../ports.ts';
import { openChannel } from './nats/channel.ts';
import type { Channel, NatsOptions } from './nats/channel.ts';
import { createHandle, streamOf } from './nats/handle.ts';
import type { NatsHandle } from './nats/handle.ts';
import { openHandlers } from './nats/handlers.ts';
import { openLeases } from './nats/leases.ts';
import type { Leases } from './nats/leases.ts';
import { followChanges, listAll, listed } from './nats/listing.ts';
import { NO_HEAD, publishBehind, readHead } from './nats/publish.ts';
import type { Head } from './nats/publish.ts';
import { loadView } from './nats/view.ts';
import { inPieces, wholePart, writeBehind } from './nats/write.ts';
import { expectObjectName } from './object-name.ts';

export type { NatsOptions } from './nats/channel.ts';
export { readNatsUrl, showNatsUrl } from './nats/url.ts';

const LEASE_MS = 5000;
/** Readings without the lock that meet a replacement are begun anew. */
const ATTEMPTS = 5;

/** Connects, and makes the stream and the buckets where there are none. Errors: `store.failed`. */
export async function createNatsStore(options: NatsOptions): Promise<NodeStore> {
  const { replicas = 1, leaseMs = LEASE_MS } = options;
  const channel = await openChannel(options);
  try {
    const [leases, handlers] = [await openLeases(channel, replicas, leaseMs), await openHandlers(channel, replicas)];
    return { ...createObjects(channel, leases), ...handlers };
  } catch (error) {
    await channel.close();
    throw error;
  }
}

type Objects = Omit<NodeStore, 'putHandler' | 'handler' | 'handlers'>;

function createObjects(channel: Channel, leases: Leases): Objects {
  const open = new Map<string, NatsHandle>();

  async function openObject(name: string): Promise<NatsHandle> {
    const lease = await leases.take(expectObjectName(name));
    try {
      const head = await readHead(channel, name);
      expectThere(name, head);
      const handle = createHandle(channel, name, lease, head, () => open.delete(name));
      open.set(name, handle);
      return handle;
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  async function mark(name: string, next: Mark | null): Promise<void> {
    const held = open.get(name);
    if (held !== undefined) return held.mark(next);
    for (let attempt = 1; ; attempt++) {
      const head = await readHead(channel, name, true);
      const at = expectThere(name, head);
      const said = { at, piece: 0, last: true, token: channel.nextToken(), ...wholePart(head), mark: next };
      try {
        await publishBehind(channel, name, head, said, new Uint8Array(0));
        return;
      } catch (error) {
        if (!isBusy(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  return {
    create: (name, content, note) => create(channel, leases, name, content, note ?? null),
    open: openObject,
    read: (name, offset = 0) => readObject(channel, name, offset),
    list: () => listAll(channel),
    find: async (name) => listed(name, await readHead(channel, name)),
    mark,
    changes: (signal) => followChanges(channel, signal),
    async close() {
      await Promise.all([...open.values()].map((handle) => handle.close()));
      leases.close();
      await channel.close();
    },
  };
}

/** Gives the length. Errors: `store.missing`. */
function expectThere(name: string, { record }: Head): number {
  if (record !== null && record.length !== null) return record.length;
  throw new SojournError('store.missing', `${name}: expected an object, found none of this name`);
}

/** Errors: `object.exists`. What is not whole was left by a creation that did not end. */
function expectNone(name: string, { record }: Head): void {
  if (record !== null && record.length !== null)
    throw new SojournError('object.exists', `${name}: expected no object of that name, found one`);
}

/** One message where it fits: no lease is needed then. */
async function create(
  channel: Channel,
  leases: Leases,
  name: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  note: Uint8Array | null,
): Promise<void> {
  const pieces = inPieces(content instanceof Uint8Array ? streamOf([content]) : content, channel.pieceBytes(note));
  const first = await pieces.next();
  const second = first.done === true ? first : await pieces.next();
  if (first.done === true) return;
  if (second.done === true) {
    const [at, piece, last, length, token] = [0, 0, true, first.value.length, channel.nextToken()] as const;
    const said = { at, piece, last, length, token, mark: null, note };
    const done = await publishBehind(channel, name, NO_HEAD, said, first.value).catch(notBusy);
    if (done !== null) return;
  }
  expectNone(name, await readHead(channel, name, true));
  const lease = await leases.take(name);
  let own: Head = NO_HEAD;
  try {
    const head = await readHead(channel, name, true);
    expectNone(name, head);
    await writeBehind(channel, name, head, { at: 0, content: rest(), note, mark: null }, (next) => (own = next));
  } catch (error) {
    const { jsm, stream } = channel;
    const behind = { filter: channel.subjectOf(name), seq: own.seq + 1 };
    if (own.seq > 0) await jsm.streams.purge(stream, behind).catch(() => undefined); // not whole: it only takes room
    throw error;
  } finally {
    await lease.release();
  }

  async function* rest(): AsyncGenerator<Uint8Array> {
    for (const piece of [first, second]) if (piece.done !== true) yield piece.value;
    if (second.done !== true) yield* pieces;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof SojournError && error.code === 'store.busy';
}

function notBusy(error: unknown): null {
  if (isBusy(error)) return null;
  throw error;
}

async function* readObject(channel: Channel, name: string, offset: number): AsyncGenerator<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    const head = await readHead(channel, name, attempt > 1);
    const length = expectThere(name, head);
    const view = await loadView(channel, name, head.seq);
    if (view.layout.length === length) {
      yield* view.read(channel, name, offset, length);
      return;
    }
    if (attempt === ATTEMPTS)
      throw new SojournError(
        'store.busy',
        `${name}: expected ${length} bytes, found ${view.layout.length}; read it again`,
      );
  }
}
