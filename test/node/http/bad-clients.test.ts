/** Clients that do everything wrong, on real sockets; after each of them the server answers a good request as ever. */
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../../host/node/listen.ts';
import type { HttpLimits } from '../../../host/node/http/http-limits.ts';
import type { Listener } from '../../../host/node/listen.ts';
import { openIdle, rawRequest, sendRaw } from './raw-client.ts';
import { createBench, createServer, SECRET } from './server.ts';
import type { Bench, Server } from './server.ts';

const AUTH = `Authorization: Bearer ${SECRET}`;
const JSON_TYPE = 'Content-Type: application/json';
const NOWHERE = '0'.repeat(64);
const SIGNAL = `/objects/${NOWHERE}/signals/go`;

const faults: unknown[] = [];
const log = {
  debug() {},
  info() {},
  warn() {},
  error: (facts: object, message: string) => void faults.push([message, facts]),
};

/** A node that listens. */
interface Place {
  readonly server: Server;
  readonly listener: Listener;
  readonly port: number;
}

let bench: Bench;
/** One that waits as long as nodes do, and one that soon has enough: only who makes it wait is sent there. */
let patient: Place;
let hasty: Place;
beforeAll(async () => {
  bench = await createBench();
  patient = await open({ connections: 600 });
  hasty = await open({ headersMs: 300, bodyMs: 200, requestMs: 2_000 });
});

async function open(limits: Partial<HttpLimits>): Promise<Place> {
  const server = await createServer(bench, { limits, log });
  const listener = await listen({ app: server.app, host: '127.0.0.1', port: 0, log, limits });
  return { server, listener, port: Number(new URL(listener.url).port) };
}

async function close({ server, listener }: Place): Promise<void> {
  await listener.close(0);
  await server.close();
}

afterEach(async () => {
  const good = await fetch(`${patient.listener.url}/objects`, { headers: { authorization: `Bearer ${SECRET}` } });
  const text = await good.text();
  if (good.status !== 200 || text !== '{"objects":[],"next":null}')
    throw new Error(`expected a good answer, found ${good.status}: ${text}`);
  if (faults.length > 0) throw new Error(`expected no fault in the log, found ${JSON.stringify(faults)}`);
});
afterAll(async () => {
  await close(patient);
  await close(hasty);
  await bench.close();
});

