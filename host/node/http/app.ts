/**
 * The HTTP app: `fetch(Request) → Response`, on any engine that has them. In this order: route, token, parameters, body, and only
 * then the node; whatever goes wrong is a problem document, and what broke inside goes to the log.
 */
import { Hono } from 'hono';
import { SojournError, httpStatusOf } from '../../errors.ts';
import { DEFAULT_LIMITS } from '../../limits.ts';
import type { Limits } from '../../limits.ts';
import type { Clock, Hash } from '../../ports.ts';
import type { Node, NodeLog, NodeTelemetry } from '../service/node.ts';
import { checkBodyHeaders, readBody, readJsonBody } from './body.ts';
import type { AppMetrics, AppParts, Call } from './call.ts';
import { createBodyRoom, createGate } from './gate.ts';
import { DEFAULT_HTTP_LIMITS } from './http-limits.ts';
import type { HttpLimits } from './http-limits.ts';
import { createInstruments } from './instruments.ts';
import * as nodeOperations from './node-operations.ts';
import * as objectOperations from './object-operations.ts';
import { openApiDocument } from './openapi.ts';
import { readParams } from './params.ts';
import type { RawParams } from './params.ts';
import { problemResponse, toSojournError } from './problem.ts';
import { checkReach } from './reach.ts';
import { EVENT_MEDIA } from './route.ts';
import { ROUTES } from './routes.ts';
import type { Operation, Route } from './route.ts';
import { createGuard } from './tokens.ts';
import type { Token } from './tokens.ts';
import { contextOf, startRequest } from './trace.ts';

export interface AppOptions {
  readonly node: Node;
  /** Deny by default: with none, only what is open to all is answered. */
  readonly tokens: readonly Token[];
  readonly hash: Hash;
  readonly clock: Clock;
  /** Of the program, for the OpenAPI document. */
  readonly version: string;
  readonly limits?: Partial<HttpLimits>;
  readonly objectLimits?: Limits;
  readonly log?: NodeLog;
  readonly telemetry?: NodeTelemetry;
  readonly metrics?: AppMetrics;
}

/** What only the listener has. */
export interface Connection {
  /** Ends the connection at once, in the middle of an answer. */
  readonly breakOff?: () => void;
}

export interface App {
  /** Never rejects. */
  fetch(request: Request, connection?: Connection): Promise<Response>;
  /** From now on these tokens count and no others; streams end, and begin again with what their tokens are now. */
  replaceTokens(tokens: readonly Token[]): void;
  /** Streams of events that are open now. */
  openStreams(): number;
  /** Ends what waits and streams. Everything else is answered as long as the node does. */
  close(): void;
}

const OPERATIONS: { readonly [operation in Operation]: (call: Call) => Promise<Response> } = {
  ...objectOperations,
  ...nodeOperations,
};
const NOTHING = new Uint8Array(0);
const QUIET: NodeLog = { debug() {}, info() {}, warn() {}, error() {} };

