/** The app without a listener: requests in, responses out, on whatever has `fetch`. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { verifyChain } from '../../../host/object/chain.ts';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import { createNativeVerify, nativeHash } from '../../../host/node/native.ts';
import type { NodeEvent } from '../../../host/node/service/node.ts';
import { DAY, propose, START } from '../world.ts';
import { createBench, createServer } from './server.ts';
import type { Bench, Server, ServerOptions } from './server.ts';

let bench: Bench;
let servers: Server[] = [];
beforeAll(async () => {
  bench = await createBench();
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});
afterAll(() => bench.close());

async function start(options: ServerOptions = {}): Promise<Server> {
  const server = await createServer(bench, options);
  servers.push(server);
  return server;
}

const NOWHERE = '0'.repeat(64);
const FINISH = { '*': propose.finish('done') };
const WAIT = { '1': propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish('went') };
const OBJECT = 'application/sojourn+cbor-seq';

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

describe('objects over HTTP', () => {
  it('are made, run by themselves, and wait to be asked what came of them', async () => {
    const server = await start();
    const id = await server.object(FINISH);
    const { status, json } = await server.json('GET', `/objects/${id}/result?wait=10000`);
    expect({ status, object: json.object.status, result: json.last.body.value }).toMatchObject({
      status: 200,
      object: 'terminated',
    });
    expect(JSON.stringify(json.last)).toContain('done');
  });

  it('are made once under one key', async () => {
    const server = await start();
    const draft = { handler: bench.handler.digest, intent: { kind: 'scripted', goal: 'x', input: FINISH } };
    const key = { 'idempotency-key': 'order-1' };
    const first = await server.json('POST', '/objects', draft, key);
    const again = await server.json('POST', '/objects', draft, key);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json).toEqual({ ...first.json, duplicate: true });
  });

  it('sleep until they are signalled, and the answer tells of the run', async () => {
    const server = await start();
    const id = await server.object(WAIT);
    await server.json('GET', `/objects/${id}/result?wait=10000`);
    const { status, json } = await server.json(
      'POST',
      `/objects/${id}/signals/go?wait=10000`,
      { by: 'test' },
      { 'idempotency-key': 'k1' },
    );
    expect({ status, duplicate: json.duplicate, run: json.run.status }).toEqual({
      status: 200,
      duplicate: false,
      run: 'terminated',
    });
    const again = await server.json('POST', `/objects/${id}/signals/go`, { by: 'test' }, { 'idempotency-key': 'k1' });
    expect(again.json).toMatchObject({ seq: json.seq, duplicate: true, receipt: null });
  });

  it('are evaluated when somebody asks for it', async () => {
    const server = await start();
    const id = await server.object(WAIT, { run: false });
    expect((await server.json('GET', `/objects/${id}?brief`)).json).toMatchObject({ status: 'active', cycles: 0 });
    const { status, json } = await server.json('POST', `/objects/${id}/evaluate?once`);
    expect({ status, run: json.status, cycle: json.cycle }).toEqual({ status: 200, run: 'dormant', cycle: 1 });
  });

  it('are given as JSON, as of an earlier entry, and as bytes that verify', async () => {
    const server = await start();
    const id = await server.object(FINISH);
    await server.json('GET', `/objects/${id}/result?wait=10000`);
    const view = (await server.json('GET', `/objects/${id}`)).json;
    expect(view).toMatchObject({ id, status: 'terminated' });
    expect((await server.json('GET', `/objects/${id}?at=1`)).json).toMatchObject({ id, seq: 1 });
    const bytes = await bytesOf(await server.fetch('GET', `/objects/${id}`, { headers: { accept: OBJECT } }));
    const source = (async function* () {
      yield bytes;
    })();
    const chain = await verifyChain(source, {
      hash: nativeHash,
      verify: createNativeVerify(),
      limits: DEFAULT_LIMITS.object,
      receipts: [],
    });
    expect(chain).toMatchObject({ ok: true, seq: view.seq });
    const rest = await bytesOf(await server.fetch('GET', `/objects/${id}?offset=100`, { headers: { accept: OBJECT } }));
    expect(rest).toEqual(bytes.subarray(100));
  });

  it('are listed page by page, and by how they stand', async () => {
    const server = await start();
    const ids = [await server.object(WAIT), await server.object(WAIT), await server.object(FINISH)];
    for (const id of ids) await server.json('GET', `/objects/${id}/result?wait=10000`);
    const first = (await server.json('GET', '/objects?limit=2')).json;
    const second = (await server.json('GET', `/objects?limit=2&cursor=${encodeURIComponent(first.next)}`)).json;
    expect([...first.objects, ...second.objects].map(({ id }) => id)).toEqual(ids.toSorted());
    expect(second.next).toBeNull();
    const { objects } = (await server.json('GET', '/objects?status=dormant')).json;
    expect(objects.map(({ waitsFor }: { waitsFor: { signals: string[] } }) => waitsFor.signals)).toEqual([
      ['go'],
      ['go'],
    ]);
  });

  it('wake when their time has come, and are found by it', async () => {
    const server = await start();
    const id = await server.object({
      '1': propose.sleep([{ tag: 'instant', val: START + DAY }]),
      '*': propose.finish(),
    });
    await server.json('GET', `/objects/${id}/result?wait=10000`);
    expect((await server.json('GET', `/objects?due-before=${START + 2 * DAY}`)).json.objects).toHaveLength(1);
    expect((await server.json('GET', `/objects?due-before=${START}`)).json.objects).toHaveLength(0);
    server.time += DAY;
    expect((await server.json('POST', `/objects/${id}/evaluate`)).json).toMatchObject({ status: 'terminated' });
  });

  it('move from one node to another, and back', async () => {
    const [a, b] = [await start(), await start()];
    const id = await a.object(WAIT);
    await a.json('GET', `/objects/${id}/result?wait=10000`);
    const handed = await a.fetch('POST', `/objects/${id}/hand-over`);
    expect(handed.headers.get('sojourn-receipt')).toMatch(/^[0-9a-f]{64,}$/);
    const bytes = await bytesOf(handed);
    expect(handed.headers.get('content-length')).toBe(String(bytes.length));
    expect((await a.json('POST', `/objects/${id}/signals/go`, null)).json.code).toBe('object.left');
    const take = (server: Server, body: Uint8Array) =>
      server.fetch('POST', '/objects/import', { body: body.slice(), headers: { 'content-type': OBJECT } });
    const taken = await take(b, bytes);
    expect([taken.status, await taken.json()]).toEqual([201, { id, state: 'new' }]);
    expect((await b.json('POST', `/objects/${id}/signals/go?wait=10000`, null)).json.run.status).toBe('terminated');
    const back = await take(a, await bytesOf(await b.fetch('POST', `/objects/${id}/hand-over`)));
    expect([back.status, await back.json()]).toEqual([200, { id, state: 'back' }]);
    expect((await a.json('GET', `/objects/${id}?brief`)).json.status).toBe('terminated');
  });

  it('are evaluated without being kept', async () => {
    const [a, stateless] = [await start(), await start()];
    const id = await a.object(WAIT, { run: false, embed: true });
    const bytes = await bytesOf(await a.fetch('GET', `/objects/${id}`, { headers: { accept: OBJECT } }));
    const answer = await stateless.fetch('POST', '/evaluate', {
      body: bytes.slice(),
      headers: { 'content-type': OBJECT, 'accept': OBJECT },
    });
    expect([answer.status, answer.headers.get('sojourn-status'), answer.headers.get('content-type')]).toEqual([
      200,
      'dormant',
      OBJECT,
    ]);
    const further = await bytesOf(answer);
    expect(further.subarray(0, bytes.length)).toEqual(bytes);
    expect(further.length).toBeGreaterThan(bytes.length);
    expect((await stateless.json('GET', '/objects')).json.objects).toEqual([]);
  });
});

describe('the node over HTTP', () => {
  it('says how it is to anybody, and nothing else', async () => {
    const server = await start();
    await server.node.indexed;
    const open = async (path: string) => server.app.fetch(new Request(`http://node.test${path}`));
    expect(await (await open('/health')).json()).toEqual({
      status: 'ok',
      node: server.node.id,
      zone: '',
      indexed: true,
    });
    expect(await (await open('/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' });
    for (const path of ['/objects', '/handlers', '/stats', '/metrics', '/events', `/objects/${NOWHERE}`]) {
      const response = await open(path);
      expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([
        path,
        401,
        'Bearer realm="sojourn"',
      ]);
    }
  });

  it('takes handlers in and lists them', async () => {
    const server = await start();
    expect((await server.json('GET', '/handlers')).json.handlers).toEqual([
      { handler: bench.handler.digest, bytes: bench.handler.bytes.length },
    ]);
    const put = (body: Uint8Array) =>
      server.fetch('PUT', '/handlers', { body: body.slice(), headers: { 'content-type': 'application/wasm' } });
    expect(await (await put(bench.handler.bytes)).json()).toMatchObject({ handler: bench.handler.digest });
    expect(await (await put(new Uint8Array(100))).json()).toMatchObject({ code: 'component.malformed', status: 422 });
  });

  it('streams what happens, and goes on behind the last event that is known', async () => {
    const server = await start();
    const id = await server.object(WAIT);
    await server.json('GET', `/objects/${id}/result?wait=10000`);
    const all = await readEvents(
      await server.fetch('GET', `/objects/${id}/events`, { headers: { 'last-event-id': '0' } }),
      'asleep',
    );
    expect(all.map(({ event }) => event)).toContain('outcome');
    expect(new Set(all.map(({ data }) => data.object))).toEqual(new Set([id]));
    const known = all.at(-1)!;
    const more = readEvents(
      await server.fetch('GET', '/events', { headers: { 'last-event-id': String(known.id) } }),
      'ended',
    );
    await server.json('POST', `/objects/${id}/signals/go?wait=10000`, null);
    const behind = await more;
    expect(behind[0]!.id).toBeGreaterThan(known.id);
    expect(behind.map(({ event }) => event)).toEqual(expect.arrayContaining(['signal', 'outcome', 'ended']));
    expect(server.app.openStreams()).toBe(0);
  });

  it('ends what waits and streams when it closes, and says so from then on', async () => {
    const server = await start();
    const id = await server.object(WAIT);
    await server.json('GET', `/objects/${id}/result?wait=10000`);
    const events = (await server.fetch('GET', '/events')).text();
    const result = server.json('POST', `/objects/${id}/signals/other?wait=60000`, null);
    server.app.close();
    await server.node.close();
    expect(await events).toMatch(/^retry/);
    await result;
    const health = await server.fetch('GET', '/health');
    expect([health.status, health.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await server.json('POST', `/objects/${id}/evaluate`)).json.code).toBe('node.closing');
  });
});

interface ReadEvent {
  readonly id: number;
  readonly event: string;
  readonly data: NodeEvent;
}

/** Events up to the first of this type; then the reader goes away. */
async function readEvents(response: Response, last: string): Promise<ReadEvent[]> {
  const events: ReadEvent[] = [];
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of response.body!) {
    text += decoder.decode(piece, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s)),
      );
      text = text.slice(end + 2);
      if (fields['event'] === undefined) continue;
      events.push({ id: Number(fields['id']), event: fields['event'], data: JSON.parse(fields['data']) });
      if (fields['event'] === last) return events;
    }
  }
  return events;
}
