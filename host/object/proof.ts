/**
 * The file form of an inclusion proof: ["sojourn/proof", 1, id, size, seq, item, path]. It says that `item` stands at `seq` in the tree
 * of a checkpoint of `size` items; whose word that checkpoint is, is for its seal to say.
 */
import { itemHash } from './chain-bytes.ts';
import { decode, encode } from './codec.ts';
import { BLOB_HEADER_BYTES } from './entry.ts';
import { verifyPath } from './inclusion.ts';
import { anyBytes, byteString, describe, list, Mismatch, record, uint } from './shape.ts';
import { isList } from '../value.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Hash } from '../ports.ts';
import type { Value } from '../value.ts';

export interface Proof {
  /** Of the object. */
  readonly id: Uint8Array;
  /** Items before the checkpoint. */
  readonly size: number;
  readonly seq: number;
  /** Stored bytes. */
  readonly item: Uint8Array;
  readonly path: readonly Uint8Array[];
}

const NAME = 'sojourn/proof';
const VERSION = 1;
const PATH_MOST = 53;

const shape = record<Proof>({
  id: byteString(32),
  size: uint(),
  seq: uint(),
  item: anyBytes,
  path: list(byteString(32), PATH_MOST),
});

/** Bytes of a proof file, at most. */
export function proofBytesMost(limits: ObjectLimits): number {
  return Math.max(limits.itemBytes, limits.blobBytes) + 4 * BLOB_HEADER_BYTES;
}

export function encodeProof(proof: Proof, limits: ObjectLimits): Uint8Array {
  const stored = shape.write(proof) as Value[]; // a record is a list
  return encode([NAME, VERSION, ...stored], { ...limits, itemBytes: proofBytesMost(limits) });
}

/** Errors: `object.malformed`, `object.version`, and those of `decode`. */
export function decodeProof(bytes: Uint8Array, limits: ObjectLimits): Proof {
  const value = decode(bytes, { depth: 4, itemBytes: proofBytesMost(limits) });
  if (!isList(value) || value[0] !== NAME)
    throw new Mismatch(`a list that begins with ${NAME}`, describe(value)).toError('object.malformed', 'proof');
  if (value[1] !== VERSION)
    throw new Mismatch(`version ${VERSION}`, describe(value[1])).toError('object.version', 'proof');
  try {
    return shape.read(value.slice(2));
  } catch (error) {
    throw error instanceof Mismatch ? error.toError('object.malformed', 'proof') : error;
  }
}

/** Whether the proof holds against the root of the tree of its size. */
export function holdsProof({ seq, size, item, path }: Proof, root: Uint8Array, hash: Hash): boolean {
  return verifyPath({ index: seq, hash: itemHash(item, hash) }, path, { size, root }, hash);
}
