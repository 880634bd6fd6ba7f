/**
 * Everything that a host needs of the world, in one record. `nodePorts` fills it with Node's own clock, randomness, cryptography,
 * files and network: the one place where ambient authority enters an embedded host.
 */
import type { Fetch } from '../capability/http.ts';
import type { Clock, HandlerRunner, Hash, Random, Signer, Store, VerifySignature } from '../ports.ts';
import { createSandbox } from '../sandbox/runner.ts';
import { createFileStore } from '../store/file.ts';
import { findHandler } from './handlers.ts';
import { nativeHash, createNativeVerify, systemClock, systemRandom } from './native.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { ComponentLimits } from '../limits.ts';

export interface HostPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
  readonly verify: VerifySignature;
  /** Null: the host can read, verify and replay, and seals what it appends without a signature. */
  readonly signer: Signer | null;
  readonly store: Store;
  readonly fetch: Fetch;
  readonly runner: HandlerRunner;
  /** A handler that an object names and does not embed; null where it can't be found. `object` is the name in the store. */
  handler(digest: string, object: string): Promise<Uint8Array | null>;
}

export interface NodePortOptions {
  readonly signer: Signer | null;
  /** Folders with `*.wasm` handlers, beside the folder of the object itself. */
  readonly handlers?: readonly string[];
  readonly limits?: ComponentLimits;
  /** Workers at most. Default: one a processor. */
  readonly workers?: number;
}

/** Ports for a host in a Node process. */
export function nodePorts(options: NodePortOptions): HostPorts {
  const { workers } = options;
  return {
    clock: systemClock,
    random: systemRandom,
    hash: nativeHash,
    verify: createNativeVerify(),
    signer: options.signer,
    store: createFileStore(),
    fetch: (url, init) => fetch(url, init),
    runner: createSandbox({
      limits: options.limits ?? DEFAULT_LIMITS.component,
      ...(workers === undefined ? {} : { workers }),
    }),
    handler: (digest, object) =>
      findHandler(digest, object, options.handlers ?? [], options.limits ?? DEFAULT_LIMITS.component),
  };
}
