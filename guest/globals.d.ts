/**
 * The global names that a guest has beside ECMAScript's own, as the SDK's platform puts them in place. Read by the guest's type
 * check alone, which knows neither Node's types nor the DOM's.
 */
declare const TextEncoder: typeof import('./sdk/platform/text-encoder.ts').GuestTextEncoder;
declare const TextDecoder: typeof import('./sdk/platform/text-decoder.ts').GuestTextDecoder;
declare const atob: typeof import('./sdk/platform/base64.ts').decodeBase64;
declare const btoa: typeof import('./sdk/platform/base64.ts').encodeBase64;
declare const structuredClone: typeof import('./sdk/platform/clone.ts').cloneStructured;
declare const console: ReturnType<typeof import('./sdk/platform/console.ts').createConsole>;
