import { describe, expect, it } from 'vitest';
import { checkSchema } from '../../../host/object/schema.ts';
import { openApiDocument } from '../../../host/node/http/openapi.ts';
import { readParams } from '../../../host/node/http/params.ts';
import { ROUTES } from '../../../host/node/http/routes.ts';
import { SCHEMAS } from '../../../host/node/http/schemas.ts';
import type { ValueMap } from '../../../host/value.ts';

const document = openApiDocument('1.2.3');
const paths = document['paths'] as Record<string, Record<string, ValueMap>>;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the OpenAPI document', () => {
  it('has every route once', () => {
    const listed = operations.map(
      ({ path, method, operation }) => `${method} ${path} ${String(operation['operationId'])}`,
    );
    expect(listed.toSorted()).toEqual(
      ROUTES.map((route) => `${route.method.toLowerCase()} ${route.path} ${route.operation}`).toSorted(),
    );
    expect(new Set(ROUTES.map((route) => route.operation)).size).toBe(ROUTES.length);
  });

  it('names every parameter of a path, and none that the path does not have', () => {
    for (const { path, operation } of operations) {
      const named = ((operation['parameters'] ?? []) as ValueMap[]).filter((one) => one['in'] === 'path');
      expect(named.map((one) => one['name'])).toEqual(Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name));
    }
  });

  it('asks for a token wherever a scope is needed, and leaves two routes open', () => {
    const open = operations.filter(({ operation }) => JSON.stringify(operation['security']) === '[]');
    expect(open.map(({ path }) => path).toSorted()).toEqual(['/health', '/openapi.json']);
  });

  it('refers to schemas that are there, and each of them is one', () => {
    const names = Array.from(JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g), ([, name]) => name!);
    expect(names.filter((name) => !(name in SCHEMAS))).toEqual([]);
    for (const schema of Object.values(SCHEMAS)) checkSchema(schema);
  });
});

describe('parameters', () => {
  const route = ROUTES.find(({ operation }) => operation === 'listObjects')!;
  const read = (query: string) =>
    Object.fromEntries(
      readParams(route, { path: () => undefined, query: new URLSearchParams(query), header: () => null }),
    );

  it('are read by their types', () => {
    expect(read('limit=10&status=dormant')).toEqual({ limit: 10, status: 'dormant' });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'once'],
    ['limits=1', 'limits'],
    ['status=asleep', 'status'],
    ['handler=ABC', 'handler'],
    [`cursor=${'x'.repeat(300)}`, 'cursor'],
  ])('are refused as %s', (query, named) => {
    expect(() => read(query)).toThrow(
      expect.objectContaining({ code: 'request.malformed', message: expect.stringContaining(named) }),
    );
  });
});
