/**
 * Who has which object open, with an end to it: keys of a bucket that go away when they are not renewed. They only spare two nodes from
 * doing the same work; what is right is decided by the sequence that each append expects.
 */
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import { StorageType } from '@nats-io/jetstream';
import { SojournError } from '../../errors.ts';
import type { Channel } from './channel.ts';
import { isOutrun, isTransient } from './nats-error.ts';

export interface Lease {
  release(): Promise<void>;
}

export interface Leases {
  /** Errors: `store.busy` where another holder has it, in this process or elsewhere; `store.failed`. */
  take(name: string): Promise<Lease>;
  close(): void;
}

interface Held {
  readonly value: string;
  revision: number;
  renewal: Promise<void>;
}

const RENEWALS = 3;

/** In memory of the server: after its restart there is no bucket, which is made again, and whoever is at work goes on. */
export async function openLeases(channel: Channel, replicas: number, leaseMs: number): Promise<Leases> {
  const bucket = `${channel.stream}-leases`;
  const options = { storage: StorageType.Memory, ttl: leaseMs, replicas, history: 1 };
  const ensure = (): Promise<KV> => new Kvm(channel.js).create(bucket, options);
  const kv = await channel.ask(bucket, 'open', ensure);
  const { ttl } = await channel.ask(bucket, 'open', () => kv.status());
  const held = new Map<string, Held | null>();
  const timer = setInterval(() => {
    for (const [name, one] of held) if (one !== null) one.renewal = one.renewal.then(() => renew(kv, name, one));
  }, ttl / RENEWALS);
  timer.unref();

  return {
    async take(name) {
      if (held.has(name)) throw busy(name);
      held.set(name, null);
      const value = channel.nextToken();
      try {
        const revision = await channel.ask(name, 'open', async () => {
          try {
            return await claim(kv, name, value);
          } catch (error) {
            if (isTransient(error)) await ensure().catch(() => undefined);
            throw error;
          }
        });
        held.set(name, { value, revision, renewal: Promise.resolve() });
      } catch (error) {
        held.delete(name);
        throw error;
      }
      return {
        async release() {
          const mine = held.get(name);
          if (mine?.value !== value) return;
          await mine.renewal;
          // no marker in its place, so that the next one to take it needs one request only; where it fails, it ends by itself
          await channel.jsm.streams.deleteMessage(`KV_${bucket}`, mine.revision, false).catch(() => undefined);
          held.delete(name);
        },
      };
    },
    close: () => clearInterval(timer),
  };
}

/** Gives the revision. One that is ours already, as an answer that was lost leaves it, is as good. */
async function claim(kv: KV, name: string, value: string): Promise<number> {
  try {
    return await kv.put(name, value, { previousSeq: 0 });
  } catch (error) {
    if (!isOutrun(error)) throw error;
    const found = await kv.get(name);
    if (found?.string() === value) return found.revision;
    throw busy(name, error);
  }
}

/** One that is lost is not missed: the appends of its holder fail as soon as another one has appended. */
async function renew(kv: KV, name: string, held: Held): Promise<void> {
  try {
    held.revision = await kv.put(name, held.value, { previousSeq: held.revision });
  } catch (error) {
    if (!isOutrun(error)) return;
    await claim(kv, name, held.value).then(
      (revision) => {
        held.revision = revision;
      },
      () => undefined,
    );
  }
}

function busy(name: string, cause?: unknown): SojournError {
  return new SojournError('store.busy', `${name}: expected no other holder, found one; try again when it is done`, {
    cause,
  });
}
