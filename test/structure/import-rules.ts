/**
 * The direction of imports, as a function from sources to violations. A file may import its own layer and those that stand
 * before it. Ambient authority (node:*) and the tools that build and run components enter in named layers only.
 */
import { posix } from 'node:path';
import type { Source } from './sources.ts';
import { importsOf } from './sources.ts';

/** From the ground up. `ground` is the files directly in host/, `entry` is host/index.ts. */
const LAYERS = [
  'ground',
  'object',
  'policy',
  'kernel',
  'wasm',
  'sandbox',
  'capability',
  'store',
  'node',
  'entry',
  'cli',
] as const;
type Layer = (typeof LAYERS)[number];

const WITH_NODE: readonly Layer[] = ['sandbox', 'capability', 'store', 'node', 'entry', 'cli'];

/** The HTTP app: runs on any engine with `fetch`. */
const ANYWHERE = 'host/node/http/';

/** Which layers may import a package. One that is not listed may be imported nowhere. */
const PACKAGES: { readonly [name: string]: readonly Layer[] } = {
  '@bytecodealliance/componentize-js': ['sandbox'],
  '@bytecodealliance/jco': ['sandbox'],
  '@cedar-policy/cedar-wasm': ['policy'],
  '@opentelemetry/api': ['node', 'cli'],
  '@opentelemetry/exporter-metrics-otlp-http': ['cli'],
  '@opentelemetry/exporter-trace-otlp-http': ['cli'],
  '@opentelemetry/resources': ['cli'],
  '@opentelemetry/sdk-metrics': ['cli'],
  '@opentelemetry/sdk-trace-base': ['cli'],
  '@hono/node-server': ['node'],
  '@nats-io/jetstream': ['store'],
  '@nats-io/kv': ['store'],
  '@nats-io/obj': ['store'],
  '@nats-io/transport-node': ['store'],
  '@noble/ciphers': ['object'],
  '@noble/curves': ['ground', 'object'],
  '@noble/hashes': ['ground', 'object', 'policy', 'kernel', 'wasm'],
  'commander': ['cli'],
  'componentize-qjs': ['sandbox'],
  'esbuild': ['sandbox'],
  'hono': ['node'],
  'pino': ['cli'],
  'prom-client': ['cli'],
};

/** What runs inside the sandbox: the SDK, each handler, and what they import. Other files below guest/ are scripts for Node. */
const GUEST_ENTRY = /^guest\/(?:sdk\/(?!generate\.ts$)|handlers\/[^/]+\/handler\.ts$)/;

/** One line for each import that breaks a rule: path, what was expected, what was found. */
export function findForbiddenImports(sources: readonly Source[]): string[] {
  const guests = findGuests(sources);
  return sources.flatMap((source) =>
    importsOf(source).flatMap((specifier) => {
      const reason = judge(source.path, specifier, guests.has(source.path));
      return reason === null ? [] : [`${source.path}: ${reason}, found '${specifier}'`];
    }),
  );
}

/** Import cycles as the paths that form them, each cycle once. Imports of types count. */
export function findImportCycles(sources: readonly Source[]): string[] {
  const known = new Set(sources.map((source) => source.path));
  const edges = new Map(sources.map((source) => [source.path, targetsOf(source).filter((path) => known.has(path))]));
  const done = new Set<string>();
  const open: string[] = [];
  const cycles: string[] = [];
  const visit = (path: string): void => {
    const start = open.indexOf(path);
    if (start >= 0) cycles.push([...open.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    open.push(path);
    for (const next of edges.get(path) ?? []) visit(next);
    open.pop();
    done.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return cycles;
}

function findGuests(sources: readonly Source[]): Set<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const guests = new Set<string>();
  const waiting = [...byPath.keys()].filter((path) => GUEST_ENTRY.test(path));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = byPath.get(path);
    if (source === undefined || guests.has(path) || !path.startsWith('guest/')) continue;
    guests.add(path);
    waiting.push(...targetsOf(source));
  }
  return guests;
}

function targetsOf(source: Source): string[] {
  return importsOf(source)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(source.path), specifier));
}

function judge(path: string, specifier: string, isGuest: boolean): string | null {
  if (specifier.startsWith('.')) {
    if (!/\.(ts|json)$/.test(specifier)) return 'expected a relative import to end in .ts';
    const target = posix.join(posix.dirname(path), specifier);
    if (target.startsWith('..')) return 'expected a file of this repository';
    return isGuest ? judgeGuestFile(path, target) : judgeHostFile(path, target);
  }
  if (isGuest) return judgeGuestPackage(path, specifier);
  if (!path.startsWith('host/')) return null;
  const layer = layerOf(path);
  if (layer === null) return 'expected a known layer of host/';
  if (specifier.startsWith('node:')) {
    if (path.startsWith(ANYWHERE)) return 'expected nothing that Node alone has';
    return WITH_NODE.includes(layer) ? null : `expected no ambient authority in ${layer}`;
  }
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)![0];
  return PACKAGES[name]?.includes(layer) === true ? null : `expected a package that ${layer} may use`;
}

function judgeGuestFile(path: string, target: string): string | null {
  if (path.startsWith('guest/sdk/')) return target.startsWith('guest/sdk/') ? null : 'expected a file of the guest SDK';
  return target.startsWith('guest/') ? null : 'expected a file of the guest';
}

function judgeGuestPackage(path: string, specifier: string): string | null {
  if (specifier.startsWith('sojourn:object/')) return null;
  if (specifier === 'sojourn/guest' && path.startsWith('guest/handlers/')) return null;
  return 'expected the contract or the guest SDK';
}

function judgeHostFile(path: string, target: string): string | null {
  if (!path.startsWith('host/')) return null;
  const from = layerOf(path);
  const to = layerOf(target);
  if (from === null || to === null) return 'expected a known layer of host/';
  return LAYERS.indexOf(to) <= LAYERS.indexOf(from) ? null : `expected ${from} to import downwards`;
}

function layerOf(path: string): Layer | null {
  if (path === 'host/index.ts') return 'entry';
  const match = /^host\/(?:([^/]+)\/)?[^/]+/.exec(path);
  if (!match) return null;
  if (match[1] === undefined) return 'ground';
  return LAYERS.find((layer) => layer === match[1] && layer !== 'ground' && layer !== 'entry') ?? null;
}
