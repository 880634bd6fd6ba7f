import { DiscardPolicy, StorageType } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needTools } from '../toolchain/tools.ts';
import { idOf, storeContract } from './contract.ts';
import { startNatsServer } from './nats-server.ts';
import type { NatsServer } from './nats-server.ts';
import { natsStores, natsUnderTest } from './nats-store.ts';
import type { NatsStores } from './nats-store.ts';
import { readAll } from './object-contract.ts';

const tools = needTools('the store over NATS', ['nats-server']);

describe.runIf(tools !== null)('over a real nats-server', () => {
  let server: NatsServer;

  beforeAll(async () => {
    server = await startNatsServer(tools?.['nats-server'] ?? '');
  });
  afterAll(() => server.close());

  storeContract('nats', () => natsUnderTest(server.url));

  describe('a stream that an operator made', () => {
    let stores: NatsStores;
    const first = Uint8Array.of(1, 2, 3);

    beforeEach(() => {
      stores = natsStores(server.url);
    });
    afterEach(() => stores.remove());

    it('is full where it may not grow: told as such, what was acknowledged is there, reading goes on', async () => {
      await stores.makeStream({ max_bytes: 20_000 });
      const store = await stores.open();
      await store.create(idOf('a'), first);
      const file = await store.open(idOf('a'));
      let length = first.length;
      await expect(
        (async () => {
          for (; ; length = file.length) await file.append(new Uint8Array(3000), true);
        })(),
      ).rejects.toMatchObject({ code: 'store.full' });
      await expect(file.append(first, true)).rejects.toMatchObject({ code: 'store.failed' });
      await file.close();
      expect((await readAll(store.read(idOf('a')))).length).toBe(length);
      await expect(store.create(idOf('b'), new Uint8Array(10_000))).rejects.toMatchObject({ code: 'store.full' });
      expect(await store.find(idOf('b'))).toBeNull();
    });

    it.each([
      ['forgets', { max_age: 1_000_000_000 }, 'no max_age'],
      ['drops what is old', { discard: DiscardPolicy.Old }, 'discard new'],
      ['is kept in memory', { storage: StorageType.Memory }, 'storage file'],
      ['keeps one message a subject', { max_msgs_per_subject: 1 }, 'no max_msgs_per_subject'],
    ])('is refused where it %s', async (_, config, expected) => {
      await stores.makeStream(config);
      await expect(stores.open()).rejects.toMatchObject({
        code: 'store.failed',
        message: expect.stringContaining(expected),
      });
    });
  });
});
