/**
 * COSE_Encrypt (RFC 9052 section 5, untagged) in the one form that confidential bodies have: ChaCha20/Poly1305 under a key of its own
 * for each body, which is handed to every reader by ECDH-ES + A256KW (RFC 9053 section 6.4) over X25519 with an ephemeral key for each.
 * Pure: keys and nonces come in through `random`. The protected header commits to the content key, for Poly1305 does not: without
 * that, a writer could make bytes that two readers open to two different bodies.
 */
import { aeskw } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { compareBytes, encode, equalBytes } from './codec.ts';
import { createReaderKey } from './crypto.ts';
import { BYTES, HeadReader, LIST } from './head.ts';
import { Mismatch } from './shape.ts';
import type { CreateReaderKey, ReaderKey } from '../ports.ts';

/** Readers of one body. Bounds the work of writing it, and its size. */
export const READERS_MAX = 16;

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const READER_ID_BYTES = 16;
/** {1: 24, "commit": h'…'} up to the 32 bytes of the commitment. */
const PROTECTED_PREFIX = bytesOf('a2 01 1818 66 636f6d6d6974 5820');
const PROTECTED_BYTES = PROTECTED_PREFIX.length + KEY_BYTES;
/** {5: h'…'} up to the nonce. */
const UNPROTECTED_PREFIX = bytesOf('a1 05 4c');
/** [h'a101381e', {4: h'…' up to the reader's id; {1: -31} is ECDH-ES + A256KW. */
const RECIPIENT_PREFIX = bytesOf('83 44 a101381e a2 04 50');
/** -1: {1: 1, -1: 4, -2: h'…' up to the ephemeral key. */
const EPHEMERAL_PREFIX = bytesOf('20 a3 01 01 20 04 21 5820');
const WRAPPED_BYTES = KEY_BYTES + 8;
const WRAPPED_PREFIX = bytesOf('5828');
/** COSE_KDF_Context (RFC 9053 section 5.2): [-5, [null, null, null], [null, null, null], [256, h'a101381e']]. */
const KDF_CONTEXT = bytesOf('84 24 83f6f6f6 83f6f6f6 82 190100 44 a101381e');

/** What stands in the bytes of a sealed body for everybody to see. */
export interface Envelope {
  /** SHA-256 of ["sojourn/content-key", content key]. */
  readonly commitment: Uint8Array;
  readonly nonce: Uint8Array;
  /** With its tag. */
  readonly ciphertext: Uint8Array;
  /** In ascending order of their ids, each once. */
  readonly recipients: readonly Recipient[];
}

export interface Recipient {
  readonly reader: Uint8Array;
  readonly ephemeral: Uint8Array;
  readonly wrapped: Uint8Array;
}

export type Opened =
  | { readonly kind: 'plain'; readonly bytes: Uint8Array }
  /** It is for others. */
  | { readonly kind: 'closed' }
  /** It names this reader and does not open: altered, moved from another place, or never meant to be read. */
  | { readonly kind: 'broken' };

/** Key id of a reader: the first 16 bytes of SHA-256 of its X25519 public key. */
export function readerId(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, READER_ID_BYTES);
}

/** True of a public key that can be agreed with: 32 bytes, in the one form of its point, and not of low order. */
export function isReaderKey(publicKey: Uint8Array): boolean {
  if (!hasOneForm(publicKey)) return false;
  try {
    createReaderKey(new Uint8Array(KEY_BYTES).fill(1)).agree(publicKey);
    return true;
  } catch {
    return false;
  }
}

/**
 * Encrypts `plaintext` to the readers (public keys, each once, 1 to 16). `random` must give unpredictable bytes: 32 for the content key,
 * 12 for the nonce, then 32 for each reader in order of ids. `createKey` makes the ephemeral keys of these. Throws a Mismatch for readers
 * that can't be.
 */
export function encryptTo(
  plaintext: Uint8Array,
  aad: Uint8Array,
  readers: readonly Uint8Array[],
  random: (length: number) => Uint8Array,
  createKey: CreateReaderKey = createReaderKey,
): Uint8Array {
  const ordered = orderReaders(readers);
  const contentKey = random(KEY_BYTES);
  const nonce = random(NONCE_BYTES);
  const header = protectedHeader(commitmentTo(contentKey));
  const ciphertext = chacha20poly1305(contentKey, nonce, encStructure(header, aad)).encrypt(plaintext);
  const recipients = ordered.map(({ id, publicKey }) => {
    const ephemeral = createKey(random(KEY_BYTES));
    const wrapped = aeskw(keyEncryptionKey(agree(ephemeral, publicKey))).encrypt(contentKey);
    return joined([RECIPIENT_PREFIX, id, EPHEMERAL_PREFIX, ephemeral.publicKey, WRAPPED_PREFIX, wrapped]);
  });
  return joined([
    Uint8Array.of(0x84),
    encode(header),
    UNPROTECTED_PREFIX,
    nonce,
    encode(ciphertext, { itemBytes: Infinity, depth: 1 }),
    Uint8Array.of(0x80 + recipients.length),
    ...recipients,
  ]);
}

/** Opens an envelope with a reader's key. Never throws. */
export function decryptWith(envelope: Envelope, aad: Uint8Array, key: ReaderKey): Opened {
  const id = readerId(key.publicKey);
  const own = envelope.recipients.find(({ reader }) => equalBytes(reader, id));
  if (own === undefined) return { kind: 'closed' };
  try {
    const contentKey = aeskw(keyEncryptionKey(key.agree(own.ephemeral))).decrypt(own.wrapped);
    if (!equalBytes(commitmentTo(contentKey), envelope.commitment)) return { kind: 'broken' };
    const header = encStructure(protectedHeader(envelope.commitment), aad);
    return { kind: 'plain', bytes: chacha20poly1305(contentKey, envelope.nonce, header).decrypt(envelope.ciphertext) };
  } catch {
    return { kind: 'broken' };
  }
}

