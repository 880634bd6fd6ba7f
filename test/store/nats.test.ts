import { afterAll, beforeAll, describe } from 'vitest';
import { needTools } from '../toolchain/tools.ts';
import { storeContract } from './contract.ts';
import { startNatsServer } from './nats-server.ts';
import type { NatsServer } from './nats-server.ts';
import { natsUnderTest } from './nats-store.ts';

const tools = needTools('the store over NATS', ['nats-server']);

describe.runIf(tools !== null)('over a real nats-server', () => {
  let server: NatsServer;

  beforeAll(async () => {
    server = await startNatsServer(tools?.['nats-server'] ?? '');
  });
  afterAll(() => server.close());

  storeContract('nats', () => natsUnderTest(server.url));
});