export function createApp(options: AppOptions): App {
  const { node, hash, clock, log = QUIET, telemetry, metrics = null, objectLimits = DEFAULT_LIMITS } = options;
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const guard = createGuard({ tokens: options.tokens, hash, clock, limits });
  const closing = new AbortController();
  const bodies = createBodyRoom(limits.bodiesBytes);
  let isIndexed = false;
  void node.indexed.then(() => (isIndexed = true));
  let tokensHold = new AbortController();
  const parts: AppParts = {
    node,
    limits,
    objectLimits,
    log,
    hash,
    clock,
    metrics,
    waits: createGate(limits.waits, 'requests that wait'),
    streams: createGate(limits.streams, 'streams of events'),
    isIndexed: () => isIndexed,
    closing: closing.signal,
    tokensHold: () => tokensHold.signal,
    document: openApiDocument(options.version, limits),
  };
  const tracer = telemetry?.tracer ?? null;
  const instruments = telemetry === undefined ? null : createInstruments(telemetry.meter, node);

  async function respond(
    call: Omit<Call, 'token' | 'params' | 'json' | 'bytes' | 'place'>,
    raw: RawParams,
  ): Promise<Response> {
    const { route, request } = call;
    if (request.method === 'HEAD' && isStream(route)) throw wrongMethod(route, request.method);
    const token = route.scope === null ? null : guard.admit(raw.header('authorization'), route.scope);
    const params = readParams(route, raw);
    const id = params.get('id');
    if (token !== null) await checkReach(token, route, typeof id === 'string' ? id : null, node);
    const { body } = route;
    if (body !== null) checkBodyHeaders(request, body, limits);
    const place = bodies.enter();
    try {
      const bytes = body === null || body.kind === 'stream' ? NOTHING : await readBody(request, body, limits, place);
      const json = body?.kind === 'json' ? readJsonBody(bytes, body) : null;
      return await OPERATIONS[route.operation]({ ...call, token, params, json, bytes, place });
    } finally {
      place.leave();
    }
  }

  async function answer(
    route: Route,
    request: Request,
    path: RawParams['path'],
    connection: Connection,
  ): Promise<Response> {
    const started = performance.now();
    const header = (name: string): string | null => request.headers.get(name);
    const span = startRequest(tracer, route, contextOf(header('traceparent')));
    const { breakOff = () => {} } = connection;
    const call = { parts, route, request, trace: span.context, breakOff };
    const response = await respond(call, { path, header, query: queryOf(request.url) }).catch(failed(route, log));
    const { status } = response;
    span.end(status);
    const seconds = (performance.now() - started) / 1_000;
    metrics?.observe(route.path, request.method, status, seconds);
    instruments?.observe(route, status, seconds);
    log.debug({ method: request.method, route: route.path, status, seconds }, 'answered');
    return response;
  }

  const router = new Hono<{ Bindings: Connection }>();
  for (const route of ROUTES) {
    router.on(route.method, patternOf(route.path), (c) => answer(route, c.req.raw, (name) => c.req.param(name), c.env));
  }
  for (const [path, methods] of methodsByPath()) {
    router.all(patternOf(path), (c) => {
      const error = new SojournError(
        'request.method',
        `${path}: expected ${methods.join(' or ')}, found ${c.req.method.slice(0, 40)}`,
      );
      return problemResponse(error, { allow: methods.join(', ') });
    });
  }
  router.notFound(() =>
    problemResponse(new SojournError('request.missing', 'path: expected one of those in /openapi.json, found another')),
  );
  router.onError((error) => {
    log.error({ err: error }, 'a request failed outside of its route');
    return problemResponse(toSojournError(error));
  });

  return {
    fetch: async (request, connection = {}) => router.fetch(request, connection),
    replaceTokens(tokens) {
      guard.replace(tokens);
      tokensHold.abort();
      tokensHold = new AbortController();
    },
    openStreams: () => parts.streams.open,
    close: () => closing.abort(),
  };
}

/** An error as an answer. What the caller is not told, the log is. */
function failed(route: Route, log: NodeLog): (error: unknown) => Response {
  return (error) => {
    const failure = toSojournError(error);
    const facts = { err: error, method: route.method, route: route.path, code: failure.code };
    const status = httpStatusOf(failure.code);
    if (status === 500) log.error(facts, 'a request failed');
    else if (status > 500) log.warn({ ...facts, err: failure.message }, 'a request was turned away');
    return problemResponse(failure);
  };
}

function wrongMethod({ path, method }: Route, found: string): SojournError {
  return new SojournError('request.method', `${path}: expected ${method}, found ${found}`);
}

function isStream({ answers }: Route): boolean {
  return answers.some(({ content }) => EVENT_MEDIA in content);
}

/** `{id}` of the document is `:id` of the router. */
function patternOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, string[]>();
  for (const { path, method } of ROUTES) paths.set(path, [...(paths.get(path) ?? []), method]);
  return paths;
}

function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  const end = url.indexOf('#');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1, end < 0 ? undefined : end));
}
