/** A node behind its real HTTP server on the loopback, and what an exchange needs of it, over that. */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { SojournError } from '../../../host/errors.ts';
import type { ErrorCode } from '../../../host/errors.ts';
import { createApp } from '../../../host/node/http/app.ts';
import type { ExchangeNode } from '../../../host/node/exchange/node-place.ts';
import { nativeHash, systemClock } from '../../../host/node/native.ts';
import type { Node } from '../../../host/node/service/node.ts';
import { SECRET, tokenOf } from '../http/server.ts';

export interface HttpNode extends ExchangeNode {
  readonly url: string;
  /** Of the server, not of the node. */
  close(): Promise<void>;
}

export async function serveNode(node: Node): Promise<HttpNode> {
  const app = createApp({ node, tokens: [tokenOf(SECRET)], hash: nativeHash, clock: systemClock, version: 'test' });
  const server = serve({ fetch: (request) => app.fetch(request), hostname: '127.0.0.1', port: 0 });
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  // a TCP server that listens has one
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function ask(path: string, init: RequestInit & { readonly type?: string } = {}): Promise<Response> {
    const { type = 'application/json', ...more } = init;
    const headers = { 'authorization': `Bearer ${SECRET}`, 'accept': type, 'content-type': type };
    const response = await fetch(`${url}${path}`, { ...more, headers });
    if (response.ok) return response;
    const { code, detail, details } = JSON.parse(await response.text());
    throw new SojournError(code as ErrorCode, String(detail), { details: details ?? {} });
  }

  return {
    url,
    list: async ({ limit, cursor } = {}) =>
      JSON.parse(
        await (await ask(`/objects?limit=${limit ?? 100}${cursor === undefined ? '' : `&cursor=${cursor}`}`)).text(),
      ),
    async read(id, offset) {
      const { body } = await ask(`/objects/${id}?offset=${offset}`, { type: 'application/sojourn+cbor-seq' });
      if (body === null) throw new Error('expected a body');
      return body;
    },
    async admit(bytes, { reading = false } = {}) {
      const pieces: Uint8Array[] = [];
      for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) pieces.push(piece);
      const type = 'application/sojourn+cbor-seq';
      const body = new Uint8Array(Buffer.concat(pieces));
      return JSON.parse(await (await ask(`/objects/import?reading=${reading}`, { method: 'POST', type, body })).text());
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
