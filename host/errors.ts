/**
 * The one error type and its closed set of codes. Expected outcomes (a verdict, a verify result) are values, not errors; an
 * error means corrupt input, a caller's mistake or a failed system. The table maps each code to an exit code and HTTP status.
 */
import type { Value } from './value.ts';

interface CodeMeaning {
  readonly exit: number;
  readonly http: number;
}

/** Exit codes: 1 does not hold, 2 wrong use, 3 bad input, 4 refused, 5 failed system, 6 busy. */
const CODES = {
  'usage': { exit: 2, http: 400 },
  'object.truncated': { exit: 3, http: 422 },
  'object.malformed': { exit: 3, http: 422 },
  'object.canonical': { exit: 3, http: 422 },
  'object.version': { exit: 3, http: 422 },
  'object.limit': { exit: 3, http: 413 },
  'object.chain': { exit: 3, http: 422 },
  'object.seal': { exit: 3, http: 422 },
  'object.schema': { exit: 3, http: 422 },
  'object.terminated': { exit: 4, http: 409 },
  'object.behind': { exit: 4, http: 409 },
  'object.forked': { exit: 4, http: 409 },
  'object.confidential': { exit: 4, http: 403 },
  'object.unproven': { exit: 4, http: 409 },
  'object.exists': { exit: 4, http: 409 },
  'object.left': { exit: 4, http: 409 },
  'intent.invalid': { exit: 3, http: 422 },
  'context.invalid': { exit: 3, http: 422 },
  'signal.invalid': { exit: 3, http: 422 },
  'witness.invalid': { exit: 3, http: 422 },
  'witness.unasked': { exit: 4, http: 409 },
  'component.malformed': { exit: 3, http: 422 },
  'component.limit': { exit: 3, http: 413 },
  'component.opcode': { exit: 3, http: 422 },
  'component.import': { exit: 3, http: 422 },
  'component.export': { exit: 3, http: 422 },
  'component.missing': { exit: 3, http: 422 },
  'component.build': { exit: 3, http: 422 },
  'policy.malformed': { exit: 3, http: 422 },
  'policy.limit': { exit: 3, http: 413 },
  'policy.refused': { exit: 4, http: 403 },
  'advice.malformed': { exit: 3, http: 422 },
  'key.malformed': { exit: 3, http: 422 },
  'store.busy': { exit: 6, http: 503 },
  'store.full': { exit: 5, http: 507 },
  'store.failed': { exit: 5, http: 500 },
  'store.missing': { exit: 3, http: 404 },
  'store.exists': { exit: 4, http: 409 },
  'node.busy': { exit: 6, http: 503 },
  'node.closing': { exit: 6, http: 503 },
  'node.unreachable': { exit: 5, http: 502 },
  'request.malformed': { exit: 2, http: 400 },
  'request.missing': { exit: 3, http: 404 },
  'request.method': { exit: 2, http: 405 },
  'request.accept': { exit: 2, http: 406 },
  'request.timeout': { exit: 5, http: 408 },
  'request.limit': { exit: 3, http: 413 },
  'request.media': { exit: 2, http: 415 },
  'token.malformed': { exit: 3, http: 422 },
  'token.missing': { exit: 4, http: 401 },
  'token.refused': { exit: 4, http: 403 },
  'rate.exceeded': { exit: 6, http: 429 },
  'internal': { exit: 70, http: 500 },
} as const satisfies Record<string, CodeMeaning>;

export type ErrorCode = keyof typeof CODES;

export interface ErrorOptions {
  /** Facts for machines: file, offset, index, path, expected, found. Never a secret. */
  readonly details?: { readonly [key: string]: Value };
  readonly cause?: unknown;
}

/** Subject first, in lower case: what, where, expected, found, what to do next. */
export class SojournError extends Error {
  readonly code: ErrorCode;
  readonly details: { readonly [key: string]: Value };

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'SojournError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** True of a text, from wherever it comes, that is one of ours. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(CODES, text);
}

export function exitCodeOf(code: ErrorCode): number {
  return CODES[code].exit;
}

export function httpStatusOf(code: ErrorCode): number {
  return CODES[code].http;
}
