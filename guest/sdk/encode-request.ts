/**
 * An HTTP request as the contract's record. Pure: used for calls and for executions alike.
 */
import type { Header, Request } from 'sojourn:object/http@0.2.0';
import { encodeJson } from './json.ts';
import type { HttpRequest } from './request.ts';

/** The contract's record. Throws a TypeError where both `json` and `body` are given. */
export function encodeRequest(request: HttpRequest): Request {
  if (request.json !== undefined && request.body !== undefined) {
    throw new TypeError('http request: expected json or body, found both');
  }
  const body = encodeBody(request);
  const method = (request.method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase();
  const encoded: Request = {
    method,
    url: request.url,
    headers: encodeHeaders(request),
    repetition: request.repetition ?? (isSafe(method) ? 'safe' : 'keyed'),
  };
  return body === undefined ? encoded : { ...encoded, body };
}

function encodeBody(request: HttpRequest): Uint8Array | undefined {
  if (request.json !== undefined) return new TextEncoder().encode(encodeJson(request.json, 'http request'));
  if (typeof request.body === 'string') return new TextEncoder().encode(request.body);
  return request.body;
}

function encodeHeaders(request: HttpRequest): Header[] {
  const headers = Object.entries(request.headers ?? {}).map(([name, value]) => ({ name: name.toLowerCase(), value }));
  const addsType = request.json !== undefined && !headers.some((header) => header.name === 'content-type');
  return addsType ? [...headers, { name: 'content-type', value: 'application/json' }] : headers;
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
