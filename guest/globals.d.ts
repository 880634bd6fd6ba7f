/**
 * The global names that a guest has beside ECMAScript's own, as the SDK's platform puts them in place. Read by the guest's type
 * check alone, which knows neither Node's types nor the DOM's.
 */
import type { decodeBase64, encodeBase64 } from './sdk/platform/base64.ts';
import type { cloneStructured } from './sdk/platform/clone.ts';
import type { GuestConsole } from './sdk/platform/console.ts';
import type { GuestTextDecoder } from './sdk/platform/text-decoder.ts';
import type { GuestTextEncoder } from './sdk/platform/text-encoder.ts';
import type { GuestURLSearchParams } from './sdk/platform/url/search-params.ts';
import type { GuestURL } from './sdk/platform/url/url.ts';

declare global {
  const TextEncoder: typeof GuestTextEncoder;
  const TextDecoder: typeof GuestTextDecoder;
  const URL: typeof GuestURL;
  type URL = GuestURL;
  const URLSearchParams: typeof GuestURLSearchParams;
  type URLSearchParams = GuestURLSearchParams;
  const atob: typeof decodeBase64;
  const btoa: typeof encodeBase64;
  const structuredClone: typeof cloneStructured;
  const console: GuestConsole;
}
declare const URL: typeof import('./sdk/platform/url/url.ts').GuestURL;
declare const URLSearchParams: typeof import('./sdk/platform/url/search-params.ts').GuestURLSearchParams;
