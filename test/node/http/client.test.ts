import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SojournError } from '../../../host/errors.ts';
import { createClient } from '../../../host/node/http/client.ts';
import type { Client } from '../../../host/node/http/client.ts';
import type { ClientLimits } from '../../../host/node/http/client-limits.ts';

const ID = 'ab'.repeat(32);
const LINE = {
  id: ID,
  status: 'dormant',
  running: false,
  handler: 'cd'.repeat(32),
  kind: 'test',
  parent: null,
  cycles: 1,
  seq: 7,
  bytes: 1234,
  wakesAt: null,
  waitsFor: { signals: ['go'], objects: [] },
  reason: null,
};
const TIGHT: Partial<ClientLimits> = {
  answerMs: 400,
  idleMs: 400,
  quietMs: 400,
  objectBytes: 64,
  jsonBytes: 4_096,
  problemBytes: 4_096,
  eventBytes: 256,
};

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** A client of a server that answers as the test says. */
async function against(listener: RequestListener): Promise<{ client: Client; url: string; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    listener(request, response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: createClient({ url, token: 'secret', limits: TIGHT }), url, seen };
}

const answer =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);

async function errorOf(promise: Promise<unknown>): Promise<SojournError> {
  const error = await promise.then(
    () => new Error('expected an error, found none'),
    (reason: unknown) => reason,
  );
  if (error instanceof SojournError) return error;
  throw error;
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
}

describe('a request', () => {
  it('goes to the route with its parameters, and carries the token', async () => {
    const { client, seen } = await against(answer(200, JSON.stringify({ objects: [LINE], next: null })));
    expect(await client.list({ status: 'dormant', dueBefore: 12, limit: 2 })).toEqual({ objects: [LINE], next: null });
    expect(seen[0]!.url).toBe('/objects?status=dormant&limit=2&due-before=12');
    expect(seen[0]!.headers).toMatchObject({ authorization: 'Bearer secret' });
  });

  it('says of what it gives for reading alone that it is', async () => {
    const { client, seen } = await against(answer(200, JSON.stringify({ id: ID, state: 'extended' })));
    const bytes = Uint8Array.of(1);
    await client.admit(bytes, { reading: true });
    await client.admit(bytes);
    expect(seen.map(({ url }) => url)).toEqual(['/objects/import?reading=true', '/objects/import']);
  });

  it('does not follow a redirect, so that no token goes astray', async () => {
    const other = await against(answer(200, '{}'));
    const { client } = await against(answer(307, '', { location: `${other.url}/stats` }));
    expect(await errorOf(client.stats())).toMatchObject({ code: 'node.unreachable' });
    expect(other.seen).toEqual([]);
  });

  it('is refused where the address is none of a node', () => {
    for (const url of ['file:///etc/passwd', 'http://user:word@host', 'http://host/?a=b', 'host', 'http://host/#x'])
      expect(() => createClient({ url })).toThrow(/expected an address such as/);
  });

  it('tells where nobody listens', async () => {
    const { url } = await against(answer(200, '{}'));
    servers.splice(0).forEach((server) => server.close());
    const error = await errorOf(createClient({ url, limits: TIGHT }).health());
    expect(error).toMatchObject({
      code: 'node.unreachable',
      message: `${url}: expected an answer, found ECONNREFUSED`,
    });
  });
});

describe('what went wrong', () => {
  it('comes with the code of the node, its address and its status', async () => {
    const body = JSON.stringify({ code: 'object.forked', detail: 'object x: expected one history, found two' });
    const { client, url } = await against(answer(409, body, { 'content-type': 'application/problem+json' }));
    const error = await errorOf(client.admit(new Uint8Array(3)));
    expect(error).toMatchObject({
      code: 'object.forked',
      message: `${url}: object x: expected one history, found two`,
      details: { node: url, status: 409 },
    });
  });

  it('says after how long it makes sense to ask again', async () => {
    const body = JSON.stringify({ code: 'rate.exceeded', detail: 'too many' });
    const { client } = await against(answer(429, body, { 'retry-after': '3' }));
    expect((await errorOf(client.stats())).details).toMatchObject({ retryAfter: 3 });
  });

  it.each<[number, string, string]>([
    [401, '<html>', 'token.missing'],
    [404, JSON.stringify({ code: 'no.such.code', detail: 'x' }), 'store.missing'],
    [503, '', 'node.busy'],
    [500, JSON.stringify({ code: 'internal', detail: 'x' }), 'node.unreachable'],
    [418, JSON.stringify({ code: ['usage'], detail: 7 }), 'node.unreachable'],
    [500, 'x'.repeat(10_000), 'node.unreachable'],
  ])('of status %i without a problem document of ours is told by the status', async (status, body, code) => {
    const { client } = await against(answer(status, body));
    expect(await errorOf(client.stats())).toMatchObject({ code });
  });

  it('has a message of bounded length', async () => {
    const body = JSON.stringify({ code: 'usage', detail: 'y'.repeat(3_900) });
    const { client } = await against(answer(400, body));
    expect((await errorOf(client.stats())).message.length).toBeLessThan(2_100);
  });
});

