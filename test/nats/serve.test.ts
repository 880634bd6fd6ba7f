/** Three `sojourn serve` over one nats-server, as an operator has them: any of them answers for every object, and one that dies is not missed. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSteps, createDesk } from '../cli/run-cli.ts';
import type { Desk } from '../cli/run-cli.ts';
import { startServe } from '../cli/serving.ts';
import type { Serving } from '../cli/serving.ts';
import { startEffectServer } from '../node/effect-server.ts';
import type { EffectServer } from '../node/effect-server.ts';
import { startNatsServer } from '../store/nats-server.ts';
import type { NatsServer } from '../store/nats-server.ts';
import { needTools } from '../toolchain/tools.ts';

const tools = needTools('nodes that are served over NATS', ['nats-server']);
const TIMEOUT_MS = 120_000;

describe.runIf(tools !== null)('three served nodes over one nats-server', { timeout: TIMEOUT_MS }, () => {
  let server: NatsServer;
  let effects: EffectServer;
  let desk: Desk;
  const nodes: Serving[] = [];

  beforeAll(async () => {
    server = await startNatsServer(tools!['nats-server']);
    effects = await startEffectServer();
    desk = await createDesk();
    await buildSteps(desk);
    for (const name of ['a', 'b', 'c'])
      nodes.push(
        await startServe(desk.path(name), ['--store', `${server.url}?lease=1000`, '--policy', desk.path('all')]),
      );
  }, TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
    await server.close();
    await effects.close();
    desk.close();
  });

  async function makeObject(node: Serving, input: object): Promise<string> {
    const component = readFileSync(desk.path('steps.wasm'));
    const put = await node.fetch('PUT', '/handlers', component, { 'content-type': 'application/wasm' });
    const { handler } = JSON.parse(await put.text()) as { readonly handler: string };
    const intent = { kind: 'test', goal: 'test', input };
    const made = await node.fetch('POST', '/objects', { handler, intent, context: { capabilities: ['*'] } });
    const { id } = JSON.parse(await made.text()) as { readonly id: string };
    expect(made.status).toBe(201);
    return id;
  }

  /** As this node has it, once another one has brought it there. */
  async function untilStatus(node: Serving, id: string, status: string): Promise<void> {
    for (;;) {
      const response = await node.fetch('GET', `/objects/${id}/result?wait=20000`);
      const text = await response.text();
      expect([200, 404]).toContain(response.status);
      if (response.status === 200 && (JSON.parse(text) as { object: { status: string } }).object.status === status)
        return;
    }
  }

  it('show, signal and finish what another one made', async () => {
    const [a, b, c] = nodes as [Serving, Serving, Serving];
    const id = await makeObject(a, { step: 'sleep' });
    await untilStatus(b, id, 'dormant');
    const signal = () =>
      b.fetch('POST', `/objects/${id}/signals/go?wait=20000`, { by: 'b' }, { 'idempotency-key': 'go' });
    let signalled = await signal();
    // the node that put it to sleep may hold it a moment longer than that is known
    while (signalled.status === 503) signalled = await signal();
    expect([signalled.status, JSON.parse(await signalled.text())]).toMatchObject([
      200,
      { run: { status: 'terminated' } },
    ]);
    await untilStatus(c, id, 'terminated');
    const view = JSON.parse(await (await a.fetch('GET', `/objects/${id}`)).text()) as { entries: { node: string }[] };
    expect(new Set(view.entries.map(({ node }) => node)).size).toBeGreaterThan(1);
  });

  it('go on with what one of them was in the middle of when it was killed', async () => {
    const [a, b, c] = nodes as [Serving, Serving, Serving];
    const held = effects.hold('/served/slow');
    const id = await makeObject(a, { step: 'fetch', url: `${effects.url}/served/slow` });
    await held.arrived;
    await a.stop('SIGKILL');
    held.release();
    await Promise.all([untilStatus(b, id, 'terminated'), untilStatus(c, id, 'terminated')]);
    const view = JSON.parse(await (await b.fetch('GET', `/objects/${id}`)).text()) as { entries: { kind: string }[] };
    expect(view.entries.filter(({ kind }) => kind === 'recover')).toHaveLength(1);
    // a GET changes nothing, and is asked again
    expect(effects.ledger('served').seen.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });
});
