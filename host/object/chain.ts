/**
 * Verifies an object from its bytes alone, offline, with memory that does not grow with its length: every hash, every place in
 * the order, every seal (R19), and a receipt if there is one (R20). Says what broke first and where. It proves who wrote what and in
 * which order; it does not prove that a handler would propose the same again, nor that what was recorded is true.
 */
import { blameLength, concat, Feed } from './blame.ts';
import { itemHash } from './chain-bytes.ts';
import { compareBytes } from './codec.ts';
import { createOpener } from './confidential.ts';
import { sha256, verifyEd25519 } from './crypto.ts';
import { decodeEntry } from './entry.ts';
import { decodeGenesis, isBadObject } from './genesis.ts';
import { Heads } from './heads.ts';
import { atItem, PieceBuffer, readItems } from './items.ts';
import { Walk } from './walk.ts';
import type { SojournError } from '../errors.ts';
import type { Fault, FaultReason } from './fault.ts';
import type { Parting } from './heads.ts';
import type { Item, Numbering } from './items.ts';
import type { Entry, EntryOf, Genesis } from './model.ts';
import type { SealPorts } from './seal.ts';
import type { Place, Summary } from './walk.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Hash, ReaderKey } from '../ports.ts';

export interface VerifyOptions extends Partial<SealPorts> {
  readonly limits: ObjectLimits;
  /** Opens bodies that are confidential to it; without it those stay closed, and the chain is verified all the same. */
  readonly reader?: ReaderKey | null;
  /** Receipts that the object must hold: else its tail was lost, or it is a fork. */
  readonly receipts?: readonly Uint8Array[];
  /** Told of each receipt that it does not hold; without it, that is what is wrong with the object. */
  readonly onParting?: (parting: Parting) => void;
  readonly onGenesis?: (genesis: Genesis, place: Place) => void;
  /** Told of each entry once its hashes, order and seal hold. An `object.*` error from it is the verdict on that entry. */
  readonly onEntry?: (entry: Entry, place: Place) => void;
  /** Told of each blob that only the checkpoint of a carried object can vouch for. It then does, or nothing holds. */
  readonly onKept?: (entry: EntryOf<'blob'>, place: Place) => void;
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
  const heads = new Heads(options.receipts ?? [], ports, options.onParting);
  const check = new ChainCheck(new Walk(ports, heads), ports.hash, options);
  const feed = new Feed(source);
  const buffer = new PieceBuffer();
  try {
    for await (const item of readItems(feed, options.limits, undefined, check.numbering, buffer)) {
      const fault = check.step(item);
      if (fault !== null) return toResult(fault);
    }
  } catch (error) {
    if (!isBadObject(error)) throw error;
    if (check.pending !== null) return toResult(check.pending);
    const fault = faultOf(error, check.place);
    const { before, unread } = check;
    if (before === null || unread === null || fault.index !== before.seq + 1) return toResult(fault);
    const rest = concat([unread, buffer.view(), ...(await feed.more(options.limits.itemBytes))]);
    return toResult({ ...fault, index: blameLength(fault.index, before, rest) });
  } finally {
    await feed.close();
  }
  return check.finish();
}

const NOTHING = new Uint8Array(0);

/** One item after the other, with what can only be told from the item that follows. */
class ChainCheck {
  readonly numbering: Numbering = { seq: 0 };
  place: { readonly index: number; readonly offset: number } = { index: 0, offset: 0 };
  /** The last item that is what it seems. */
  before: { readonly seq: number; readonly bytes: Uint8Array; readonly hash: Uint8Array } | null = null;
  /** What was taken of the item that is looked for, up to where it is known to be an entry; null from there on. */
  unread: Uint8Array | null = NOTHING;
  /** A broken link: the next item tells which side of it was altered. */
  #broken: Fault | null = null;
  #brokenBlob = false;
  /** What is wrong with the chain unless a checkpoint follows, for a carried object keeps blobs out of their chain. */
  #held: Fault | null = null;
  readonly #walk: Walk;
  readonly #hash: Hash;
  readonly #options: VerifyOptions;

  constructor(walk: Walk, hash: Hash, options: VerifyOptions) {
    this.#walk = walk;
    this.#hash = hash;
    this.#options = options;
  }

  /** What is wrong already, whatever follows. */
  get pending(): Fault | null {
    return this.#held ?? this.#broken;
  }

  step(item: Item): Fault | null {
    this.place = { index: item.seq, offset: item.offset };
    this.unread = item.bytes;
    if (this.#broken !== null) {
      const blamed = blame(this.#broken, item, this.#walk, this.#options.limits);
      if (!this.#brokenBlob) return blamed;
      this.#broken = null;
      this.#held = blamed;
    }
    const fault = atItem(item.seq, item.offset, () => this.#check(item));
    this.before = { seq: this.numbering.seq - 1, bytes: item.bytes, hash: this.#walk.head };
    this.unread = NOTHING;
    if (fault?.reason !== 'prev' || fault === this.#held) return fault;
    this.#broken = fault;
    return null;
  }

  finish(): VerifyResult {
    const fault = this.pending ?? this.#walk.finish();
    return fault === null ? { ok: true, ...this.#walk.summary() } : toResult(fault);
  }

  #check(item: Item): Fault | null {
    const { limits, onGenesis, onEntry } = this.#options;
    const place = { offset: item.offset, end: item.offset + item.bytes.length, hash: itemHash(item.bytes, this.#hash) };
    if (item.seq === 0) {
      const genesis = decodeGenesis(item.bytes, limits);
      const fault = this.#walk.start(genesis, place);
      if (fault === null) onGenesis?.(genesis, place);
      return fault;
    }
    const entry = this.#held === null ? this.#decode(item) : this.#decodeBehind(item);
    this.unread = null;
    if (entry === null) return this.#held;
    if (this.#walk.beginning) {
      const fault = this.#begin(entry, place);
      if (fault !== 'step') return fault;
    }
    const fault = this.#walk.step(this.numbering.seq - 1, entry, place);
    if (fault !== null) return this.#hold(fault, entry, place);
    onEntry?.(entry, place);
    return null;
  }

  #decode(item: Item): Entry {
    const open = createOpener(this.#walk.id, this.#options.reader ?? null);
    return decodeEntry(item.bytes, this.#options.limits, item.offset, open);
  }

  /** Behind something that is wrong already, what is no entry does not matter any more. */
  #decodeBehind(item: Item): Entry | null {
    try {
      return this.#decode(item);
    } catch (error) {
      if (!isBadObject(error)) throw error;
      return null;
    }
  }

  /** Up to the first seal: this may still turn out to be a carried object. */
  #begin(entry: Entry, place: Place): Fault | 'step' | null {
    if (entry.kind === 'checkpoint') {
      const fault = this.#walk.resume(entry, place);
      this.#held = null;
      this.numbering.seq = entry.seq + 1;
      return fault ?? 'step';
    }
    if (this.#held !== null && entry.kind !== 'blob') return this.#held;
    if (entry.kind !== 'blob') return 'step';
    const fault = this.#walk.keep(entry.seq, place);
    if (fault !== null || this.#held === null) return fault ?? 'step';
    this.#options.onKept?.(entry, place);
    return null;
  }

  #hold(fault: Fault, entry: Entry, place: Place): Fault | null {
    if (!this.#walk.beginning || entry.kind !== 'blob') return fault;
    this.#options.onKept?.(entry, place);
    this.#brokenBlob = fault.reason === 'prev';
    if (this.#brokenBlob) return fault;
    this.#held = fault;
    return null;
  }
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
