/**
 * A question in Cedar's terms. What the schema promises is checked here, so that the engine need not check it at every decision:
 * known action, a resource that it applies to, whole numbers, well-formed texts. A target of HTTP must be in the one form that
 * policies are written for, lest `EVIL.example` or `/%6frders` slip past a rule.
 */
import type { CedarRequest } from './cedar.ts';
import type { FactValues } from './facts.ts';
import type { Question, Resource } from './model.ts';
import { RESOURCE_TYPES } from './schema.ts';

type Attributes = { [name: string]: string | number };

const HOST_NAME = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/;
const PATH = /^\/[\x21\x22\x24-\x3e\x40-\x5b\x5d-\x7e]*$/;
/** Letters, digits, `-`, `.`, `_`, `~` need no escape (RFC 3986 section 6.2.2.2): escaped, they are a second spelling. */
const NEEDLESS_ESCAPE = /%(?:2[de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/i;
/** `.` and `..` between separators, whichever of them a server may know. */
const DOT_SEGMENT = /(?:\/|%2f|%5c)\.{1,2}(?=\/|%2f|%5c|;|$)/i;

/** Null where the question is not one that the schema allows. */
export function buildRequest(question: Question, facts: FactValues): CedarRequest | null {
  if (!isAskable(question)) return null;
  const { action, object, resource, context } = question;
  const { creator, handler, task, parent } = object;
  const principal = { type: 'Object', id: object.id };
  const attrs: Attributes = { creator, handler, task, ...(parent === null ? {} : { parent }) };
  const uid = { type: resource.type, id: idOf(resource) };
  // The target of the six actions is the object itself, which stands there already.
  const target = resource.type === 'Object' ? [] : [{ uid, attrs: targetOf(resource), parents: [] }];
  const { now, node, zone, trust, counters, approvals, step } = context;
  return {
    principal,
    action: { type: 'Action', id: action },
    resource: uid,
    context: {
      now,
      node,
      zone,
      trust: { ...trust },
      counters: { ...counters },
      approvals: [...approvals],
      step,
      facts,
    },
    entities: [{ uid: principal, attrs, parents: [] }, ...target],
  };
}

function isAskable({ action, object, resource, context }: Question): boolean {
  const types = Object.hasOwn(RESOURCE_TYPES, action) ? RESOURCE_TYPES[action] : undefined;
  const { id, creator, handler, task, parent } = object;
  const { now, node, zone, trust, counters, approvals, step } = context;
  const texts = [id, creator, handler, task, parent ?? '', idOf(resource), node, zone, step, ...approvals];
  const numbers = [now, trust.slope, trust.continuousOver, ...Object.values(counters)];
  const fits = types?.includes(resource.type) === true && (resource.type !== 'Object' || resource.id === id);
  const plain = texts.every((text) => text.isWellFormed()) && numbers.every((number) => Number.isSafeInteger(number));
  return fits && plain && (resource.type !== 'Http' || isCanonicalHttp(resource));
}

function targetOf(resource: Exclude<Resource, { type: 'Object' }>): Attributes {
  switch (resource.type) {
    case 'Http':
      return {
        scheme: resource.scheme,
        host: resource.host,
        port: resource.port,
        path: resource.path,
        query: resource.query,
        method: resource.method,
      };
    case 'Tool':
    case 'Advisor':
      return { name: resource.name };
    case 'Key':
      return { key: resource.key };
    case 'File':
      return { path: resource.path };
    case 'Host':
      return {};
  }
}

/** The id by which a policy may name the resource. */
function idOf(resource: Resource): string {
  switch (resource.type) {
    case 'Object':
      return resource.id;
    case 'Http':
      return `${resource.method} ${resource.scheme}://${resource.host}:${resource.port}${resource.path}`;
    case 'Tool':
    case 'Advisor':
      return resource.name;
    case 'Key':
      return resource.key;
    case 'File':
      return resource.path;
    case 'Host':
      return 'host';
  }
}

function isCanonicalHttp(resource: Extract<Resource, { type: 'Http' }>): boolean {
  const { scheme, host, port, path, method } = resource;
  const known = scheme === 'http' || scheme === 'https';
  const portFits = Number.isInteger(port) && port >= 1 && port <= 65_535;
  return known && portFits && /^[A-Z]{1,16}$/.test(method) && HOST_NAME.test(host) && isCanonicalPath(path);
}

function isCanonicalPath(path: string): boolean {
  return PATH.test(path) && !NEEDLESS_ESCAPE.test(path) && !DOT_SEGMENT.test(path);
}
