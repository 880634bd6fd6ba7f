/** Stores of NATS for tests: each with streams of its own in one server, which are deleted at the end. */
import { randomUUID } from 'node:crypto';
import { DiscardPolicy, jetstreamManager } from '@nats-io/jetstream';
import type { StreamConfig } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NodeStore } from '../../host/ports.ts';
import { createNatsStore } from '../../host/store/nats.ts';
import type { NatsOptions } from '../../host/store/nats.ts';
import type { StoreUnderTest } from './contract.ts';

export interface NatsStores {
  readonly prefix: string;
  /** Another node's store over the same streams. */
  open(options?: Partial<NatsOptions>): Promise<NodeStore>;
  /** The stream of objects, before a store does, with a configuration of its own. */
  makeStream(config: Partial<StreamConfig>): Promise<void>;
  /** Messages in the stream of objects. */
  messages(): Promise<number>;
  /** As where their holders were away for longer than they last. */
  dropLeases(): Promise<void>;
  /** Closes all that were opened. */
  remove(): Promise<void>;
}

export function natsStores(url: string): NatsStores {
  const prefix = `test-${randomUUID()}`;
  const opened: NodeStore[] = [];
  return {
    prefix,
    async open(options = {}) {
      const store = await createNatsStore({ servers: [url], prefix, ...options });
      opened.push(store);
      return store;
    },
    makeStream: (config) =>
      withManager(url, async (jsm) => {
        const own = { name: prefix, subjects: [`${prefix}.object.*`], discard: DiscardPolicy.New, allow_direct: true };
        await jsm.streams.add({ ...own, ...config });
      }),
    messages: () => withManager(url, async (jsm) => (await jsm.streams.info(prefix)).state.messages),
    dropLeases: () => withManager(url, async (jsm) => void (await jsm.streams.purge(`KV_${prefix}-leases`))),
    async remove() {
      await Promise.all(opened.map((store) => store.close()));
      await withManager(url, async (jsm) => {
        for await (const name of jsm.streams.names()) if (name.includes(prefix)) await jsm.streams.delete(name);
      });
    },
  };
}

async function withManager<T>(
  url: string,
  job: (jsm: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>,
): Promise<T> {
  const connection = await connect({ servers: url });
  try {
    return await job(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

/** What the contract suite takes. */
export async function natsUnderTest(url: string, options: Partial<NatsOptions> = {}): Promise<StoreUnderTest> {
  const stores = natsStores(url);
  let store = await stores.open(options);
  return {
    notes: true,
    versions: true,
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      return (store = await stores.open(options));
    },
    remove: () => stores.remove(),
  };
}
