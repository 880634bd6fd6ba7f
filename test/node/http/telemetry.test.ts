/** Traces and metrics as a collector gets them: a real receiver of OTLP over HTTP, and the exporters that `sojourn serve --otlp` has. */
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOtlp } from '../../../host/cli/otlp.ts';
import { startEffectServer } from '../effect-server.ts';
import type { EffectServer } from '../effect-server.ts';
import { propose } from '../world.ts';
import { createBench, createServer } from './server.ts';
import type { Bench, Server } from './server.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status?: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

interface Received {
  readonly spans: Span[];
  readonly metrics: string[];
}

let bench: Bench;
let effects: EffectServer;
beforeAll(async () => {
  bench = await createBench();
  effects = await startEffectServer();
});
afterAll(async () => {
  await effects.close();
  await bench.close();
});

/** Keeps what exporters send, in JSON. */
async function startReceiver() {
  const received: Received = { spans: [], metrics: [] };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = JSON.parse(Buffer.concat(pieces).toString());
    for (const { scopeSpans = [] } of body.resourceSpans ?? [])
      for (const { spans } of scopeSpans) received.spans.push(...spans);
    for (const { scopeMetrics = [] } of body.resourceMetrics ?? [])
      for (const { metrics } of scopeMetrics)
        received.metrics.push(...metrics.map(({ name }: { name: string }) => name));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };
  const server = createHttpServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
  return { received, url: `http://127.0.0.1:${port}`, close };
}

const CALLER = { trace: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7' };
const traceparent = `00-${CALLER.trace}-${CALLER.span}-01`;

async function openTraces(server: Server, id: string): Promise<(string | null)[]> {
  const { json } = await server.json('GET', `/objects/${id}`);
  return json.entries.flatMap(({ kind, body }: { kind: string; body: { trace: string | null } }) =>
    kind === 'open' ? [body.trace] : [],
  );
}

it('a request, its cycles and their calls are spans of the caller’s trace, whose id stands in the object', async () => {
  const receiver = await startReceiver();
  const otlp = startOtlp(receiver.url, '1.2.3');
  const server = await createServer(bench, { telemetry: otlp.telemetry });
  const script = {
    '1': {
      calls: [['kv.set', { key: 'a', value: 1 }]],
      ...(propose.http({ method: 'POST', url: `${effects.url}/t/1`, body: '{}' }) as object),
    },
    '*': propose.finish(),
  };
  const id = await server.object(script, { run: false });
  const { json } = await server.json('POST', `/objects/${id}/evaluate`, undefined, { traceparent });
  expect(json.status).toBe('terminated');
  expect(await openTraces(server, id)).toEqual([CALLER.trace, CALLER.trace]);
  await server.close();
  await otlp.close();
  await receiver.close();

  const spans = receiver.received.spans.filter(({ traceId }) => traceId === CALLER.trace);
  const request = spans.find(({ name }) => name === 'POST /objects/{id}/evaluate')!;
  expect(request.parentSpanId).toBe(CALLER.span);
  const cycles = spans.filter(({ name }) => name === 'sojourn.cycle');
  expect(cycles.map(({ parentSpanId }) => parentSpanId)).toEqual([request.spanId, request.spanId]);
  expect(attributesOf(cycles[0]!)).toMatchObject({
    'sojourn.object': id,
    'sojourn.cycle': 1,
    'sojourn.action': 'execution',
    'sojourn.class': 'success',
  });
  const calls = spans.filter(({ name }) => name === 'kv.set' || name === 'http.send');
  expect(calls.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b))).toEqual(['http.send', 'kv.set']);
  expect(new Set(calls.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([cycles[0]!.spanId]));
  expect(new Set(receiver.received.metrics)).toEqual(
    new Set([
      'http.server.request.duration',
      'sojourn.objects',
      'sojourn.running',
      'sojourn.waiting',
      'sojourn.late',
      'sojourn.outcomes',
    ]),
  );
  // what leaves is what policy saw: nothing of the trace goes along
  expect(effects.ledger('t').seen[0]!.headers['traceparent']).toBeUndefined();
});

it('a run that a request starts and does not wait for is of its trace, too', async () => {
  const receiver = await startReceiver();
  const otlp = startOtlp(receiver.url, '1.2.3');
  const server = await createServer(bench, { telemetry: otlp.telemetry });
  const sleeper = { '1': propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish() };
  const draft = {
    handler: bench.handler.digest,
    intent: { kind: 'scripted', goal: 'x', input: sleeper },
    context: { capabilities: ['*'] },
  };
  const { json: made } = await server.json('POST', '/objects', draft, { traceparent });
  await server.json('GET', `/objects/${made.id}/result?wait=20000`);
  const other = '11111111111111111111111111111111';
  await server.json('POST', `/objects/${made.id}/signals/go?wait=20000`, null, {
    traceparent: `00-${other}-${CALLER.span}-01`,
  });
  const traces = await openTraces(server, made.id);
  expect([traces[0], traces.at(-1)]).toEqual([CALLER.trace, other]);
  await server.close();
  await otlp.close();
  await receiver.close();
  const cycles = receiver.received.spans.filter(({ name }) => name === 'sojourn.cycle');
  expect(new Set(cycles.map(({ traceId }) => traceId))).toEqual(new Set([CALLER.trace, other]));
});

it('without a tracer, the caller’s trace id stands in the object all the same; without a caller, none', async () => {
  const server = await createServer(bench);
  const id = await server.object({ '*': propose.finish() }, { run: false });
  await server.json('POST', `/objects/${id}/evaluate`, undefined, { traceparent });
  expect(await openTraces(server, id)).toEqual([CALLER.trace]);
  const quiet = await server.object({ '*': propose.finish() }, { run: false });
  await server.json('POST', `/objects/${quiet}/evaluate`, undefined, { traceparent: '00-zz-1-01' });
  expect(await openTraces(server, quiet)).toEqual([null]);
  await server.close();
});

function attributesOf({ attributes }: Span): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
