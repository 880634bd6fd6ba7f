/** Objects as no host makes them: a genesis and blobs of the test's own, well sealed by the creator. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createObject } from '../../host/node/create.ts';
import { nativeHash } from '../../host/node/native.ts';
import { CONTRACT_VERSION, FORMAT_VERSION } from '../../host/object/model.ts';
import type { BlobBody, Genesis } from '../../host/object/model.ts';
import { METER_VERSION } from '../../host/wasm/component.ts';
import type { Value } from '../../host/value.ts';
import { START } from './world.ts';
import type { World } from './world.ts';

export interface RawDraft {
  /** Digests of policy sets that the context names. */
  readonly policies?: readonly Uint8Array[];
  readonly blobs?: readonly BlobBody[];
  readonly genesis?: Partial<Genesis>;
}

/** Writes `name` and gives its path. */
export function rawObject(world: World, name: string, script: Value, draft: RawDraft = {}): string {
  const path = world.path(name);
  const { bytes } = createObject({
    genesis: {
      formatVersion: FORMAT_VERSION,
      meterVersion: METER_VERSION,
      contractVersion: CONTRACT_VERSION,
      time: START,
      nonce: randomBytes(16),
      handler: nativeHash(world.handler),
      intent: { kind: 'scripted', goal: 'Do what the script says', input: script, constraints: {} },
      context: {
        creator: world.creator.signer.publicKey,
        scope: { capabilities: ['*'], zones: [], depth: 4 },
        policies: draft.policies ?? [],
        budgets: {},
        parent: null,
      },
      schema: null,
      ...draft.genesis,
    },
    blobs: draft.blobs ?? [],
    signer: world.creator.signer,
    hash: nativeHash,
    limits: DEFAULT_LIMITS,
  });
  writeFileSync(path, bytes);
  return path;
}
