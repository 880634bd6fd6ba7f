/** What the table of routes is made of: a route, with what it takes, what it answers and who may. */
import type { ErrorCode } from '../../errors.ts';
import type { ValueMap } from '../../value.ts';
import type { HttpLimits } from './http-limits.ts';
import type { SCHEMAS } from './schemas.ts';

export const SCOPES = ['read', 'write', 'run', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export const JSON_MEDIA = 'application/json';
export const OBJECT_MEDIA = 'application/sojourn+cbor-seq';
export const WASM_MEDIA = 'application/wasm';
export const EVENT_MEDIA = 'text/event-stream';
export const METRICS_MEDIA = 'text/plain; version=0.0.4; charset=utf-8';

export type Operation =
  | 'putHandler'
  | 'listHandlers'
  | 'createObject'
  | 'listObjects'
  | 'getObject'
  | 'evaluateObject'
  | 'signalObject'
  | 'getResult'
  | 'streamObjectEvents'
  | 'streamEvents'
  | 'handOver'
  | 'importObject'
  | 'evaluateBytes'
  | 'getHealth'
  | 'getStats'
  | 'getMetrics'
  | 'getOpenApi';

export interface Param {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly description: string;
  /** Of a text, a whole number or a truth value; `pattern` is ours, and anchored. */
  readonly schema: ValueMap;
}

/** `bytes` and `json` are read whole, `stream` as it comes. */
export interface Body {
  readonly kind: 'bytes' | 'json' | 'stream';
  readonly media: string;
  readonly limit: 'handlerBytes' | 'draftBytes' | 'signalBytes' | 'evaluateBytes' | 'importBytes';
  /** Of a JSON body; without one, any JSON is taken, and none is `null`. */
  readonly schema?: ValueMap;
}

export interface Answer {
  readonly status: number;
  readonly description: string;
  /** By media type; a name of a schema, or null for bytes. */
  readonly content: { readonly [media: string]: keyof typeof SCHEMAS | null };
}

/** How far a token reaches that is bound to objects or handlers: `none` not at all, `object` to its own, `list` and `create` within them. */
export type Reach = 'none' | 'object' | 'list' | 'create';

export interface Route {
  readonly operation: Operation;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly summary: string;
  /** Null: open to all. */
  readonly scope: Scope | null;
  readonly reach: Reach;
  readonly params: readonly Param[];
  readonly body: Body | null;
  readonly answers: readonly Answer[];
  /** Beside those that every route may give. */
  readonly errors: readonly ErrorCode[];
}

/** Bytes of this route's body at most. */
export function bodyLimitOf({ limit }: Body, limits: HttpLimits): number {
  return limits[limit];
}
