/**
 * Requests from an OpenAPI document: half of them as it describes them, the others wrong in one place, a few in many. Knows nothing of
 * the server but the document and values, by the names of parameters and members, that make a request meet something.
 */
import fc from 'fast-check';
import type { ValueMap } from '../../../host/value.ts';

export interface WrittenRequest {
  readonly operation: string;
  readonly method: string;
  /** Path and query, escaped. */
  readonly target: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array | null;
}

export interface Known {
  readonly token: string;
  /** Such as know too little, or nothing. */
  readonly poorTokens: readonly string[];
  /** JSON values by the name of a parameter or a member. */
  readonly named: { readonly [name: string]: readonly unknown[] };
  /** Bodies by media type. */
  readonly bodies: { readonly [media: string]: readonly Uint8Array[] };
}

type Arb<T> = fc.Arbitrary<T>;
type Texts = Record<string, string>;

const PARTS = ['method', 'path', 'query', 'header', 'token', 'accept', 'type', 'body'] as const;
type Part = (typeof PARTS)[number];

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Which parts of a request are wrong. */
const faults: Arb<readonly Part[]> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<readonly Part[]>([]) },
  { weight: 4, arbitrary: fc.constantFrom(...PARTS).map((part) => [part]) },
  { weight: 1, arbitrary: fc.subarray([...PARTS]) },
);

export function requestArbitrary(document: ValueMap, known: Known): Arb<WrittenRequest> {
  return fc
    .tuple(fc.constantFrom(...operationsOf(document)), faults)
    .chain(([one, wrong]) => writtenRequest(one, new Set(wrong), known));
}

/** For each operation, requests that are as the document describes them. */
export function rightRequests(document: ValueMap, known: Known): readonly Arb<WrittenRequest>[] {
  return operationsOf(document).map((one) => writtenRequest(one, new Set(), known));
}

function operationsOf(document: ValueMap): readonly Operation[] {
  const paths = document['paths'] as Record<string, Record<string, ValueMap>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: ValueMap;
}

function writtenRequest(
  { path, method, operation }: Operation,
  wrong: ReadonlySet<Part>,
  known: Known,
): Arb<WrittenRequest> {
  const params = (operation['parameters'] ?? []) as readonly ValueMap[];
  const body = operation['requestBody'] as ValueMap | undefined;
  const media = Object.keys((body?.['content'] ?? {}) as object)[0] ?? null;
  const either = <T>(part: Part, right: Arb<T>, other: Arb<T>): Arb<T> => (wrong.has(part) ? other : right);
  const values = (place: 'path' | 'query' | 'header', always: boolean): Arb<Texts> => {
    const texts = params
      .filter((param) => param['in'] === place)
      .map((param) => [String(param['name']), either(place, rightText(param, known), wrongText)] as const);
    return fc.record(Object.fromEntries(texts), always ? {} : { requiredKeys: [] }) as Arb<Texts>;
  };
  return fc
    .record({
      method: either(
        'method',
        fc.constant(method),
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
      ),
      path: values('path', true),
      query: values('query', false),
      stray: either('query', fc.constant(null), fc.option(fc.tuple(anyText, anyText))),
      header: values('header', false),
      token: either('token', fc.constant(known.token), fc.constantFrom(...known.poorTokens)),
      accept: either(
        'accept',
        fc.option(fc.constantFrom(...mediaOf(operation))),
        fc.constantFrom('image/png', 'q=;,;', 'application/*;q=0'),
      ),
      type: either('type', fc.constant(media), fc.constantFrom(null, 'text/plain', 'application/json; charset=latin1')),
      body: either('body', rightBody(body, media, known), wrongBody(known)),
    })
    .map(({ path: names, query, stray, header, token, accept, type, ...request }) => {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(names[name] ?? ''));
      const pairs = [...Object.entries(query), ...(stray === null ? [] : [stray])];
      const search = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(header)) headers[name] = asHeader(value);
      if (token !== '') headers['authorization'] = token;
      if (accept !== null) headers['accept'] = accept;
      if (type !== null) headers['content-type'] = type;
      return {
        operation: String(operation['operationId']),
        method: request.method,
        target: search === '' ? filled : `${filled}?${search}`,
        headers,
        body: ['GET', 'HEAD'].includes(request.method) ? null : request.body,
      };
    });
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** What a header can carry at all. */
function asHeader(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').trim();
}

