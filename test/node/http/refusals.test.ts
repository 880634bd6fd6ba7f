/** What the app turns away, and how: tokens that may not, requests that are wrong, too much of either. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { propose } from '../world.ts';
import { createBench, createServer, SECRET, tokenOf } from './server.ts';
import type { Bench, Init, Server, ServerOptions } from './server.ts';

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
const WAIT = { '1': propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish('went') };
const OBJECT = 'application/sojourn+cbor-seq';

describe('a token that is bound', () => {
  const bound = (more: object) => [tokenOf(SECRET), tokenOf('bound-bound-bound-bound', { name: 'bound', ...more })];
  const as = { authorization: 'Bearer bound-bound-bound-bound' };

  it('to scopes may do what they say and no more', async () => {
    const server = await start({ tokens: bound({ scopes: new Set(['read']) }) });
    const id = await server.object(WAIT);
    expect((await server.json('GET', `/objects/${id}`, undefined, as)).status).toBe(200);
    const tries = [
      ['POST', `/objects/${id}/evaluate`],
      ['POST', `/objects/${id}/signals/go`],
      ['POST', `/objects/${id}/hand-over`],
      ['POST', '/objects'],
      ['PUT', '/handlers'],
      ['POST', '/objects/import'],
      ['POST', '/evaluate'],
    ] as const;
    for (const [method, path] of tries) {
      const { json } = await server.json(method, path, undefined, as);
      expect([path, json.code]).toEqual([path, 'token.refused']);
    }
  });

  it('to objects sees these and no others, there or not', async () => {
    const tokens = [tokenOf(SECRET)];
    const server = await start({ tokens });
    const [own, other] = [await server.object(WAIT), await server.object(WAIT)];
    server.app.replaceTokens(bound({ objects: new Set([own]) }));
    const get = async (path: string) => (await server.json('GET', path, undefined, as)).json;
    expect((await get(`/objects/${own}?brief`)).id).toBe(own);
    const [foreign, absent] = [await get(`/objects/${other}?brief`), await get(`/objects/${NOWHERE}?brief`)];
    expect(foreign.code).toBe('token.refused');
    expect(absent).toEqual(foreign);
    expect((await get('/objects')).objects.map(({ id }: { id: string }) => id)).toEqual([own]);
    expect((await get('/stats')).code).toBe('token.refused');
    expect((await server.fetch('GET', '/events', { headers: as })).status).toBe(403);
    const draft = { handler: bench.handler.digest, intent: { kind: 'x', goal: 'x', input: null } };
    expect((await server.json('POST', '/objects', draft, as)).json.code).toBe('token.refused');
  });

  it('to handlers makes and sees objects of these alone', async () => {
    const server = await start();
    const id = await server.object(WAIT);
    const draft = { handler: bench.handler.digest, intent: { kind: 'scripted', goal: 'x', input: WAIT } };
    server.app.replaceTokens(bound({ handlers: new Set([NOWHERE]) }));
    expect((await server.json('GET', `/objects/${id}`, undefined, as)).json.code).toBe('token.refused');
    expect((await server.json('POST', '/objects', draft, as)).json.code).toBe('token.refused');
    server.app.replaceTokens(bound({ handlers: new Set([bench.handler.digest]) }));
    expect((await server.json('GET', `/objects/${id}`, undefined, as)).status).toBe(200);
    expect((await server.json('POST', '/objects', draft, as)).status).toBe(201);
  });
});

describe('what is wrong', () => {
  it.each<[string, string, string, number, Init]>([
    ['another path', 'GET', '/nothing', 404, {}],
    ['another method', 'DELETE', '/objects', 405, {}],
    ['a stream without a body', 'HEAD', '/events', 405, {}],
    ['an id that is none', 'GET', '/objects/ABC', 400, {}],
    ['a path that climbs', 'GET', '/objects/..%2F..%2Fetc', 400, {}],
    ['a parameter that is not known', 'GET', '/objects?limits=1', 400, {}],
    ['an object that is not here', 'GET', `/objects/${NOWHERE}`, 404, {}],
    ['a signal to one', 'POST', `/objects/${NOWHERE}/signals/go`, 404, {}],
    ['a signal name that is none', 'POST', `/objects/${NOWHERE}/signals/GO!`, 400, {}],
    ['an answer that nobody gives', 'GET', `/objects/${NOWHERE}`, 406, { headers: { accept: 'image/png' } }],
    ['no JSON', 'POST', '/objects', 400, { body: '{', headers: { 'content-type': 'application/json' } }],
    [
      'JSON of another shape',
      'POST',
      '/objects',
      400,
      { body: '{"handler":1}', headers: { 'content-type': 'application/json' } },
    ],
    [
      'a key twice',
      'POST',
      '/objects',
      400,
      { body: '{"handler":"a","handler":"b"}', headers: { 'content-type': 'application/json' } },
    ],
    [
      'text that is no UTF-8',
      'POST',
      '/objects',
      400,
      { body: new Uint8Array([0xff, 0xfe]), headers: { 'content-type': 'application/json' } },
    ],
    ['another media type', 'POST', '/objects', 415, { body: '{}', headers: { 'content-type': 'text/plain' } }],
    [
      'a compressed body',
      'POST',
      '/objects',
      415,
      { body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
    ],
    [
      'a body that is too large',
      'POST',
      `/objects/${NOWHERE}/signals/go`,
      413,
      { body: `"${'x'.repeat(300_000)}"`, headers: { 'content-type': 'application/json' } },
    ],
    [
      'bytes that are no object',
      'POST',
      '/objects/import',
      422,
      { body: 'hello', headers: { 'content-type': OBJECT } },
    ],
    [
      'bytes that are no object, to evaluate',
      'POST',
      '/evaluate',
      422,
      { body: 'hello', headers: { 'content-type': OBJECT } },
    ],
  ])('with %s is a problem of its own', async (_, method, path, status, init) => {
    const server = await start();
    const response = await server.fetch(method, path, init);
    expect(response.status).toBe(status);
    if (method === 'HEAD') return;
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = JSON.parse(await response.text());
    expect(problem).toMatchObject({
      status,
      type: `urn:sojourn:error:${problem.code}`,
      detail: expect.stringMatching(/expected /),
    });
    expect(JSON.stringify(problem)).not.toContain(SECRET);
  });

  it('with a body that grows past its bound is cut off, whatever it was announced as', async () => {
    const server = await start({ limits: { signalBytes: 1_000 } });
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 100;
        controller.enqueue(new Uint8Array(100).fill(0x20));
      },
    });
    const init = { body, duplex: 'half', headers: { 'content-type': 'application/json' } } as Init;
    const response = await server.fetch('POST', `/objects/${NOWHERE}/signals/go`, init);
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(2_000);
  });

  it('with too many requests is told when to come back', async () => {
    const server = await start({ limits: { perSecond: 2 } });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await server.fetch('GET', '/objects')).status);
    expect(statuses).toEqual([200, 200, 429, 429]);
    const refused = await server.fetch('GET', '/objects');
    expect(refused.headers.get('retry-after')).toBe('1');
  });

  it('with more streams than a node holds open is turned away, and let in when one ends', async () => {
    const server = await start({ limits: { streams: 1 } });
    const first = await server.fetch('GET', '/events');
    const reader = first.body!.getReader();
    await reader.read();
    const second = await server.fetch('GET', '/events');
    expect([second.status, JSON.parse(await second.text()).code]).toEqual([503, 'node.busy']);
    await reader.cancel();
    const third = await server.fetch('GET', '/events');
    expect(third.status).toBe(200);
    await third.body!.cancel();
  });
});
