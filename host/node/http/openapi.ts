/** The OpenAPI 3.1 document of the table. JSON schemas go into it as they are: 3.1 takes them so. */
import { httpStatusOf } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import type { Value, ValueMap } from '../../value.ts';
import { DEFAULT_HTTP_LIMITS } from './http-limits.ts';
import type { HttpLimits } from './http-limits.ts';
import { PROBLEM_MEDIA } from './problem.ts';
import { bodyLimitOf } from './route.ts';
import { ROUTES } from './routes.ts';
import type { Answer, Body, Param, Route } from './route.ts';
import { SCHEMAS } from './schemas.ts';

/** What any route may answer, and any that has a body or asks for a token. */
const ALWAYS: readonly ErrorCode[] = ['request.malformed', 'node.busy', 'internal'];
const WITH_BODY: readonly ErrorCode[] = ['request.limit', 'request.timeout', 'request.media'];
const WITH_TOKEN: readonly ErrorCode[] = ['token.missing', 'token.refused', 'rate.exceeded'];

export function openApiDocument(version: string, limits: HttpLimits = DEFAULT_HTTP_LIMITS): ValueMap {
  const paths: Record<string, Record<string, Value>> = {};
  for (const route of ROUTES) {
    const methods = (paths[route.path] ??= {});
    methods[route.method.toLowerCase()] = operationOf(route, limits);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'sojourn node',
      version,
      description:
        'A node that keeps, runs and hands over portable objects. All but two routes need a bearer token with the scope that stands beside them. Errors are problem details (RFC 9457) with a closed set of codes.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { ...SCHEMAS },
    },
  };
}

function operationOf(route: Route, limits: HttpLimits): ValueMap {
  const { operation, summary, scope, params, body, answers } = route;
  return {
    operationId: operation,
    summary,
    ...(scope === null ? { security: [] } : { 'security': [{ token: [] }], 'x-scope': scope }),
    ...(params.length === 0 ? {} : { parameters: params.map(paramOf) }),
    ...(body === null ? {} : { requestBody: bodyOf(body, limits) }),
    responses: {
      ...Object.fromEntries(answers.map((answer) => [String(answer.status), answerOf(answer)])),
      ...problemsOf(route),
    },
  };
}

function paramOf({ in: place, name, description, schema }: Param): ValueMap {
  return { name, in: place, description, required: place === 'path', schema };
}

function bodyOf(body: Body, limits: HttpLimits): ValueMap {
  const { kind, media, schema } = body;
  const most = bodyLimitOf(body, limits);
  return {
    'required': kind !== 'json' || schema !== undefined,
    'content': { [media]: kind === 'json' ? { schema: schema ?? {} } : {} },
    'x-max-bytes': most,
  };
}

function answerOf({ description, content }: Answer): ValueMap {
  const media = Object.entries(content).map(([type, name]): [string, Value] => [
    type,
    name === null ? {} : { schema: { $ref: `#/components/schemas/${name}` } },
  ]);
  return { description, content: Object.fromEntries(media) };
}

/** By status, with the codes that mean it. */
function problemsOf(route: Route): ValueMap {
  const codes = [
    ...ALWAYS,
    ...(route.body === null ? [] : WITH_BODY),
    ...(route.scope === null ? [] : WITH_TOKEN),
    ...route.errors,
  ];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(httpStatusOf(code), [...(byStatus.get(httpStatusOf(code)) ?? []), code]);
  const content = { [PROBLEM_MEDIA]: { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [String(status), { description: names.join(', '), content }]),
  );
}
