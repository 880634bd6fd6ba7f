/**
 * HTTP calls of a running handler. Each is decided by policy and recorded by itself; a status of 400 or above is an answer, not an
 * error. For an effect that the policy should decide on as the cycle's one action, propose an execution instead.
 */
import { send as sendRequest } from 'sojourn:object/http@0.2.0';
import { callCapability } from './capability-error.ts';
import { encodeRequest } from './encode-request.ts';
import type { HttpRequest } from './request.ts';

export type { HttpRequest };

export class HttpResponse {
  /** 100 to 599. */
  readonly status: number;
  readonly body: Uint8Array;
  readonly headers: readonly { readonly name: string; readonly value: string }[];

  constructor(response: Pick<HttpResponse, 'status' | 'body' | 'headers'>) {
    this.status = response.status;
    this.body = response.body;
    this.headers = response.headers;
  }

  /** True for 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** The first header of this name, in any case; null where there is none. */
  header(name: string): string | null {
    const wanted = name.toLowerCase();
    return this.headers.find((header) => header.name === wanted)?.value ?? null;
  }

  /** The body as UTF-8. Throws a TypeError where it is not. */
  text(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.body);
  }

  /** The body as JSON; the caller says what type it expects, nothing is checked. Throws a SyntaxError where it is not JSON. */
  json<T>(): T {
    return JSON.parse(this.text()) as T;
  }
}

type Options = Omit<HttpRequest, 'url' | 'method' | 'json' | 'body'>;

/** Throws a CapabilityError: `denied`, `limit`, `invalid`, `timeout`, `unavailable`, `unknown`. */
export function send(request: HttpRequest): HttpResponse {
  const record = encodeRequest(request);
  return new HttpResponse(callCapability('http.send', () => sendRequest(record)));
}

export function get(url: string, options: Options = {}): HttpResponse {
  return send({ ...options, url, method: 'GET', headers: { accept: 'application/json', ...options.headers } });
}

/** Posts `json`. After a crash the host sends it again with the same idempotency key, unless told otherwise. */
export function post(url: string, json: unknown, options: Options = {}): HttpResponse {
  return send({ ...options, url, method: 'POST', json });
}
