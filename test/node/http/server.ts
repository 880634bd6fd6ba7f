/**
 * A node with its app, as an embedding program has them: a memory store unless told otherwise, a real sandbox, the scripted guest, and
 * tokens for everything.
 */
import type { NodeLog, Node, NodeOptions, NodeTelemetry } from '../../../host/node/service/node.ts';
import { createNode } from '../../../host/node/service/create-node.ts';
import { createApp } from '../../../host/node/http/app.ts';
import type { App } from '../../../host/node/http/app.ts';
import type { AppMetrics } from '../../../host/node/http/call.ts';
import type { HttpLimits } from '../../../host/node/http/http-limits.ts';
import { SCOPES } from '../../../host/node/http/route.ts';
import type { Token } from '../../../host/node/http/tokens.ts';
import { createNativeVerify, generateKey, nativeHash, systemRandom } from '../../../host/node/native.ts';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import { createSandbox } from '../../../host/sandbox/runner.ts';
import type { Sandbox } from '../../../host/sandbox/runner.ts';
import { createMemoryStore } from '../../../host/store/memory.ts';
import type { Value } from '../../../host/value.ts';
import { buildScript } from '../../sandbox/guest-builds.ts';
import { PERMIT_ALL, policySet } from '../policies.ts';
import { START } from '../world.ts';

export const SECRET = 'the-token-of-the-tests-that-may-do-all';

export interface Bench {
  readonly runner: Sandbox;
  readonly handler: { readonly digest: string; readonly bytes: Uint8Array };
  close(): Promise<void>;
}

/** What servers of one test file share: building the guest takes a second. */
export async function createBench(): Promise<Bench> {
  const runner = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
  const handler = await buildScript(new URL('../guests/scripted.js', import.meta.url));
  return { runner, handler, close: () => runner.close() };
}

export interface ServerOptions {
  readonly tokens?: readonly Token[];
  readonly limits?: Partial<HttpLimits>;
  readonly log?: NodeLog;
  readonly metrics?: AppMetrics;
  readonly telemetry?: NodeTelemetry;
  readonly node?: Partial<NodeOptions>;
}

/** What a test looks into is for it to know. */
type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly json: Json;
}

export interface Init extends Omit<RequestInit, 'headers'> {
  readonly headers?: Record<string, string>;
}

export interface Server {
  readonly app: App;
  readonly node: Node;
  /** The clock of the node; a test may move it. */
  time: number;
  /** Made with the token that may do all, unless `headers` say otherwise. */
  fetch(
    method: string,
    path: string,
    init?: RequestInit & { readonly headers?: Record<string, string> },
  ): Promise<Response>;
  /** With a JSON body; gives the status and the JSON of the answer. */
  json(method: string, path: string, body?: Value, headers?: Record<string, string>): Promise<Answer>;
  /** Makes an object with a script for the guest and gives its id. */
  object(script: Value, draft?: { readonly [name: string]: Value }): Promise<string>;
  close(): Promise<void>;
}

export function tokenOf(secret: string, more: Partial<Token> = {}): Token {
  return {
    name: 'test',
    digest: nativeHash(new TextEncoder().encode(secret)),
    scopes: new Set(SCOPES),
    objects: null,
    handlers: null,
    perSecond: null,
    expires: null,
    ...more,
  };
}

export async function createServer(bench: Bench, options: ServerOptions = {}): Promise<Server> {
  const key = generateKey();
  const { telemetry, log, metrics, limits } = options;
  const time = { now: START };
  const clock = { now: () => time.now };
  const more = { ...(telemetry === undefined ? {} : { telemetry }), ...(log === undefined ? {} : { log }) };
  const node = await createNode({
    ports: {
      clock,
      random: systemRandom,
      hash: nativeHash,
      verify: createNativeVerify(),
      signer: key.signer,
      reader: key.reader,
      fetch: (url, init) => fetch(url, init),
      runner: { ...bench.runner, close: async () => {} },
    },
    store: createMemoryStore(),
    policy: policySet(PERMIT_ALL),
    ...more,
    ...options.node,
  });
  const app = createApp({
    node,
    tokens: options.tokens ?? [tokenOf(SECRET)],
    hash: nativeHash,
    clock,
    version: '1.2.3',
    ...(limits === undefined ? {} : { limits }),
    ...(metrics === undefined ? {} : { metrics }),
    ...more,
  });
  await node.putHandler(bench.handler.bytes);
  const server: Server = {
    app,
    node,
    get time() {
      return time.now;
    },
    set time(now) {
      time.now = now;
    },
    fetch: (method, path, { headers = {}, ...init }: Init = {}) =>
      app.fetch(
        new Request(`http://node.test${path}`, {
          method,
          headers: Object.assign({ authorization: `Bearer ${SECRET}` }, headers),
          ...init,
        }),
      ),
    async json(method, path, body, headers = {}) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
      const response = await server.fetch(method, path, { ...sent, headers: { ...type, ...headers } });
      return { status: response.status, json: JSON.parse(await response.text()) };
    },
    async object(script, draft = {}) {
      const { status, json } = await server.json('POST', '/objects', {
        handler: bench.handler.digest,
        intent: { kind: 'scripted', goal: 'Do what the script says', input: script },
        context: { capabilities: ['*'], depth: 4 },
        ...draft,
      });
      if (status !== 201) throw new Error(`expected 201, found ${status}: ${JSON.stringify(json)}`);
      return json.id as string;
    },
    async close() {
      app.close();
      await node.close({ graceMs: 0 });
    },
  };
  return server;
}