describe('a client that', () => {
  it.each<[string, readonly string[], number, { readonly answers?: number }]>([
    ['speaks another protocol', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], 400, {}],
    ['speaks no protocol', ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000'], 400, {}],
    ['names no host', ['GET /health HTTP/1.1\r\n\r\n'], 400, {}],
    ['names a host that is none', ['GET /health HTTP/1.1\r\nHost: a b/c\r\n\r\n'], 400, { answers: 1 }],
    ['sends a header that is none', [rawRequest('GET', '/health', ['no header'])], 400, {}],
    ['splits a header over lines', [rawRequest('GET', '/health', ['X-A: b\r\n c'])], 400, {}],
    ['hides a header behind a bare line feed', ['GET /health HTTP/1.1\nHost: x\n\n'], 400, {}],
    ['sends giant headers', [rawRequest('GET', '/health', [`X-A: ${'x'.repeat(20_000)}`])], 431, {}],
    [
      'sends many headers',
      [
        rawRequest(
          'GET',
          '/health',
          Array.from({ length: 3_000 }, (_, i) => `X-${i}: y`),
        ),
      ],
      431,
      {},
    ],
    ['sends a giant target', [rawRequest('GET', `/objects?cursor=${'x'.repeat(20_000)}`, [AUTH])], 431, {}],
    [
      'gives two lengths',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Content-Length: 4', 'Content-Length: 5'], 'null')],
      400,
      {},
    ],
    [
      'gives a length and chunks',
      [
        rawRequest(
          'POST',
          SIGNAL,
          [AUTH, JSON_TYPE, 'Content-Length: 4', 'Transfer-Encoding: chunked'],
          '4\r\nnull\r\n0\r\n\r\n',
        ),
      ],
      400,
      {},
    ],
    ['gives a negative length', [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Content-Length: -1'], 'null')], 400, {}],
    [
      'gives a length in hexadecimal',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Content-Length: 0x4'], 'null')],
      400,
      {},
    ],
    [
      'sends a chunk whose size is none',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Transfer-Encoding: chunked'], 'zz\r\nnull\r\n0\r\n\r\n')],
      400,
      {},
    ],
    [
      'sends chunks under another coding',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Transfer-Encoding: chunked, identity'], '4\r\nnull\r\n0\r\n\r\n')],
      400,
      {},
    ],
    [
      'announces too much',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Content-Length: 999999999999'])],
      413,
      { answers: 1 },
    ],
    [
      'announces more than can be counted',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Content-Length: 99999999999999999999'])],
      400,
      {},
    ],
    [
      'asks whether it may send too much',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Content-Length: 999999999', 'Expect: 100-continue'])],
      413,
      { answers: 1 },
    ],
    [
      'sends too much in chunks',
      [
        rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Transfer-Encoding: chunked']),
        `80000\r\n${' '.repeat(0x80000)}\r\n`,
      ],
      413,
      { answers: 1 },
    ],
    [
      'sends half a body and waits',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Content-Length: 100'], 'nul')],
      408,
      { answers: 1 },
    ],
    ['sends half the headers and waits', ['GET /health HTTP/1.1\r\nHost: node.test\r\nX-'], 408, {}],
    [
      'sends a chunk and waits',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Transfer-Encoding: chunked'], '4\r\nnull\r\n')],
      408,
      { answers: 1 },
    ],
    ['sends a body nobody takes', [rawRequest('GET', '/health', ['Content-Length: 5'], 'hello')], 200, { answers: 1 }],
    ['asks for a tunnel', [rawRequest('CONNECT', 'node.test:443')], 0, {}],
    ['asks for its own request back', [rawRequest('TRACE', '/objects', [AUTH])], 405, { answers: 1 }],
    ['asks with a method of its own', [rawRequest('BREW', '/objects', [AUTH])], 400, {}],
    ['asks with a method that nobody has', [rawRequest('PROPFIND', '/objects', [AUTH])], 405, { answers: 1 }],
    [
      'asks for an upgrade',
      [rawRequest('GET', '/health', ['Connection: Upgrade', 'Upgrade: websocket'])],
      200,
      { answers: 1 },
    ],
    [
      'sends two tokens',
      [rawRequest('GET', '/objects', [AUTH, 'Authorization: Bearer other-other-other-other'])],
      401,
      { answers: 1 },
    ],
    [
      'sends a wrong token',
      [rawRequest('GET', '/objects', ['Authorization: Bearer other-other-other-other'])],
      401,
      { answers: 1 },
    ],
    [
      'sends its token with a zero in it',
      [rawRequest('GET', '/objects', [`Authorization: Bearer ${SECRET}\u0000`])],
      400,
      {},
    ],
    ['sends its token in the address', [rawRequest('GET', `/objects?access_token=${SECRET}`)], 401, { answers: 1 }],
    ['climbs out', [rawRequest('GET', '/objects/../../etc/passwd', [AUTH])], 404, { answers: 1 }],
    [
      'climbs out in disguise',
      [rawRequest('GET', '/objects/%2e%2e%2f%2e%2e%2fetc%2fpasswd', [AUTH])],
      400,
      { answers: 1 },
    ],
    ['climbs out backwards', [rawRequest('GET', '/objects/..\\..\\etc', [AUTH])], 400, { answers: 1 }],
    ['sends a path that is no text', [rawRequest('GET', '/objects/%ff%fe%00', [AUTH])], 400, { answers: 1 }],
    ['doubles the slashes', [rawRequest('GET', '//objects', [AUTH])], 404, { answers: 1 }],
    ['asks for another server', [rawRequest('GET', 'http://elsewhere.test/objects', [AUTH])], 200, { answers: 1 }],
    ['asks for the server itself', [rawRequest('GET', '*', [AUTH])], 400, { answers: 1 }],
    [
      'signals an object that is not there',
      [rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Content-Length: 4'], 'null')],
      404,
      { answers: 1 },
    ],
  ])('%s is told so', async (_, pieces, status, options) => {
    const { statuses } = await sendRaw((status === 408 ? hasty : patient).port, pieces, options);
    expect(statuses).toEqual(status === 0 ? [] : [status]);
  });

  describe('sends more than it announced has the rest taken for another request, and is told that it is none', () => {
    const headers = [AUTH, JSON_TYPE, 'Content-Length: 4'];

    it('at once where both came in one piece: the connection ends before the first is answered', async () => {
      const { statuses, closed } = await sendRaw(patient.port, [rawRequest('POST', SIGNAL, headers, 'null and more')]);
      expect({ statuses, closed }).toEqual({ statuses: [400], closed: true });
    });

    it('behind the answer to the first where the rest came later', async () => {
      const { statuses, closed } = await sendRaw(patient.port, [rawRequest('POST', SIGNAL, headers, 'null')], {
        more: ' and more',
      });
      expect({ statuses, closed }).toEqual({ statuses: [404, 400], closed: true });
    });
  });

  it('goes away in the middle is forgotten', async () => {
    const requests = [
      rawRequest('POST', SIGNAL, [AUTH, JSON_TYPE, 'Content-Length: 100'], 'nul'),
      rawRequest(
        'POST',
        '/objects/import',
        [AUTH, 'Content-Type: application/sojourn+cbor-seq', 'Transfer-Encoding: chunked'],
        '4\r\nabcd\r\n',
      ),
      rawRequest('GET', '/events', [AUTH]),
      rawRequest('GET', '/objects', [AUTH]),
      'GET /hea',
    ];
    for (const request of requests)
      for (const leave of ['end', 'reset'] as const) await sendRaw(patient.port, [request], { leave });
    // the server hears of the last ones a little later than they
    await expect.poll(() => patient.server.app.openStreams(), { timeout: 60_000 }).toBe(0);
  });

  it('sends many requests at once gets their answers in order', async () => {
    const paths = ['/health', '/objects', '/nothing', '/health'];
    const { statuses } = await sendRaw(patient.port, [paths.map((path) => rawRequest('GET', path, [AUTH])).join('')], {
      answers: 4,
    });
    expect(statuses).toEqual([200, 200, 404, 200]);
  });
});

describe('many clients that', () => {
  it('do nothing do not keep others from being served, and those beyond the bound are dropped', async () => {
    const idle: Socket[] = [];
    for (let i = 0; i < 500; i++) idle.push(await openIdle(patient.port));
    const good = await fetch(`${patient.listener.url}/health`);
    expect(good.status).toBe(200);
    expect(patient.listener.connections).toBeGreaterThanOrEqual(500);
    const more: Socket[] = [];
    for (let i = 0; i < 101; i++) more.push(await openIdle(patient.port));
    await Promise.race(more.map(gone));
    expect(patient.listener.connections).toBeLessThanOrEqual(600);
    // what follows finds room again
    for (const socket of [...idle, ...more]) socket.destroy();
    await expect.poll(() => patient.listener.connections, { timeout: 60_000 }).toBeLessThan(100);
  });

  it('send nothing are let go', async () => {
    const idle = await Promise.all(Array.from({ length: 50 }, () => openIdle(hasty.port)));
    await Promise.all(idle.map(gone));
  });
});

/** Once the server has ended the connection. */
function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else
      socket
        .on('error', () => {})
        .once('close', () => resolve())
        .resume();
  });
}
