/**
 * A typed client of a node's API over `fetch`, for programs and for the command line. It sends its token to that node alone, follows no
 * redirect, and bounds every answer in size and time. Bytes of objects are as untrusted as any: verify them.
 */
import { SojournError } from '../../errors.ts';
import { fromHex, stringifyJson } from '../../json.ts';
import type { Value, ValueMap } from '../../value.ts';
import type { RunStatus } from '../run.ts';
import type {
  AdmitOptions,
  Admitted,
  ListFilter,
  ListPage,
  NodeEvent,
  NodeHandler,
  NodeStats,
  ObjectLine,
} from '../service/node.ts';
import { readJsonAnswer, readPieces, readProblem, toClientError } from './client-answer.ts';
import type { Answer } from './client-answer.ts';
import { readEvents } from './client-events.ts';
import { DEFAULT_CLIENT_LIMITS } from './client-limits.ts';
import type { ClientLimits } from './client-limits.ts';
import { EVENT_MEDIA, JSON_MEDIA, OBJECT_MEDIA, WASM_MEDIA } from './route.ts';
import { SCHEMAS } from './schemas.ts';

export type ClientFetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ClientOptions {
  /** Of the node: scheme, host and port, with a path where it stands below one. */
  readonly url: string | URL;
  readonly token?: string | null;
  /** Default: the engine's own. */
  readonly fetch?: ClientFetch;
  readonly limits?: Partial<ClientLimits>;
}

/** How a run stopped, as `POST /objects/{id}/evaluate` answers. */
export interface ClientRun {
  readonly status: RunStatus;
  readonly message: string | null;
  readonly outcomes: readonly Value[];
  readonly attempts: Value;
  readonly seq: number;
  readonly head: string;
  readonly cycle: number;
  readonly trust: number;
  readonly wakesAt: number | null;
  /** Hexadecimal. */
  readonly receipt: string | null;
}

export interface ClientCreated {
  readonly id: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly receipt: string;
  readonly duplicate: boolean;
}

export interface ClientSignalled {
  readonly seq: number;
  readonly duplicate: boolean;
  readonly receipt: string | null;
  readonly run: ClientRun | null;
}

export interface ClientHealth {
  readonly status: string;
  readonly node: string;
  readonly zone: string;
  readonly indexed: boolean;
}

interface Asked {
  /** Idempotency key. */
  readonly key?: string;
  /** Milliseconds that the node may wait. */
  readonly waitMs?: number;
}

/** Each function: `node.unreachable`, `token.*`, `rate.exceeded`, and the errors that the node answers with, by their codes. */
export interface Client {
  /** Without a slash at its end. */
  readonly url: string;
  health(): Promise<ClientHealth>;
  stats(): Promise<NodeStats>;
  putHandler(component: Uint8Array): Promise<NodeHandler>;
  handlers(): Promise<readonly NodeHandler[]>;
  /** A draft as docs/http.md has it. */
  create(draft: ValueMap, options?: Pick<Asked, 'key'>): Promise<ClientCreated>;
  line(id: string): Promise<ObjectLine>;
  /** Which ones its token may see, the node knows. */
  list(filter?: Omit<ListFilter, 'amongObjects' | 'amongHandlers'>): Promise<ListPage>;
  /** State and history as the node sees them. */
  view(id: string, options?: { readonly at?: number }): Promise<ValueMap>;
  /** Stored bytes. */
  read(id: string, options?: { readonly offset?: number }): AsyncIterable<Uint8Array>;
  /** Null where it still goes on when the wait is over. */
  evaluate(id: string, options?: { readonly once?: boolean; readonly waitMs?: number }): Promise<ClientRun | null>;
  signal(
    id: string,
    name: string,
    payload: Value,
    options?: Asked & { readonly to?: readonly string[] },
  ): Promise<ClientSignalled>;
  /** Its line and its last outcome once it stands still; null where it does not when the wait is over. */
  result(
    id: string,
    options?: Pick<Asked, 'waitMs'>,
  ): Promise<{ readonly object: ObjectLine; readonly last: Value } | null>;
  /** Until `signal` aborts or the node ends it. */
  events(options: {
    readonly object?: string;
    readonly after?: number;
    readonly signal: AbortSignal;
  }): AsyncIterable<NodeEvent>;
  /** Marked first: the node runs it no more. */
  handOver(id: string): Promise<{ readonly bytes: AsyncIterable<Uint8Array>; readonly receipt: Uint8Array }>;
  /** `reading`: another goes on with it; what had left the node stays left there. */
  admit(bytes: Uint8Array | AsyncIterable<Uint8Array>, options?: AdmitOptions): Promise<Admitted>;
}

