/**
 * The package's other face, `sojourn/node`: a long-lived node in a program of one's own, its stores, and the HTTP app that serves it.
 */
export { createApp } from './http/app.ts';
export type { App, AppOptions, Connection } from './http/app.ts';
export type { AppMetrics } from './http/call.ts';
export { DEFAULT_HTTP_LIMITS } from './http/http-limits.ts';
export type { HttpLimits } from './http/http-limits.ts';
export { openApiDocument } from './http/openapi.ts';
export type { Scope } from './http/route.ts';
export { parseTokens } from './http/tokens.ts';
export type { Token } from './http/tokens.ts';
export { listen } from './listen.ts';
export type { Listener, ListenOptions } from './listen.ts';
export { createClient } from './http/client.ts';
export type {
  Client,
  ClientCreated,
  ClientFetch,
  ClientHealth,
  ClientOptions,
  ClientRun,
  ClientSignalled,
} from './http/client.ts';
export type { ClientLimits } from './http/client-limits.ts';
export { exchange } from './exchange/exchange.ts';
export type { ExchangeLine, ExchangeOptions } from './exchange/exchange.ts';
export { createFolderPlace } from './exchange/folder-place.ts';
export { createNodePlace } from './exchange/node-place.ts';
export type { Copy, ExchangePlace } from './exchange/place.ts';
export { createNode } from './service/create-node.ts';
export type {
  AdmitOptions,
  Admitted,
  EvaluateOptions,
  EvaluatedBytes,
  EventFilter,
  HandedOver,
  LineStatus,
  ListFilter,
  ListPage,
  Node,
  NodeCreated,
  NodeDraft,
  NodeEvent,
  NodeHandler,
  NodeLog,
  NodeOptions,
  NodePorts,
  NodeSignalOptions,
  NodeSignalReport,
  NodeStats,
  NodeTelemetry,
  ObjectLine,
} from './service/node.ts';
export { createFolderStore } from '../store/folder.ts';
export { createMemoryStore } from '../store/memory.ts';
export { createNatsStore, readNatsUrl } from '../store/nats.ts';
export type { NatsOptions } from '../store/nats.ts';
export { createSqliteStore } from '../store/sqlite.ts';
export type { Listed, Mark, NodeStore } from '../ports.ts';
