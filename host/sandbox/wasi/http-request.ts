/** An outgoing request of `wasi:http` in the contract's words: method, URL, headers and body of `http.send`. Pure. */
import type { ValueMap } from '../../value.ts';
import { CONTENT_LENGTH } from './http-fields.ts';
import type { Field } from './http-fields.ts';

/** A WIT variant. */
export interface Variant {
  readonly tag: string;
  readonly val?: unknown;
}

/** What a guest has set. */
export interface RequestParts {
  readonly method: Variant;
  readonly scheme: Variant | null;
  readonly authority: string | null;
  readonly pathWithQuery: string | null;
  readonly headers: readonly Field[];
}

const AUTHORITY = /^[^\s/?#@\\]{1,512}$/;
const PATH_WITH_QUERY = /^(?:[/?][^\s#\\]{0,8191})?$/;
const METHOD = /^[A-Z]{1,16}$/;
const SAFE: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text);
}

export function isPathWithQuery(text: string): boolean {
  return PATH_WITH_QUERY.test(text);
}

/** `GET` for `get`; null for what the contract doesn't know. */
export function methodName({ tag, val }: Variant): string | null {
  const name = tag === 'other' ? String(val) : tag.toUpperCase();
  return METHOD.test(name) ? name : null;
}

/** Absolute URL, or null where the request names none. The scheme is `https` where it is left out. */
export function urlOf({ scheme, authority, pathWithQuery }: RequestParts): string | null {
  const protocol = scheme?.tag ?? 'HTTPS';
  if (authority === null || (protocol !== 'HTTP' && protocol !== 'HTTPS')) return null;
  return `${protocol.toLowerCase()}://${authority}${pathWithQuery ?? ''}`;
}

/**
 * The request of `http.send`. A guest that knows nothing of idempotency keys is never repeated, unless the method has no effect.
 */
export function toSend(parts: RequestParts, url: string, body: Uint8Array | null): ValueMap {
  const method = methodName(parts.method) ?? '';
  return {
    method,
    url,
    headers: parts.headers
      .filter(({ name }) => name.toLowerCase() !== CONTENT_LENGTH)
      .map(({ name, value }) => ({ name, value })),
    body: body === null || body.length === 0 ? null : body,
    repetition: SAFE.includes(method) ? 'safe' : 'never',
  };
}

/** The length that the guest announced, or null. */
export function announcedLength(headers: readonly Field[]): number | null {
  const found = headers.find(({ name }) => name.toLowerCase() === CONTENT_LENGTH);
  return found === undefined ? null : Number(found.value);
}
