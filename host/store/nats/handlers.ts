/** Handlers in an object store of NATS, by their digests. It checks a digest of its own over what it gives. */
import { StorageType } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import type { NodeStore } from '../../ports.ts';
import { expectObjectName } from '../object-name.ts';
import type { Channel } from './channel.ts';

export type Handlers = Pick<NodeStore, 'putHandler' | 'handler' | 'handlers'>;

export async function openHandlers(channel: Channel, replicas: number): Promise<Handlers> {
  const bucket = `${channel.stream}-handlers`;
  const options = { storage: StorageType.File, replicas };
  const store = await channel.ask(bucket, 'open', () => new Objm(channel.js).create(bucket, options));

  return {
    async putHandler(digest, component) {
      const name = expectObjectName(digest);
      await channel.ask(name, 'put', async () => {
        if ((await store.info(name)) === null) await store.putBlob({ name }, component);
      });
    },
    async handler(digest) {
      return channel.ask(digest, 'read', () => store.getBlob(expectObjectName(digest)));
    },
    async handlers() {
      const found = await channel.ask(bucket, 'list', () => store.list());
      return found.map(({ name, size }) => ({ digest: name, bytes: size }));
    },
  };
}
