/** One request on its way through the app, and what the app is made of. */
import type { Context } from '@opentelemetry/api';
import { SojournError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Clock, Hash } from '../../ports.ts';
import type { Value } from '../../value.ts';
import type { Node, NodeLog, NodeStats } from '../service/node.ts';
import type { BodyPlace, Gate } from './gate.ts';
import type { HttpLimits } from './http-limits.ts';
import type { Params } from './params.ts';
import type { Route } from './route.ts';
import type { Token } from './tokens.ts';

/** Counts and times requests, and writes all as text for Prometheus. */
export interface AppMetrics {
  observe(route: string, method: string, status: number, seconds: number): void;
  /** Text format 0.0.4. */
  text(stats: NodeStats): Promise<string>;
}

export interface AppParts {
  readonly node: Node;
  readonly limits: HttpLimits;
  /** What a carried policy set may be. */
  readonly objectLimits: Limits;
  readonly log: NodeLog;
  readonly hash: Hash;
  readonly clock: Clock;
  readonly metrics: AppMetrics | null;
  readonly waits: Gate;
  readonly streams: Gate;
  /** True once the node's index is whole. */
  readonly isIndexed: () => boolean;
  /** Aborts when the node closes: what waits or streams ends then. */
  readonly closing: AbortSignal;
  /** Aborts when other tokens count: what streams for one of those before ends then, and asks again. */
  readonly tokensHold: () => AbortSignal;
  readonly document: Value;
}

export interface Call {
  readonly parts: AppParts;
  readonly route: Route;
  readonly request: Request;
  /** Null on a route that is open to all. */
  readonly token: Token | null;
  readonly params: Params;
  /** Of a JSON body; null where there is none. */
  readonly json: Value;
  /** Of a body that is read whole. */
  readonly bytes: Uint8Array;
  /** Counts what is read of a body as it comes. */
  readonly place: BodyPlace;
  /** Of the span that this request is, or of its caller's: what runs for it is under this. Null where nobody traces. */
  readonly trace: Context | null;
  /** Ends the connection at once: all that is left to do when an answer that has begun can't be finished. */
  readonly breakOff: () => void;
}

export function textOf({ params }: Call, name: string): string | null {
  const value = params.get(name);
  return typeof value === 'string' ? value : null;
}

export function numberOf({ params }: Call, name: string): number | null {
  const value = params.get(name);
  return typeof value === 'number' ? value : null;
}

export function flagOf({ params }: Call, name: string): boolean {
  return params.get(name) === true;
}

export function idOf(call: Call): string {
  const id = textOf(call, 'id');
  if (id === null) throw new SojournError('internal', `${call.route.path}: expected an id among its parameters`);
  return id;
}

/** Members that are there: optional properties are exact. */
export function present<K extends string, T>(name: K, value: T | null): { readonly [key in K]?: T } {
  return value === null ? {} : ({ [name]: value } as { readonly [key in K]: T }); // the one member is there
}
