/**
 * Making an object: genesis, embedded blobs and the first seal in one piece of bytes, so that a file is there whole or not at all.
 */
import { SojournError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { encodeEntry } from '../object/entry.ts';
import { encodeGenesis, objectId } from '../object/genesis.ts';
import type { BlobBody, Entry, Genesis } from '../object/model.ts';
import { createSeal, encodeReceipt, nodeIdOf } from '../object/seal.ts';
import { TRUST_START } from '../object/trust.ts';
import type { Hash, Signer } from '../ports.ts';

export { WASM_MEDIA } from '../object/carried.ts';

export interface NewObject {
  readonly bytes: Uint8Array;
  readonly id: Uint8Array;
  readonly receipt: Uint8Array;
}

export interface CreateInputs {
  readonly genesis: Genesis;
  readonly blobs: readonly BlobBody[];
  readonly signer: Signer | null;
  readonly hash: Hash;
  readonly limits: Limits;
}

/** Errors: `intent.invalid`, `context.invalid`, `object.limit`, `object.schema`. Same inputs, same bytes. */
export function createObject({ genesis, blobs, signer, hash, limits }: CreateInputs): NewObject {
  const first = encodeGenesis(genesis, limits.object);
  const id = objectId(first, hash);
  const node = nodeIdOf(signer?.publicKey ?? null, hash);
  const { time } = genesis;
  const pieces: Uint8Array[] = [first];
  let prev = id;
  const push = (entry: Entry): void => {
    const bytes = encodeEntry(entry, limits.object);
    pieces.push(bytes);
    prev = hash(bytes);
  };
  const header = (): { readonly seq: number; readonly prev: Uint8Array } => ({ seq: pieces.length, prev });
  for (const body of blobs) {
    if (body.bytes.length > limits.object.blobBytes) {
      throw new SojournError(
        'object.limit',
        `${body.media}: expected at most ${limits.object.blobBytes} bytes to embed, found ${body.bytes.length}`,
      );
    }
    push({ ...header(), time, node, cycle: 0, policy: null, kind: 'blob', body });
  }
  const { seq } = header();
  const seal = createSeal({ id, seq, head: prev, time, node, cycle: 0, trust: TRUST_START }, signer);
  push({ ...header(), time, node, cycle: 0, policy: null, kind: 'seal', body: seal });
  return { bytes: Buffer.concat(pieces), id, receipt: encodeReceipt(seal) };
}
