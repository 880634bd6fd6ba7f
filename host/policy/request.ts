/**
 * A question in Cedar's terms. What the schema promises is checked here, so that the engine need not check it at every decision:
 * known action, a resource that it applies to, whole numbers, well-formed texts. A target of HTTP must be in the one form that
 * policies are written for, lest `EVIL.example` or `/%6frders` slip past a rule.
 */
import type { CedarRequest, CedarValueJson, EntityJson } from './cedar.ts';
import type { FactValues } from './facts.ts';
import type { ObjectFacts, Question, Resource } from './model.ts';
import { EVERYTHING } from './mention.ts';
import type { EntityMention, Mention, Mentioned } from './mention.ts';
import { RESOURCE_TYPES } from './schema.ts';

type Attributes = { readonly [name: string]: string | number };

const HOST_NAME = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/;
const PATH = /^\/[\x21\x22\x24-\x3e\x40-\x5b\x5d-\x7e]*$/;
/** Letters, digits, `-`, `.`, `_`, `~` need no escape (RFC 3986 section 6.2.2.2): escaped, they are a second spelling. */
const NEEDLESS_ESCAPE = /%(?:2[de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/i;
/** `.` and `..` between separators, whichever of them a server may know. */
const DOT_SEGMENT = /(?:\/|%2f|%5c)\.{1,2}(?=\/|%2f|%5c|;|$)/i;

/**
 * Null where the question is not one that the schema allows. What is not `mentioned` is left out, or stands as an empty text: it must be
 * what the policies that are asked can see of it.
 */
export function buildRequest(
  question: Question,
  facts: FactValues,
  mentioned: Mentioned = EVERYTHING,
): CedarRequest | null {
  if (!isAskable(question)) return null;
  const { action, object, resource, context } = question;
  const isSelf = resource.type === 'Object';
  const actor = isSelf ? joined(mentioned.principal, mentioned.resource) : mentioned.principal;
  const target = isSelf ? actor : mentioned.resource;
  const principal = { type: 'Object', id: actor.id ? object.id : '' };
  const uid = { type: resource.type, id: target.id ? idOf(resource) : '' };
  const { now, node, zone, trust, counters, approvals, step } = context;
  const entities: EntityJson[] = [];
  if (isSeen(actor)) entities.push({ uid: principal, attrs: project(attributesOf(object), actor.attrs), parents: [] });
  // the target of the six actions is the object itself, which stands there already
  if (!isSelf && isSeen(target)) entities.push({ uid, attrs: project(targetOf(resource), target.attrs), parents: [] });
  return {
    principal,
    action: { type: 'Action', id: action },
    resource: uid,
    context: project({ now, node, zone, trust, counters, approvals, step, facts }, mentioned.context),
    entities,
  };
}

function attributesOf({ creator, handler, task, parent }: ObjectFacts): Attributes {
  return parent === null ? { creator, handler, task } : { creator, handler, task, parent };
}

/** One entity under two names. */
function joined(a: EntityMention, b: EntityMention): EntityMention {
  const attrs = a.attrs === 'all' || b.attrs === 'all' ? 'all' : new Map([...a.attrs, ...b.attrs]);
  return { id: a.id || b.id, attrs };
}

/** Without attributes, an entity that is there is one that is not. */
function isSeen({ attrs }: EntityMention): boolean {
  return attrs === 'all' || attrs.size > 0;
}

type CedarRecord = { [name: string]: CedarValueJson };

function project(from: { readonly [name: string]: unknown }, mention: Mention): CedarRecord {
  // its members are texts, numbers, booleans, lists of texts and records of these
  const record = from as CedarRecord;
  if (mention === 'all') return record;
  const seen: CedarRecord = {};
  for (const [name, inner] of mention) {
    if (!Object.hasOwn(record, name)) continue;
    const value = record[name];
    if (value === undefined) continue;
    seen[name] = inner === 'all' || !isRecord(value) ? value : project(value, inner);
  }
  return seen;
}

function isRecord(value: CedarValueJson): value is CedarRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