/** Reads the one form and no other; needs no key. Throws a Mismatch with what was expected. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const cursor = new Cursor(bytes);
  cursor.expect(Uint8Array.of(0x84, 0x58, PROTECTED_BYTES), 'a list of four with a protected header');
  cursor.expect(PROTECTED_PREFIX, 'protected header {1: 24, "commit": 32 bytes}');
  const commitment = cursor.take(KEY_BYTES);
  cursor.expect(UNPROTECTED_PREFIX, 'unprotected header {5: 12 bytes}');
  const nonce = cursor.take(NONCE_BYTES);
  const ciphertext = cursor.take(cursor.argument(BYTES, 'a ciphertext'));
  if (ciphertext.length < TAG_BYTES)
    throw new Mismatch(`at least ${TAG_BYTES} bytes of ciphertext`, `${ciphertext.length}`);
  const count = cursor.argument(LIST, 'a list of recipients');
  if (count < 1 || count > READERS_MAX) throw new Mismatch(`1 to ${READERS_MAX} recipients`, `${count}`);
  const recipients = Array.from({ length: count }, () => readRecipient(cursor));
  if (cursor.left > 0) throw new Mismatch('the end of the COSE_Encrypt', `${cursor.left} more bytes`);
  const disordered = recipients.some(({ reader }, i) => {
    const before = recipients[i - 1];
    return before !== undefined && compareBytes(before.reader, reader) >= 0;
  });
  if (disordered) throw new Mismatch('recipients in order of their ids, each once', 'another order');
  return { commitment, nonce, ciphertext, recipients };
}

function readRecipient(cursor: Cursor): Recipient {
  cursor.expect(RECIPIENT_PREFIX, 'a recipient of ECDH-ES + A256KW with a key id');
  const reader = cursor.take(READER_ID_BYTES);
  cursor.expect(EPHEMERAL_PREFIX, 'an ephemeral X25519 key');
  const ephemeral = cursor.take(KEY_BYTES);
  cursor.expect(WRAPPED_PREFIX, `a wrapped key of ${WRAPPED_BYTES} bytes`);
  return { reader, ephemeral, wrapped: cursor.take(WRAPPED_BYTES) };
}

function orderReaders(readers: readonly Uint8Array[]): { readonly id: Uint8Array; readonly publicKey: Uint8Array }[] {
  if (readers.length < 1 || readers.length > READERS_MAX)
    throw new Mismatch(`1 to ${READERS_MAX} readers`, `${readers.length}`);
  if (!readers.every((publicKey) => hasOneForm(publicKey))) throw new Mismatch('X25519 public keys', 'another key');
  const ordered = readers
    .map((publicKey) => ({ id: readerId(publicKey), publicKey }))
    .toSorted((a, b) => compareBytes(a.id, b.id));
  const twice = ordered.some(({ id }, i) => i > 0 && equalBytes(id, ordered[i - 1]?.id ?? id));
  if (twice) throw new Mismatch('each reader once', 'one twice');
  return ordered;
}

function agree(ephemeral: ReaderKey, publicKey: Uint8Array): Uint8Array {
  try {
    return ephemeral.agree(publicKey);
  } catch {
    throw new Mismatch('X25519 public keys', 'one of low order');
  }
}

function hasOneForm(publicKey: Uint8Array): boolean {
  return publicKey.length === KEY_BYTES && (publicKey[31] ?? 0) <= 0x7f && !isAbovePrime(publicKey);
}

/** HKDF with SHA-256 and no salt (RFC 9053 section 5.1). */
export function keyEncryptionKey(secret: Uint8Array): Uint8Array {
  return hkdf(sha256, secret, undefined, KDF_CONTEXT, KEY_BYTES);
}

function commitmentTo(contentKey: Uint8Array): Uint8Array {
  return sha256(encode(['sojourn/content-key', contentKey]));
}

function protectedHeader(commitment: Uint8Array): Uint8Array {
  return joined([PROTECTED_PREFIX, commitment]);
}

/** Enc_structure of RFC 9052 section 5.3. */
function encStructure(header: Uint8Array, aad: Uint8Array): Uint8Array {
  return encode(['Encrypt', header, aad]);
}

/** True of a little-endian number of 2^255 − 19 or more: a second form of a smaller one. */
function isAbovePrime(key: Uint8Array): boolean {
  return (key[0] ?? 0) >= 0xed && key[31] === 0x7f && key.subarray(1, 31).every((byte) => byte === 0xff);
}

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new Mismatch(`${length} bytes of COSE_Encrypt`, `${this.left}`);
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }

  expect(bytes: Uint8Array, what: string): void {
    if (this.left < bytes.length || !equalBytes(this.take(bytes.length), bytes))
      throw new Mismatch(what, 'other bytes');
  }

  argument(major: number, what: string): number {
    const reader = new HeadReader(this.#bytes, this.#at, 0);
    try {
      if (!reader.nextIs(major)) throw new Mismatch(what, 'other bytes');
    } catch {
      // a head that the canonical form does not have
      throw new Mismatch(what, 'other bytes');
    }
    this.#at = reader.at;
    return reader.argument;
  }
}

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from(digits.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
