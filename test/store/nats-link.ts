/**
 * A link to a server that can be cut: a TCP proxy that passes bytes on, and can drop the answer to what the client sends next, so that
 * the server has done what the client never hears of.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Link {
  /** `nats://host:port`, whatever is spoken. */
  readonly url: string;
  /** The next message whose text holds this reaches the server; then the link is cut before its answer. */
  dropAnswerTo(text: string): void;
  /** Cuts what is connected. */
  cut(): void;
  close(): Promise<void>;
}

export async function startLink(target: string, host = '127.0.0.1'): Promise<Link> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let dropped: string | null = null;

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    let answers = true;
    client.on('data', (bytes) => {
      upstream.write(bytes);
      if (dropped === null || !bytes.includes(dropped)) return;
      [dropped, answers] = [null, false];
    });
    upstream.on('data', (bytes) => {
      if (answers) client.write(bytes);
      else client.destroy();
    });
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on('close', end).on('error', end);
  }).listen(0, host);
  await once(server, 'listening');
  // listens on a port
  const address = server.address() as AddressInfo;
  const cut = (): void => {
    for (const [client] of pairs) client.destroy();
  };
  return {
    url: `nats://${host}:${address.port}`,
    dropAnswerTo(text) {
      dropped = text;
    },
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
