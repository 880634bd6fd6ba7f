/**
 * Puts the guest's platform in place, the same on every engine: what QuickJS lacks is added, what an engine would take from its
 * host (time, randomness, network, timers) is replaced by recorded values or removed. Runs once, before the handler's module.
 */
import { decodeBase64, encodeBase64 } from './base64.ts';
import { cloneStructured } from './clone.ts';
import { createConsole } from './console.ts';
import type { WriteLine } from './console.ts';
import { createDate } from './date.ts';
import { createRandom } from './random.ts';
import { GuestTextDecoder } from './text-decoder.ts';
import { GuestTextEncoder } from './text-encoder.ts';
import { GuestURLSearchParams } from './url/search-params.ts';
import { GuestURL } from './url/url.ts';

export interface PlatformSources {
  /** The contract's `random.bytes`. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** The contract's `log.write`. */
  readonly writeLine: WriteLine;
}

/** Told by the export when a cycle's handler begins and ends. */
export interface Platform {
  /** From now on the time is `now`, and `Math.random` starts from a fresh seed of this cycle. */
  begin(now: number): void;
  /** Time and randomness are unknown again. */
  end(): void;
}

/** Not part of the guest's platform: an answer of theirs could not be replayed, or would come after the handler returned. */
const REMOVED = [
  'fetch',
  'Request',
  'Response',
  'Headers',
  'setTimeout',
  'setInterval',
  'clearTimeout',
  'clearInterval',
  'crypto',
  'Crypto',
  'CryptoKey',
  'SubtleCrypto',
  'performance',
  'Performance',
  'location',
  'WorkerLocation',
  'SharedArrayBuffer',
  'Atomics',
];

/** Changes `scope`, the engine's global object. */
export function installPlatform(scope: object, sources: PlatformSources): Platform {
  let cycle: { readonly now: number; readonly random: () => number } | null = null;
  const current = (subject: string): { readonly now: number; readonly random: () => number } => {
    if (cycle === null)
      throw new Error(`${subject}: expected a running handler, found none; call it within the handler`);
    return cycle;
  };
  const define = (target: object, name: string, value: unknown): void => {
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  };
  for (const name of REMOVED) Reflect.deleteProperty(scope, name);
  define(
    scope,
    'Date',
    createDate(Date, () => current('Date').now),
  );
  define(Math, 'random', () => current('Math.random').random());
  define(scope, 'TextEncoder', GuestTextEncoder);
  define(scope, 'TextDecoder', GuestTextDecoder);
  define(scope, 'URL', GuestURL);
  define(scope, 'URLSearchParams', GuestURLSearchParams);
  define(scope, 'atob', decodeBase64);
  define(scope, 'btoa', encodeBase64);
  define(scope, 'structuredClone', cloneStructured);
  define(scope, 'console', createConsole(sources.writeLine));
  return {
    begin: (now) => {
      cycle = { now, random: createRandom(() => sources.randomBytes(16)) };
    },
    end: () => {
      cycle = null;
    },
  };
}
