/**
 * A node whose network is cut while it waits for the answer of an effect (R60): it can't append, another one takes its object over, and
 * when the network is back it changes nothing any more.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hex } from '../../host/json.ts';
import { nativeHash } from '../../host/node/native.ts';
import { nodeIdOf } from '../../host/object/seal.ts';
import { startEffectServer } from '../node/effect-server.ts';
import type { EffectServer } from '../node/effect-server.ts';
import { ofKind } from '../node/wreck.ts';
import { propose } from '../node/world.ts';
import { startLink } from '../store/nats-link.ts';
import type { Link } from '../store/nats-link.ts';
import { startNatsServer } from '../store/nats-server.ts';
import type { NatsServer } from '../store/nats-server.ts';
import { natsStores } from '../store/nats-store.ts';
import { needTools } from '../toolchain/tools.ts';
import { createFleet } from './fleet.ts';
import { makeNamespace } from './namespace.ts';
import type { Namespace } from './namespace.ts';
import { createYard, expectOnce, post } from './yard.ts';

const tools = needTools('a node that is cut off', ['nats-server']);
const TIMEOUT_MS = 120_000;
const OPTIONS = { leaseMs: 1000, answerMs: 300, patienceMs: 3000 };

let server: NatsServer;
let effects: EffectServer;
let links: Link[] = [];
let namespace: Namespace | { readonly missing: string };

beforeAll(async () => {
  if (tools === null) return;
  namespace = makeNamespace();
  server = await startNatsServer(tools['nats-server']);
  effects = await startEffectServer();
});
afterAll(async () => {
  await Promise.all(links.map((link) => link.close()));
  if (tools === null) return;
  await server.close();
  await effects.close();
  if (!('missing' in namespace)) namespace.remove();
});

test.runIf(tools !== null)(
  'a node that is cut off loses its object, and gives way when it is back',
  { timeout: TIMEOUT_MS },
  async ({ annotate }) => {
    if ('missing' in namespace) {
      process.stderr.write(`a node that is cut off: left out, because ${namespace.missing}\n`);
      return void (await annotate(`not run: ${namespace.missing}`));
    }
    const { host, through, cut, mend } = namespace;
    links = [await startLink(server.url, host), await startLink(effects.url, host)];
    const [toServer = '', toEffects = ''] = links.map(({ url }) => url);
    const stores = natsStores(server.url);
    const yard = await createYard(await stores.open(OPTIONS));
    const fleet = createFleet({ servers: [server.url], prefix: stores.prefix, ...OPTIONS });
    try {
      const held = effects.hold('/cut/held');
      const request = post({ url: toEffects.replace('nats:', 'http:') }, 'cut/held');
      const object = await yard.object('cut', { 1: propose.http(request, 'held'), '*': propose.finish('done') });
      const node = await fleet.start({ through, servers: [toServer] });
      await held.arrived;
      cut();
      held.release();
      const next = await fleet.start();
      await next.said((line) => 'status' in line && line.object === object && line.status === 'terminated');
      const entries = await yard.expectWhole(object);
      const gaveWay = node.says((line) => 'error' in line && line.object === object && line.error === 'store.busy');
      mend();
      await gaveWay;
      expect(await yard.expectWhole(object)).toEqual(entries);
      const lost = hex(nodeIdOf(node.key.signer.publicKey, nativeHash));
      expect(ofKind(entries, 'recover').map(({ body }) => hex(body.lost))).toEqual([lost]);
      expectOnce(effects, 'cut', ['held']);
    } finally {
      await fleet.close();
      await yard.close();
      await stores.remove();
    }
  },
);
