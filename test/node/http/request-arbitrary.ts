/**
 * Requests from an OpenAPI document: for each operation those that it describes, and those that are wrong in one place or in all. Knows
 * nothing of the server but the document and a few values that make a request meet something.
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
  /** Ids, digests, names and tokens that there are. */
  readonly texts: readonly string[];
  readonly tokens: readonly string[];
  /** Bodies that there are: objects, components. */
  readonly bodies: readonly Uint8Array[];
}

type Arb<T> = fc.Arbitrary<T>;
const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function requestArbitrary(document: ValueMap, known: Known): Arb<WrittenRequest> {
  const paths = document['paths'] as Record<string, Record<string, ValueMap>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      operationArbitrary(path, method.toUpperCase(), operation, known),
    ),
  );
  return fc.oneof(...operations);
}

function operationArbitrary(path: string, method: string, operation: ValueMap, known: Known): Arb<WrittenRequest> {
  const params = (operation['parameters'] ?? []) as readonly ValueMap[];
  const of = (place: string) => params.filter((param) => param['in'] === place);
  const values = (place: string, always: boolean) =>
    fc.record(
      Object.fromEntries(
        of(place).map((param) => [String(param['name']), textArbitrary(param['schema'] as ValueMap, known)]),
      ),
      always ? {} : { requiredKeys: [] },
    ) as Arb<Record<string, string>>;
  return fc
    .record({
      path: values('path', true),
      query: values('query', false),
      header: values('header', false),
      stray: fc.option(fc.tuple(anyText, anyText), { freq: 8 }),
      method: fc.oneof(
        { weight: 15, arbitrary: fc.constant(method) },
        { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH') },
      ),
      token: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...known.tokens) },
        { weight: 1, arbitrary: fc.constantFrom('', 'Bearer', 'Bearer x', 'Basic eDp4') },
      ),
      accept: fc.option(
        fc.constantFrom(
          '*/*',
          'application/json',
          'application/sojourn+cbor-seq',
          'text/event-stream',
          'q=;,;',
          'application/*;q=0',
        ),
        { freq: 2 },
      ),
      body: bodyArbitrary(operation['requestBody'] as ValueMap | undefined, known),
    })
    .map(({ path: names, query, header, stray, token, accept, body, ...request }) => {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(names[name] ?? ''));
      const pairs = [...Object.entries(query), ...(stray === null ? [] : [stray])];
      const search = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(header)) headers[name] = asHeader(value);
      if (token !== '') headers['authorization'] = token;
      if (accept !== null) headers['accept'] = accept;
      if (body.type !== null) headers['content-type'] = body.type;
      return {
        operation: String(operation['operationId']),
        method: request.method,
        target: search === '' ? filled : `${filled}?${search}`,
        headers,
        body: ['GET', 'HEAD'].includes(request.method) ? null : body.bytes,
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

/** Texts for a parameter: of its schema, known ones, and others. */
function textArbitrary(schema: ValueMap, known: Known): Arb<string> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fromSchema(schema, known).map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
    },
    { weight: 4, arbitrary: fc.constantFrom(...known.texts) },
    { weight: 1, arbitrary: anyText },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '0',
        '-1',
        '1e9',
        '9007199254740993',
        'null',
        '..',
        '../..',
        '%00',
        '𝒳',
        "' or 1=1 --",
      ),
    },
  );
}

interface WrittenBody {
  readonly bytes: Uint8Array | null;
  readonly type: string | null;
}

function bodyArbitrary(body: ValueMap | undefined, known: Known): Arb<WrittenBody> {
  if (body === undefined)
    return fc.constantFrom<WrittenBody>(
      { bytes: null, type: null },
      { bytes: bytesOf('{}'), type: 'application/json' },
    );
  const [[media, { schema }]] = Object.entries(body['content'] as ValueMap) as [[string, { schema?: ValueMap }]];
  const right =
    schema === undefined
      ? bytesArbitrary(known)
      : fromSchema(schema, known).map((value) => bytesOf(JSON.stringify(value)));
  const bytes = fc.oneof(
    { weight: 6, arbitrary: right },
    { weight: 1, arbitrary: fc.json().map(bytesOf) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        bytesOf(''),
        bytesOf('['.repeat(5_000)),
        bytesOf('{"__proto__":{"x":1}}'),
        bytesOf('"\\ud800"'),
      ),
    },
  );
  const types = fc.oneof(
    { weight: 8, arbitrary: fc.constant<string | null>(media) },
    { weight: 1, arbitrary: fc.constantFrom<string | null>(null, 'text/plain', 'application/json; charset=latin1') },
  );
  return fc.record({ bytes, type: types });
}

/** Known bodies with some of their bytes changed, cut off, or doubled. */
function bytesArbitrary({ bodies }: Known): Arb<Uint8Array> {
  return fc
    .record({
      of: fc.constantFrom(...bodies),
      at: fc.nat(),
      byte: fc.nat(255),
      how: fc.constantFrom('as it is', 'flip', 'cut', 'double'),
    })
    .map(({ of, at, byte, how }) => {
      const place = at % Math.max(1, of.length);
      if (how === 'cut') return of.slice(0, place);
      if (how === 'double') return Uint8Array.from([...of.subarray(0, 4_096), ...of.subarray(0, 4_096)]);
      const copy = of.slice();
      if (how === 'flip') copy[place] = byte;
      return copy;
    });
}

interface Written {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [name: string]: ValueMap };
  readonly required?: readonly string[];
  readonly items?: ValueMap;
  readonly additionalProperties?: boolean | ValueMap;
  readonly pattern?: string;
}

/** Values of a JSON schema of the kind that the document has; now and then one that is not. */
function fromSchema(schema: ValueMap, known: Known, depth = 0): Arb<unknown> {
  const { type, enum: choices, properties, required, items, additionalProperties, pattern } = schema as Written;
  if (Array.isArray(choices)) return fc.constantFrom(...choices);
  if (typeof pattern === 'string')
    return fc.oneof(fc.stringMatching(new RegExp(pattern)), fc.constantFrom(...known.texts));
  const name = Array.isArray(type) ? type[0] : type;
  if (name === 'integer') return fc.oneof(fc.nat(2_000), fc.integer(), fc.maxSafeInteger());
  if (name === 'boolean') return fc.boolean();
  if (name === 'string')
    return fc.oneof(
      fc.constantFrom(...known.texts),
      anyText.map((text) => text.toWellFormed()),
    );
  if (name === 'array') return fc.array(fromSchema(items ?? {}, known, depth + 1), { maxLength: 4 });
  if (name === 'object' && properties !== undefined) {
    const members = Object.fromEntries(
      Object.entries(properties as ValueMap).map(([key, one]) => [key, fromSchema(one as ValueMap, known, depth + 1)]),
    );
    return fc.record(members, { requiredKeys: [...((required as string[] | undefined) ?? [])] });
  }
  if (name === 'object') {
    const values =
      typeof additionalProperties === 'object'
        ? fromSchema(additionalProperties, known, depth + 1)
        : fc.jsonValue({ maxDepth: 2 });
    return fc.dictionary(fc.oneof(fc.constantFrom(...known.texts), anyText), values, { maxKeys: 3 });
  }
  return depth > 3 ? fc.constant(null) : fc.jsonValue({ maxDepth: 3 });
}
