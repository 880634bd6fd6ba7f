/**
 * A real HTTP server on the loopback that honours idempotency keys: a request whose key it knows is answered as before and has no
 * further effect. The first segment of a path names a ledger, so that runs beside each other are counted apart.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Seen {
  readonly path: string;
  readonly key: string | null;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** False where the key was known. */
  readonly effect: boolean;
}

export interface Ledger {
  readonly seen: Seen[];
  readonly keys: Set<string>;
}

export interface Held {
  /** Resolves when a request to the path has come in. */
  readonly arrived: Promise<void>;
  /** Lets it be answered. */
  release(): void;
}

/** Answers in place of the default, which is 200 with a small JSON body. */
export type Answer = (request: Seen, response: ServerResponse) => void;

export interface EffectServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  ledger(name: string): Ledger;
  /** Puts a ledger back to an earlier copy. */
  restore(name: string, copy: Ledger): void;
  /** The next request to this path (without query) waits until it is released. */
  hold(path: string): Held;
  answer(path: string, answer: Answer): void;
  close(): Promise<void>;
}

export function copyLedger({ seen, keys }: Ledger): Ledger {
  return { seen: [...seen], keys: new Set(keys) };
}

export async function startEffectServer(): Promise<EffectServer> {
  const ledgers = new Map<string, Ledger>();
  const answers = new Map<string, Answer>();
  const gates = new Map<string, { readonly arrive: () => void; readonly open: Promise<void> }>();

  const ledger = (name: string): Ledger => {
    const found = ledgers.get(name) ?? { seen: [], keys: new Set<string>() };
    ledgers.set(name, found);
    return found;
  };

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const path = request.url ?? '/';
    const { seen, keys } = ledger(path.split('/')[1] ?? '');
    const header = request.headers['idempotency-key'];
    const key = typeof header === 'string' ? header : null;
    const note: Seen = {
      path,
      key,
      method: request.method ?? '',
      headers: request.headers,
      body: Buffer.concat(pieces).toString(),
      effect: key === null || !keys.has(key),
    };
    seen.push(note);
    if (key !== null) keys.add(key);
    const gate = gates.get(path);
    gates.delete(path);
    gate?.arrive();
    await gate?.open;
    const answer = answers.get(path.split('?')[0] ?? '');
    if (answer !== undefined) return answer(note, response);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ path }));
  }

  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    ledger,
    restore: (name, copy) => void ledgers.set(name, copyLedger(copy)),
    hold(path) {
      const arrived = Promise.withResolvers<void>();
      const open = Promise.withResolvers<void>();
      gates.set(path, { arrive: arrived.resolve, open: open.promise });
      return { arrived: arrived.promise, release: open.resolve };
    },
    answer: (path, answer) => void answers.set(path, answer),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
