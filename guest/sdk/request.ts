/**
 * An HTTP request as a handler writes it, for calls and for executions alike.
 */

/** What the host may do after a crash: send it again, send it again with the same idempotency key, never send it again. */
export type Repetition = 'safe' | 'keyed' | 'never';

export interface HttpRequest {
  /** Default: GET, or POST where there is a body. */
  readonly method?: string;
  /** Absolute `http:` or `https:` URL. */
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  /** Sent as JSON, with its `content-type`. */
  readonly json?: unknown;
  /** Sent as it is; a text in UTF-8. Not together with `json`. */
  readonly body?: string | Uint8Array;
  /** What the host may do after a crash. Default: `safe` for GET, HEAD and OPTIONS, else `keyed`. */
  readonly repetition?: Repetition;
}
