/**
 * What went wrong, as problem details (RFC 9457): status and code from host/errors.ts. What broke inside the node is not told outside;
 * its log has it.
 */
import { SojournError, httpStatusOf } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { stringifyJson } from '../../json.ts';
import type { ValueMap } from '../../value.ts';

export const PROBLEM_MEDIA = 'application/problem+json';

/** Short, and the same for every problem of a status. */
const TITLES: { readonly [status: number]: string } = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};

/** Seconds after which it makes sense to try again. */
const RETRY_AFTER: { readonly [code in ErrorCode]?: number } = {
  'store.busy': 1,
  'store.full': 30,
  'node.busy': 1,
  'node.closing': 5,
  'rate.exceeded': 1,
};

/** What is said outside of what names files and servers of the node. */
const INSIDE: { readonly [code in ErrorCode]?: string } = {
  'internal': 'the node failed: its log says why',
  'store.failed': 'the node failed: its log says why',
  'store.full': 'the node has no room left: its log says where',
  'store.busy': 'the object: expected nobody at work on it, found somebody, or a cycle that was left open: ask again',
};

/** Behind these the rest of a body may still be on its way: the connection is of no more use. */
const CLOSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['request.limit', 'request.timeout', 'node.closing']);

/** Any error as one of ours. */
export function toSojournError(error: unknown): SojournError {
  if (error instanceof SojournError) return error;
  return new SojournError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}

export function problemJson(error: SojournError): ValueMap {
  const status = httpStatusOf(error.code);
  const inside = INSIDE[error.code];
  return {
    type: `urn:sojourn:error:${error.code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code: error.code,
    detail: inside ?? error.message,
    ...(inside !== undefined || Object.keys(error.details).length === 0 ? {} : { details: error.details }),
  };
}

export function problemResponse(error: SojournError, more: { readonly [name: string]: string } = {}): Response {
  const { code } = error;
  const after = RETRY_AFTER[code];
  const headers: Record<string, string> = { 'content-type': PROBLEM_MEDIA, 'cache-control': 'no-store', ...more };
  if (after !== undefined) headers['retry-after'] = String(after);
  if (code === 'token.missing') headers['www-authenticate'] = 'Bearer realm="sojourn"';
  if (CLOSING.has(code)) headers['connection'] = 'close';
  return new Response(stringifyJson(problemJson(error)), { status: httpStatusOf(code), headers });
}
