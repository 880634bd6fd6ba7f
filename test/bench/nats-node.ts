/** A node for `nats.ts`: works on what there is, and says when each object fell asleep and ended. */
import { writeSync } from 'node:fs';
import { generateKey } from '../../host/node/native.ts';
import { nodePorts } from '../../host/node/ports.ts';
import { createNode } from '../../host/node/service/create-node.ts';
import type { ProgramCacheOptions } from '../../host/sandbox/program-cache.ts';
import { createNatsStore } from '../../host/store/nats.ts';
import type { NatsOptions } from '../../host/store/nats.ts';
import { PERMIT_ALL, policySet } from '../node/policies.ts';

export interface BenchOrder {
  readonly store: NatsOptions;
  readonly cache: ProgramCacheOptions;
}

// the parent writes the order as the one argument
const order = JSON.parse(process.argv[2] ?? '') as BenchOrder;
let busy = 0;
const node = await createNode({
  store: await createNatsStore(order.store),
  ports: nodePorts({ signer: generateKey().signer, workers: 1, programCache: order.cache }),
  policy: policySet(PERMIT_ALL),
  log: {
    debug(facts) {
      if ('code' in facts && facts.code === 'store.busy') busy++;
    },
    info() {},
    warn() {},
    error() {},
  },
});
process.on('SIGTERM', () => {
  writeSync(1, `${JSON.stringify({ busy })}\n`);
  process.exit(0);
});
for await (const { type } of node.events({ abort: new AbortController().signal })) {
  if (type === 'asleep') writeSync(1, `${JSON.stringify({ asleep: Date.now() })}\n`);
  if (type === 'ended') writeSync(1, `${JSON.stringify({ ended: Date.now() })}\n`);
}
