/**
 * What of an item the chain is made of. An item whose body is confidential is hashed as it stands once its ciphertext is gone, with
 * `sealed` = null, so that a body can be taken out of a copy and every hash, seal and receipt still holds (docs/confidential.md).
 * The ciphertext is bound by its digest, which stays. Every other item is hashed as it is stored.
 */
import { SIMPLE_NULL } from './head.ts';
import type { Hash } from '../ports.ts';

/** An entry is a list of eight. */
const ENTRY_HEAD = 0x88;
/** {"digest": h'… up to the 32 bytes. */
const DIGEST_PREFIX = [0xa2, 0x66, 0x64, 0x69, 0x67, 0x65, 0x73, 0x74, 0x58, 0x20];
/** … "sealed": */
const SEALED_KEY = [0x66, 0x73, 0x65, 0x61, 0x6c, 0x65, 0x64];
const DIGEST_BYTES = 32;

/**
 * The bytes of an item that count for its hash and for its leaf in a tree: the redacted form of a confidential one, which is what this
 * gives for it, and for all others the item itself (not a copy). Never throws, whatever the bytes are.
 */
export function chainBytes(item: Uint8Array): Uint8Array {
  const at = sealedAt(item);
  if (at < 0) return item;
  const redacted = item.slice(0, at + 1);
  redacted[at] = SIMPLE_NULL;
  return redacted;
}

/** Hash of an item as the chain has it. */
export function itemHash(item: Uint8Array, hash: Hash): Uint8Array {
  return hash(chainBytes(item));
}

/** Where the ciphertext of a confidential body begins, with its head; negative where there is none. It is the end of the item. */
function sealedAt(item: Uint8Array): number {
  let at = bodyAt(item);
  at = skip(item, at, DIGEST_PREFIX);
  at = at < 0 ? at : at + DIGEST_BYTES;
  at = skip(item, at, SEALED_KEY);
  const head = item[at] ?? SIMPLE_NULL;
  if (at < 0 || head >> 5 !== 2) return -1;
  return skipString(item, at) === item.length ? at : -1;
}

/** Behind the header and the kind of an entry. */
function bodyAt(item: Uint8Array): number {
  if (item[0] !== ENTRY_HEAD) return -1;
  let at = 1;
  for (const skipField of [skipNumber, skipString, skipNumber, skipString, skipNumber, skipPolicy, skipString]) {
    at = skipField(item, at);
    if (at < 0 || at >= item.length) return -1;
  }
  return at;
}

function skip(item: Uint8Array, at: number, expected: readonly number[]): number {
  return at >= 0 && expected.every((byte, i) => item[at + i] === byte) ? at + expected.length : -1;
}

function skipNumber(item: Uint8Array, at: number): number {
  return behindHead(item, at);
}

function skipPolicy(item: Uint8Array, at: number): number {
  return item[at] === SIMPLE_NULL ? at + 1 : skipString(item, at);
}

function skipString(item: Uint8Array, at: number): number {
  const end = behindHead(item, at);
  if (end < 0) return -1;
  let length = (item[at] ?? 0) & 31;
  if (length > 23) length = item.subarray(at + 1, end).reduce((sum, byte) => sum * 256 + byte, 0);
  return end + length;
}

function behindHead(item: Uint8Array, at: number): number {
  const info = (item[at] ?? 31) & 31;
  return info > 27 ? -1 : at + 1 + (info < 24 ? 0 : 1 << (info - 24));
}
