/**
 * The HTTP app behind a listener of Node: bounds on connections, headers, slow senders and idle ones, and an end in good order. What
 * is no HTTP never gets to the app.
 */
import { getRequestListener } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SojournError } from '../errors.ts';
import type { App } from './http/app.ts';
import { DEFAULT_HTTP_LIMITS } from './http/http-limits.ts';
import type { HttpLimits } from './http/http-limits.ts';
import { problemResponse } from './http/problem.ts';
import type { NodeLog } from './service/node.ts';

export interface ListenOptions {
  readonly app: Pick<App, 'fetch' | 'close'>;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly log: NodeLog;
  readonly limits?: Partial<HttpLimits>;
}

export interface Listener {
  /** `http://127.0.0.1:8470`. */
  readonly url: string;
  readonly connections: number;
  /** Takes no more connections, lets what is under way be answered, and cuts off what is left when the grace is over. */
  close(graceMs: number): Promise<void>;
}

/** How often connections are looked at for one that is too slow. */
const CHECK_MS = 1_000;

/** Errors: `store.failed` where the address can't be listened on. */
export async function listen({ app, host, port, log, limits: given }: ListenOptions): Promise<Listener> {
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...given };
  const listener = getRequestListener(
    (request, bindings) => {
      // only HTTP/1 is spoken here
      const { outgoing } = bindings as HttpBindings;
      return app.fetch(request, { breakOff: () => void outgoing.destroy() });
    },
    { errorHandler: refuse(log) },
  );
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: CHECK_MS,
      requireHostHeader: true,
      insecureHTTPParser: false,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxConnections = limits.connections;
  const most = Math.max(limits.importBytes, limits.evaluateBytes, limits.handlerBytes, limits.draftBytes);
  server.on('checkContinue', (incoming, outgoing) => {
    // one that asks first is not told to go on with what no route takes
    if (Number(incoming.headers['content-length'] ?? 0) <= most) outgoing.writeContinue();
    void listener(incoming, outgoing);
  });
  let open = 0;
  server.on('connection', (socket) => {
    open++;
    socket.once('close', () => open--);
  });
  server.on('drop', () => log.warn({ most: limits.connections }, 'a connection was dropped: too many are open'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new SojournError('store.failed', `${host}:${port}: expected an address to listen on, found ${codeOf(error)}`, {
          cause: error,
        }),
      ),
    );
    server.listen({ host, port, backlog: 4_096 }, resolve);
  });
  // an address that listens is one of a network
  const { address, port: taken, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    get connections() {
      return open;
    },
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      app.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** What never became a request: a Host header or a target that is none. */
function refuse(log: NodeLog): (error: unknown) => Response {
  return (error) => {
    log.debug({ err: error }, 'no request');
    const cause = error instanceof Error ? error.message : 'other bytes';
    return problemResponse(
      new SojournError('request.malformed', `request: expected a target and a host, found ${cause.toLowerCase()}`),
    );
  };
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