describe('an answer', () => {
  it.each<[string, string]>([
    ['no JSON', 'hello'],
    ['JSON of another shape', JSON.stringify({ ...LINE, seq: 'seven' })],
    ['a key twice', '{"id":1,"id":2}'],
    ['deep JSON', `${'['.repeat(500)}${']'.repeat(500)}`],
    ['too much JSON', JSON.stringify({ ...LINE, reason: 'z'.repeat(5_000) })],
  ])('that is %s is refused', async (_, body) => {
    const { client } = await against(answer(200, body));
    expect((await errorOf(client.line(ID))).code).toMatch(/^(?:node\.unreachable|object\.limit)$/);
  });

  it('that never begins is given up', async () => {
    const { client } = await against(() => {});
    expect((await errorOf(client.health())).message).toMatch(/expected an answer, found none in time/);
  });

  it('that stops in the middle is given up', async () => {
    const { client } = await against((_, response) => void response.writeHead(200).write('{'));
    expect((await errorOf(client.health())).message).toMatch(/found nothing for 400 ms/);
  });

  it('that breaks off is no whole', async () => {
    const { client } = await against((_, response) => {
      response.writeHead(200, { 'content-length': '60' }).write('some');
      setImmediate(() => response.destroy());
    });
    expect(await errorOf(bytesOf(client.read(ID)))).toMatchObject({ code: 'node.unreachable' });
  });

  it('of bytes comes as it is, up to a bound', async () => {
    const { client, seen } = await against((request, response) =>
      response.end('b'.repeat(request.url!.endsWith('offset=1') ? 65 : 64)),
    );
    expect(await bytesOf(client.read(ID))).toBe('b'.repeat(64));
    expect(seen[0]!.headers.accept).toContain('application/sojourn+cbor-seq');
    expect(await errorOf(bytesOf(client.read(ID, { offset: 1 })))).toMatchObject({ code: 'object.limit' });
  });

  it('of an object that is handed over has a receipt', async () => {
    const { client } = await against((request, response) => {
      if (request.url!.includes(ID)) response.setHeader('sojourn-receipt', 'beef');
      response.end('bytes');
    });
    const { bytes, receipt } = await client.handOver(ID);
    expect([await bytesOf(bytes), Buffer.from(receipt).toString('hex')]).toEqual(['bytes', 'beef']);
    expect(await errorOf(client.handOver('other'))).toMatchObject({ code: 'node.unreachable' });
  });
});

describe('events', () => {
  const event = (seq: number) => JSON.stringify({ seq, time: 1, object: ID, type: 'left' });
  const collect = async (client: Client): Promise<number[]> => {
    const found: number[] = [];
    for await (const { seq } of client.events({ after: 4, signal: new AbortController().signal })) found.push(seq);
    return found;
  };

  it('are read one by one, however they are cut; what is none is passed over', async () => {
    const text = `retry: 5\n\nid: 1\nevent: left\ndata: ${event(1)}\n\n: quiet\n\ndata: nonsense\n\ndata: {"seq":9}\r\n\r\ndata:${event(2)}\n\n`;
    const { client, seen } = await against((_, response) => {
      for (const character of text) response.write(character);
      response.end();
    });
    expect(await collect(client)).toEqual([1, 2]);
    expect(seen[0]!.headers['last-event-id']).toBe('4');
  });

  it('that are too large end the stream', async () => {
    const endless = await against((_, response) => void response.end(`data: ${'x'.repeat(300)}`));
    expect(await errorOf(collect(endless.client))).toMatchObject({ code: 'object.limit' });
    const many = await against((_, response) => void response.end(`data: ${'x'.repeat(90)}\n`.repeat(3)));
    expect(await errorOf(collect(many.client))).toMatchObject({ code: 'object.limit' });
  });

  it('end where they are wanted no more', async () => {
    const { client } = await against((_, response) => void response.write(`data: ${event(1)}\n\n`));
    const stop = new AbortController();
    const reading = (async () => {
      for await (const { seq } of client.events({ signal: stop.signal })) stop.abort(new Error(`seen ${seq}`));
    })();
    await expect(reading).rejects.toThrow('seen 1');
  });
});