/** Media types of what an operation answers. */
function mediaOf(operation: ValueMap): readonly string[] {
  const answers = Object.entries(operation['responses'] as Record<string, ValueMap>);
  return ['*/*', ...answers.flatMap(([status, { content }]) => (status < '300' ? Object.keys(content as object) : []))];
}

function rightText({ name, schema }: ValueMap, known: Known): Arb<string> {
  return rightValue(schema as Schema, known, String(name)).map((value) =>
    typeof value === 'string' ? value : JSON.stringify(value),
  );
}

const wrongText: Arb<string> = fc.oneof(
  anyText,
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    '9007199254740993',
    'null',
    '..',
    '../..',
    '\u0000',
    '𝒳',
    "' or 1=1 --",
    '0'.repeat(64),
  ),
);

function rightBody(body: ValueMap | undefined, media: string | null, known: Known): Arb<Uint8Array | null> {
  if (body === undefined || media === null) return fc.constant(null);
  const { schema } = (body['content'] as Record<string, { schema?: Schema }>)[media] ?? {};
  if (schema !== undefined) return rightValue(schema, known, 'body').map((value) => bytesOf(JSON.stringify(value)));
  return fc.constantFrom(...(known.bodies[media] ?? []));
}

/** JSON of another shape, other bytes, and known bodies with some of their bytes changed, cut off, or doubled. */
function wrongBody({ bodies }: Known): Arb<Uint8Array | null> {
  const bent = fc
    .record({
      of: fc.constantFrom(...Object.values(bodies).flat()),
      at: fc.nat(),
      byte: fc.nat(255),
      how: fc.constantFrom('flip', 'cut', 'double'),
    })
    .map(({ of, at, byte, how }) => {
      const place = at % Math.max(1, of.length);
      if (how === 'cut') return of.slice(0, place);
      if (how === 'double') return Uint8Array.from([...of.subarray(0, 4_096), ...of.subarray(0, 4_096)]);
      const copy = of.slice();
      copy[place] = byte;
      return copy;
    });
  const odd = ['', '['.repeat(5_000), '{"__proto__":{"x":1}}', '"\\ud800"', '{"a":1,"a":2}', '9e999'].map(bytesOf);
  return fc.oneof(bent, fc.json().map(bytesOf), fc.uint8Array({ maxLength: 200 }), fc.constantFrom(null, ...odd));
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A value of a schema of the kind that the document has; a known one where there are any of that name. */
function rightValue(schema: Schema, known: Known, name: string): Arb<unknown> {
  const named = Object.hasOwn(known.named, name) ? known.named[name] : undefined;
  if (named !== undefined) return fc.constantFrom(...named);
  const {
    type,
    enum: choices,
    properties,
    required = [],
    items = {},
    additionalProperties,
    pattern,
    minimum = 0,
    maximum = 2_000,
  } = schema;
  if (choices !== undefined) return fc.constantFrom(...choices);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const first = typeof type === 'string' ? type : type?.[0];
  if (first === 'integer') return fc.integer({ min: minimum, max: maximum });
  if (first === 'boolean') return fc.boolean();
  if (first === 'string') return fc.string({ minLength: 1, maxLength: 40 });
  if (first === 'array') return fc.array(rightValue(items, known, name), { maxLength: 4 });
  if (first === 'object' && properties !== undefined) {
    const members = Object.entries(properties).map(([key, one]) => [key, rightValue(one, known, key)] as const);
    return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
  }
  if (first === 'object') {
    const values =
      typeof additionalProperties === 'object'
        ? rightValue(additionalProperties, known, name)
        : fc.jsonValue({ maxDepth: 2 });
    return fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), values, { maxKeys: 3 });
  }
  return fc.jsonValue({ maxDepth: 3 });
}