interface Ask {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly query?: { readonly [name: string]: string | number | boolean | undefined };
  readonly accept?: string;
  readonly media?: string;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly headers?: { readonly [name: string]: string | undefined };
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** Errors: `usage` for an address that is none of a node. */
export function createClient(options: ClientOptions): Client {
  const base = readBase(options.url);
  const limits: ClientLimits = { ...DEFAULT_CLIENT_LIMITS, ...options.limits };
  const send: ClientFetch = options.fetch ?? ((url, init) => fetch(url, init));
  const { token = null } = options;

  async function ask(request: Ask): Promise<Answer> {
    const controller = new AbortController();
    const signal = request.signal ?? null;
    const late = new SojournError('node.unreachable', `${base}: expected an answer, found none in time`);
    const timer = setTimeout(() => controller.abort(late), limits.answerMs + (request.waitMs ?? 0));
    try {
      const response = await send(`${base}${request.path}${queryText(request.query)}`, {
        method: request.method,
        headers: headersOf(request, token),
        redirect: 'manual',
        signal: signal === null ? controller.signal : AbortSignal.any([controller.signal, signal]),
        ...bodyOf(request.body),
      });
      const answer: Answer = { response, origin: base, signal, abort: (reason) => controller.abort(reason) };
      if (response.ok) return answer;
      throw await readProblem(answer, limits);
    } catch (error) {
      throw toClientError(error, { origin: base, signal }, 'an answer');
    } finally {
      clearTimeout(timer);
    }
  }

  /** The schema says what the answer is. */
  async function askJson<T>(request: Ask, schema: keyof typeof SCHEMAS): Promise<T> {
    return (await readJsonAnswer(await ask(request), SCHEMAS[schema], limits)) as T;
  }

  /** Null for 202: it goes on. */
  async function askUntil<T>(request: Ask, schema: keyof typeof SCHEMAS): Promise<T | null> {
    const answer = await ask(request);
    const value = await readJsonAnswer(answer, answer.response.status === 202 ? SCHEMAS.Any : SCHEMAS[schema], limits);
    return answer.response.status === 202 ? null : (value as T);
  }

  const bytesOf = (answer: Answer): AsyncIterable<Uint8Array> => readPieces(answer, limits.objectBytes, limits.idleMs);

  return {
    url: base,
    health: () => askJson({ method: 'GET', path: '/health' }, 'Health'),
    stats: () => askJson({ method: 'GET', path: '/stats' }, 'Stats'),
    putHandler: (component) =>
      askJson({ method: 'PUT', path: '/handlers', media: WASM_MEDIA, body: component }, 'Handler'),
    handlers: async () =>
      (await askJson<{ handlers: readonly NodeHandler[] }>({ method: 'GET', path: '/handlers' }, 'Handlers')).handlers,
    create: (draft, { key } = {}) =>
      askJson({ ...postJson('/objects', draft), headers: { 'idempotency-key': key } }, 'Created'),
    line: (id) => askJson({ method: 'GET', path: pathOf(id), query: { brief: true } }, 'Line'),
    list: ({ dueBefore, ...filter } = {}) =>
      askJson({ method: 'GET', path: '/objects', query: { ...filter, 'due-before': dueBefore } }, 'Page'),
    view: (id, { at } = {}) => askJson({ method: 'GET', path: pathOf(id), query: { at } }, 'View'),
    async *read(id, { offset } = {}) {
      yield* bytesOf(await ask({ method: 'GET', path: pathOf(id), query: { offset }, accept: OBJECT_MEDIA }));
    },
    evaluate: (id, { once, waitMs } = {}) =>
      askUntil(
        {
          method: 'POST',
          path: `${pathOf(id)}/evaluate`,
          query: { once: once === true ? true : undefined, wait: waitMs },
          waitMs: waitMs ?? limits.answerMs,
        },
        'Run',
      ),
    signal: (id, name, payload, { key, waitMs, to } = {}) =>
      askJson(
        {
          ...postJson(`${pathOf(id)}/signals/${encodeURIComponent(name)}`, payload),
          query: { wait: waitMs, to: to?.join(',') },
          headers: { 'idempotency-key': key },
          waitMs: waitMs ?? 0,
        },
        'Signalled',
      ),
    result: (id, { waitMs } = {}) =>
      askUntil({ method: 'GET', path: `${pathOf(id)}/result`, query: { wait: waitMs }, waitMs: waitMs ?? 0 }, 'Result'),
    async *events({ object, after, signal }) {
      const answer = await ask({
        method: 'GET',
        path: object === undefined ? '/events' : `${pathOf(object)}/events`,
        accept: EVENT_MEDIA,
        headers: { 'last-event-id': after === undefined ? undefined : String(after) },
        signal,
      });
      yield* readEvents(answer, limits);
    },
    async handOver(id) {
      const answer = await ask({ method: 'POST', path: `${pathOf(id)}/hand-over`, accept: OBJECT_MEDIA });
      const receipt = fromHex(answer.response.headers.get('sojourn-receipt') ?? '-');
      if (receipt === null || receipt.length === 0)
        throw new SojournError('node.unreachable', `${base}: expected a receipt with what is handed over, found none`);
      return { bytes: bytesOf(answer), receipt };
    },
    admit: (bytes, how = {}) => askJson({ ...importOf(bytes, how), waitMs: limits.answerMs * 10 }, 'Admitted'),
  };
}

function postJson(path: string, value: Value): Ask {
  return { method: 'POST', path, media: JSON_MEDIA, body: stringifyJson(value) };
}

function importOf(body: Uint8Array | AsyncIterable<Uint8Array>, { reading = false }: AdmitOptions): Ask {
  const query = { reading: reading ? true : undefined };
  return { method: 'POST', path: '/objects/import', query, media: OBJECT_MEDIA, body };
}

function pathOf(id: string): string {
  return `/objects/${encodeURIComponent(id)}`;
}

function queryText(query: Ask['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(String(value))}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function headersOf({ accept = JSON_MEDIA, media, headers = {} }: Ask, token: string | null): Record<string, string> {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {
    accept: `${accept}, application/problem+json`,
    ...(media === undefined ? {} : { 'content-type': media }),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...Object.fromEntries(given),
  };
}

/** A stream is sent while it is read, in one direction at a time. */
function bodyOf(body: Ask['body']): RequestInit {
  if (body === undefined) return {};
  if (typeof body === 'string') return { body };
  if (body instanceof Uint8Array) return { body: body.slice() };
  const half: RequestInit & { readonly duplex: 'half' } = { body: ReadableStream.from(body), duplex: 'half' };
  return half;
}

function readBase(url: string | URL): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : url;
  const sound =
    parsed !== null &&
    (parsed.protocol === 'http:' || parsed.protocol === 'https:') &&
    parsed.username === '' &&
    parsed.password === '' &&
    parsed.search === '' &&
    parsed.hash === '';
  if (sound) return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
  throw new SojournError(
    'usage',
    `node: expected an address such as http://127.0.0.1:8470, found ${JSON.stringify(String(url).slice(0, 200))}`,
  );
}
