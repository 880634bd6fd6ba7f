/**
 * From a draft to the bytes of a new object. The same draft, handler, time and nonce give the same object.
 */
import { SojournError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { fileMedia, isFilePath } from '../object/files.ts';
import { CONTRACT_VERSION, FORMAT_VERSION } from '../object/model.ts';
import type { BlobBody, Budgets, Genesis, Intent, Scope } from '../object/model.ts';
import { POLICY_MEDIA, decodePolicySet, digestPolicySet } from '../policy/encode.ts';
import type { ValueMap } from '../value.ts';
import { createObject, WASM_MEDIA } from './create.ts';
import type { NewObject } from './create.ts';
import type { HostPorts } from './host-ports.ts';

export interface ObjectDraft {
  /** The handler component, as its author built it. */
  readonly handler: Uint8Array;
  readonly intent: Intent;
  readonly scope: Scope;
  readonly budgets?: Budgets;
  /** Policy sets that travel with the object, encoded (`encodePolicySet`). */
  readonly policies?: readonly Uint8Array[];
  readonly schema?: ValueMap | null;
  /** Files that travel with it, by path (docs/wasi.md). Errors: `context.invalid` for a path that can't be. */
  readonly files?: { readonly [path: string]: Uint8Array };
  /** Puts the component into the object, so that one file is enough to go on. */
  readonly embed?: boolean;
}

export interface DraftOrigin {
  /** SHA-256 of the component, and the component itself where it is embedded. */
  readonly handler: Uint8Array;
  readonly component: Uint8Array | null;
  readonly time: number;
  /** 16 bytes. */
  readonly nonce: Uint8Array;
}

/** Errors: `intent.invalid`, `context.invalid`, `object.limit`, `object.schema`, `policy.*`. */
export function draftObject(
  draft: Omit<ObjectDraft, 'handler' | 'embed'>,
  { handler, component, time, nonce }: DraftOrigin,
  ports: Pick<HostPorts, 'signer' | 'hash' | 'runner'>,
  limits: Limits,
): NewObject & { readonly genesis: Genesis } {
  const { intent, scope, budgets = {}, policies = [], schema = null, files = {} } = draft;
  const digests = policies.map((bytes) => digestPolicySet(decodePolicySet(bytes, limits.policy)));
  const creator = ports.signer?.publicKey ?? new Uint8Array(32);
  const blobs = [
    ...policies.map((bytes) => ({ media: POLICY_MEDIA, bytes })),
    ...Object.entries(files).map(([path, bytes]) => fileBlob(path, bytes)),
  ];
  const genesis: Genesis = {
    formatVersion: FORMAT_VERSION,
    meterVersion: ports.runner.meterVersion,
    contractVersion: CONTRACT_VERSION,
    time,
    nonce,
    handler,
    intent,
    context: { creator, scope, policies: digests, budgets, parent: null },
    schema,
  };
  const object = createObject({
    genesis,
    blobs: component === null ? blobs : [{ media: WASM_MEDIA, bytes: component }, ...blobs],
    signer: ports.signer,
    hash: ports.hash,
    limits,
  });
  return { ...object, genesis };
}

function fileBlob(path: string, bytes: Uint8Array): BlobBody {
  if (isFilePath(path)) return { media: fileMedia(path), bytes };
  throw new SojournError(
    'context.invalid',
    `file ${JSON.stringify(path)}: expected a relative path of letters, digits, ".", "_" and "-"`,
  );
}
