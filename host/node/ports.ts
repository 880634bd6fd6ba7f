/**
 * A host's ports in a Node process: Node's own clock, randomness, cryptography, files and network. The one place where ambient
 * authority enters an embedded host.
 */
import type { ReaderKey, Signer } from '../ports.ts';
import { createSandbox } from '../sandbox/runner.ts';
import type { ProgramCacheOptions } from '../sandbox/program-cache.ts';
import { createFileStore } from '../store/file.ts';
import { findHandler } from './handlers.ts';
import type { HostPorts } from './host-ports.ts';
import { nativeHash, nativeReaderKey, createNativeVerify, systemClock, systemRandom } from './native.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { ComponentLimits } from '../limits.ts';

export interface NodePortOptions {
  readonly signer: Signer | null;
  /** Opens confidential bodies (docs/confidential.md): of the same key as `signer`, as a rule. */
  readonly reader?: ReaderKey | null;
  /** Folders with `*.wasm` handlers, beside the folder of the object itself. */
  readonly handlers?: readonly string[];
  readonly limits?: ComponentLimits;
  /** Workers at most. Default: one a processor. */
  readonly workers?: number;
  /** Keeps admitted handlers on disk (docs/sandbox.md). Without it nothing is written. */
  readonly programCache?: ProgramCacheOptions | null;
}

/** Ports for a host in a Node process. */
export function nodePorts(options: NodePortOptions): HostPorts {
  const { workers, programCache = null } = options;
  return {
    clock: systemClock,
    random: systemRandom,
    hash: nativeHash,
    verify: createNativeVerify(),
    signer: options.signer,
    reader: options.reader ?? null,
    createReaderKey: nativeReaderKey,
    store: createFileStore(),
    fetch: (url, init) => fetch(url, init),
    runner: createSandbox({
      limits: options.limits ?? DEFAULT_LIMITS.component,
      ...(workers === undefined ? {} : { workers }),
      ...(programCache === null ? {} : { programCache }),
    }),
    handler: (digest, object) =>
      findHandler(digest, object, options.handlers ?? [], options.limits ?? DEFAULT_LIMITS.component),
  };
}
