/**
 * The two services that the handler talks to, as one real HTTP server on loopback: `GET /vendors/:id`, and `POST /orders`, which
 * honours Idempotency-Key: one key is one order, however often it is sent. Run it as a process with
 * `node guest/handlers/purchase-approval/service.ts [port]`.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request as the service received it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  /** The Idempotency-Key header. */
  readonly key: string | null;
  readonly status: number;
}

export interface StoredOrder {
  readonly number: string;
  readonly key: string;
  readonly order: OrderBody;
}

export interface OrderBody {
  readonly reference: string;
  readonly vendor: string;
  readonly total: { readonly minor: number; readonly currency: string };
  readonly lines: readonly unknown[];
}

export interface PurchaseService {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  /** Every order once, in the order of arrival. */
  orders(): readonly StoredOrder[];
  /** Every request that came in, repeated ones included. */
  received(): readonly Received[];
  close(): Promise<void>;
}

const VENDORS: readonly { readonly id: string; readonly [field: string]: unknown }[] = [
  {
    id: 'V-20418',
    name: 'Hanse Laborbedarf GmbH',
    status: 'active',
    paymentTerms: 'net 30',
    categories: ['lab-equipment', 'lab-consumables', 'it-hardware', 'software', 'services'],
  },
  {
    id: 'V-20533',
    name: 'Kontor Papier KG',
    status: 'active',
    paymentTerms: 'net 14',
    categories: ['office-supplies'],
  },
  {
    id: 'V-20977',
    name: 'Northfield Instruments Ltd',
    status: 'blocked',
    paymentTerms: 'prepaid',
    categories: ['lab-equipment'],
  },
];

const MAX_BODY_BYTES = 1_048_576;

interface Answer {
  readonly status: number;
  readonly body: { readonly [field: string]: unknown };
}

interface Ledger {
  readonly byKey: Map<string, { readonly digest: string; readonly answer: Answer; readonly stored: StoredOrder }>;
  readonly received: Received[];
}

/** Starts the service on 127.0.0.1; port 0, the default, takes a free one. */
export async function startService(options: { readonly port?: number } = {}): Promise<PurchaseService> {
  const ledger: Ledger = { byKey: new Map(), received: [] };
  const server = createServer((request, response) => {
    serve(ledger, request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('service: expected a port, found none');
  return {
    url: `http://127.0.0.1:${address.port}`,
    orders: () => [...ledger.byKey.values()].map(({ stored }) => stored),
    received: () => [...ledger.received],
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve, reject) =>
        server.close((error) => (error === undefined ? resolve() : reject(error))),
      );
    },
  };
}

async function serve(ledger: Ledger, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? '';
  const path = request.url ?? '';
  const key = typeof request.headers['idempotency-key'] === 'string' ? request.headers['idempotency-key'] : null;
  const body = await readBody(request);
  const answer = body === null ? problem(413, 'the body is too large') : route(ledger, method, path, key, body);
  ledger.received.push({ method, path, key, status: answer.status });
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer.body));
}

/** Null where the body is larger than any order. It is read to the end all the same, so that the answer arrives. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    const bytes = piece as Buffer;
    size += bytes.length;
    if (size <= MAX_BODY_BYTES) pieces.push(bytes);
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(pieces);
}

function route(ledger: Ledger, method: string, path: string, key: string | null, body: Buffer): Answer {
  const vendorId = /^\/vendors\/([^/?#]+)$/.exec(path)?.[1];
  if (vendorId !== undefined) return method === 'GET' ? showVendor(vendorId) : problem(405, 'vendors can only be read');
  if (path !== '/orders') return problem(404, 'there is no such resource');
  return method === 'POST' ? placeOrder(ledger, key, body) : problem(405, 'orders can only be posted');
}

function showVendor(id: string): Answer {
  const vendor = VENDORS.find((candidate) => candidate.id === id);
  return vendor === undefined ? problem(404, `vendor ${id} is not known`) : { status: 200, body: vendor };
}

/** As draft-ietf-httpapi-idempotency-key-header has it: the same key gives the same answer, another body under it is refused. */
function placeOrder(ledger: Ledger, key: string | null, body: Buffer): Answer {
  if (key === null || key === '') return problem(400, 'an order needs an Idempotency-Key');
  const digest = createHash('sha256').update(body).digest('hex');
  const known = ledger.byKey.get(key);
  if (known !== undefined)
    return known.digest === digest ? known.answer : problem(422, 'the key was used for another order');
  const order = parseOrder(body);
  if (order === null) return problem(400, 'an order has reference, vendor, total and lines');
  const number = `PO-${100_001 + ledger.byKey.size}`;
  const { reference, vendor, total, lines } = order;
  const answer = { status: 201, body: { number, reference, vendor, total, lines: lines.length, status: 'accepted' } };
  ledger.byKey.set(key, { digest, answer, stored: { number, key, order } });
  return answer;
}

function parseOrder(body: Buffer): OrderBody | null {
  let order: Partial<OrderBody> | null;
  try {
    order = JSON.parse(body.toString('utf8')) as Partial<OrderBody> | null;
  } catch {
    return null;
  }
  const { reference, vendor, total, lines } = order ?? {};
  if (typeof reference !== 'string' || typeof vendor !== 'string' || !Array.isArray(lines) || lines.length === 0)
    return null;
  if (!Number.isSafeInteger(total?.minor) || typeof total?.currency !== 'string') return null;
  return order as OrderBody;
}

function problem(status: number, detail: string): Answer {
  return { status, body: { status, detail } };
}

if (import.meta.main) {
  const service = await startService({ port: Number(process.argv[2] ?? 8787) });
  process.stdout.write(`purchase services on ${service.url}\n`);
  const stop = (): void => {
    service.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}
