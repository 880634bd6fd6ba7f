/**
 * Verifies an object from its bytes alone, offline, with memory that does not grow with its length: every hash, every place in
 * the order, every seal (R19), and a receipt if there is one (R20). Says what broke first and where. It proves who wrote what and in
 * which order; it does not prove that a handler would propose the same again, nor that what was recorded is true.
 */
import { itemHash } from './chain-bytes.ts';
import { compareBytes } from './codec.ts';
import { createOpener } from './confidential.ts';
import { sha256, verifyEd25519 } from './crypto.ts';
import { decodeEntry } from './entry.ts';
import { decodeGenesis, isBadObject } from './genesis.ts';
import { atItem, readItems } from './items.ts';
import { Walk } from './walk.ts';
import type { SojournError } from '../errors.ts';
import type { Fault, FaultReason } from './fault.ts';
import type { Item } from './items.ts';
import type { Entry, Genesis } from './model.ts';
import type { SealPorts } from './seal.ts';
import type { Place, Summary } from './walk.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Hash, ReaderKey } from '../ports.ts';

export interface VerifyOptions extends Partial<SealPorts> {
  readonly limits: ObjectLimits;
  /** Opens bodies that are confidential to it; without it those stay closed, and the chain is verified all the same. */
  readonly reader?: ReaderKey | null;
  /** A receipt that the object must contain: else its tail was lost, or it is a fork. */
  readonly receipt?: Uint8Array;
  readonly onGenesis?: (genesis: Genesis, place: Place) => void;
  /** Told of each entry once its hashes, order and seal hold. An `object.*` error from it is the verdict on that entry. */
  readonly onEntry?: (entry: Entry, place: Place) => void;
}

export type VerifyResult = ({ readonly ok: true } & Summary) | ({ readonly ok: false } & VerifyFault);

export interface VerifyFault {
  /** Position of the item that is altered, missing, out of place or new; 0 is the genesis. */
  readonly index: number;
  /** Byte offset at which it was seen. */
  readonly offset: number;
  readonly reason: VerifyReason;
  readonly message: string;
}

/** Reasons of the chain, and the last part of an `object.…` code; `intent` and `context` for those of the genesis. */
export type VerifyReason =
  | FaultReason
  | 'truncated'
  | 'malformed'
  | 'canonical'
  | 'version'
  | 'limit'
  | 'chain'
  | 'schema'
  | 'intent'
  | 'context'
  | 'terminated';

/** What is wrong with the object is a result. Errors: those of `source`, and `object.seal` for a receipt that is none. */
export async function verifyChain(source: AsyncIterable<Uint8Array>, options: VerifyOptions): Promise<VerifyResult> {
  const ports = { hash: options.hash ?? sha256, verify: options.verify ?? verifyEd25519 };
  const walk = new Walk(ports, options.receipt ?? null);
  let place: { readonly index: number; readonly offset: number } = { index: 0, offset: 0 };
  /** A broken link, kept until the next item tells which side of it was altered. */
  let broken: Fault | null = null;
  try {
    for await (const item of readItems(source, options.limits)) {
      place = { index: item.seq, offset: item.offset };
      if (broken !== null) return toResult(blame(broken, item, walk, options.limits));
      const fault = atItem(item.seq, item.offset, () => step(walk, item, ports.hash, options));
      if (fault?.reason === 'prev') broken = fault;
      else if (fault !== null) return toResult(fault);
    }
  } catch (error) {
    if (!isBadObject(error)) throw error;
    return toResult(broken ?? faultOf(error, place));
  }
  const fault = broken ?? walk.finish();
  return fault === null ? { ok: true, ...walk.summary() } : toResult(fault);
}

function step(walk: Walk, item: Item, hash: Hash, options: VerifyOptions): Fault | null {
  const place = { offset: item.offset, end: item.offset + item.bytes.length, hash: itemHash(item.bytes, hash) };
  if (item.seq === 0) {
    const genesis = decodeGenesis(item.bytes, options.limits);
    const fault = walk.start(genesis, place);
    if (fault === null) options.onGenesis?.(genesis, place);
    return fault;
  }
  const open = createOpener(walk.id, options.reader ?? null);
  const entry = decodeEntry(item.bytes, options.limits, item.offset, open);
  const fault = walk.step(item.seq, entry, place);
  if (fault === null) options.onEntry?.(entry, place);
  return fault;
}

/** If the follower knows the item as it stands, then the item before it was altered and not the item itself. */
function blame(broken: Fault, follower: Item, walk: Walk, limits: ObjectLimits): Fault {
  try {
    const entry = decodeEntry(follower.bytes, limits, follower.offset);
    return compareBytes(entry.prev, walk.head) === 0
      ? { ...broken, index: follower.seq - 2 }
      : { ...broken, index: follower.seq - 1 };
  } catch (error) {
    if (!isBadObject(error)) throw error;
    return broken;
  }
}

function faultOf(error: SojournError, place: { readonly index: number; readonly offset: number }): VerifyFault {
  const { index, offset } = error.details;
  const [family, name] = error.code.split('.');
  const reason = (family === 'object' ? name : family) as VerifyReason; // the codes that isBadObject lets through
  return {
    index: typeof index === 'number' ? index : place.index,
    offset: typeof offset === 'number' ? offset : place.offset,
    reason,
    message: error.message,
  };
}

function toResult(fault: VerifyFault): VerifyResult {
  return { ok: false, ...fault };
}
