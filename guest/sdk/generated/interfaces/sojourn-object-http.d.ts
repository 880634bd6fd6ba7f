/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/http@0.2.0' {
  /**
   * Errors: `denied`, `limit` (too many calls, too many bytes either way), `invalid`, `timeout`, `unavailable`, `unknown`.
   */
  export function send(request: Request): Response;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
  export interface Header {
    name: string,
    value: string,
  }
  /**
   * What the host may do with a request that was under way when it stopped.
   * # Variants
   *
   * ## `"safe"`
   *
   * Send it again: it has no effect at the target (GET, HEAD, OPTIONS; other methods are `invalid`).
   * ## `"keyed"`
   *
   * Send it again with the same `Idempotency-Key` header, which the host makes. The target must honour it.
   * ## `"never"`
   *
   * Never send it again; the call answers `unknown`.
   */
  export type Repetition = 'safe' | 'keyed' | 'never';
  export interface Request {
    /**
     * Upper-case token, for example `POST`.
     */
    method: string,
    /**
     * Absolute `http:` or `https:` URL without user, password or fragment.
     */
    url: string,
    /**
     * At most 64. `host`, `content-length`, `connection`, `transfer-encoding`, `upgrade` and `idempotency-key` are the
     * host's: `invalid`.
     */
    headers: Array<Header>,
    body?: Uint8Array,
    repetition: Repetition,
  }
  export interface Response {
    /**
     * 100 to 599. A status of 400 or above is an answer, not an error.
     */
    status: number,
    /**
     * Names in lower case, in the order received.
     */
    headers: Array<Header>,
    body: Uint8Array,
  }
}
