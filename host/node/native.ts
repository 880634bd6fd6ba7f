/**
 * Node's own cryptography behind the ground ports: three to five times as fast as the pure code that the lower layers default to
 * (docs/decisions). Keys are Ed25519 in PKCS #8 PEM files, so that stock tools can make and read them.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash as digest,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { readerSecretOf } from '../object/crypto.ts';
import type { Clock, Hash, Random, ReaderKey, Signer, VerifySignature } from '../ports.ts';

/** DER of an Ed25519 SubjectPublicKeyInfo up to the 32 bytes of the key (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
/** The same of an X25519 one, and of an X25519 PKCS #8 up to its 32 bytes. */
const READER_SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const READER_PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SECRET_BYTES = 32;

export const nativeHash: Hash = (bytes) =>
  bytes.length < 65_536 ? digest('sha256', bytes, 'buffer') : createHash('sha256').update(bytes).digest();

/** Public keys that a verifier keeps ready: making one costs as much as half a verification. */
const KEYS_KEPT = 64;

/** A verifier that keeps the keys it saw last. */
export function createNativeVerify(): VerifySignature {
  const keys = new Map<string, KeyObject>();

  function keyOf(publicKey: Uint8Array): KeyObject {
    const name = hex(publicKey);
    const known = keys.get(name);
    if (known !== undefined) return known;
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
    if (keys.size >= KEYS_KEPT) keys.clear();
    keys.set(name, key);
    return key;
  }

  return (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      return verify(null, message, keyOf(publicKey), signature);
    } catch {
      return false;
    }
  };
}

export const systemClock: Clock = { now: () => Date.now() };

export const systemRandom: Random = { bytes: (length) => randomBytes(length) };

export interface KeyPair {
  /** PKCS #8 in PEM: the secret. */
  readonly privatePem: string;
  readonly signer: Signer;
  /** Reads what is confidential to this node. */
  readonly reader: ReaderKey;
}

export function generateKey(): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  return { privatePem, signer: signerOf(privateKey), reader: readerOf(privateKey) };
}

/** A key that reads and signs nothing. */
export function generateReaderKey(): Omit<KeyPair, 'signer'> {
  const { privateKey } = generateKeyPairSync('x25519');
  return { privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }), reader: readerOf(privateKey) };
}

/** Reads a PEM file's text. Errors: `key.malformed`; the key itself is in no message. */
export function readKey(pem: string, origin: string): Signer {
  const key = parseKey(pem, origin);
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new SojournError(
      'key.malformed',
      `${origin}: expected an Ed25519 private key, found ${key.asymmetricKeyType ?? 'another kind'}`,
    );
  }
  return signerOf(key);
}

/** Reads a node's key, or one that only reads, from a PEM file's text. Errors: `key.malformed`. */
export function readReaderKey(pem: string, origin: string): ReaderKey {
  const key = parseKey(pem, origin);
  if (key.asymmetricKeyType === 'ed25519' || key.asymmetricKeyType === 'x25519') return readerOf(key);
  throw new SojournError(
    'key.malformed',
    `${origin}: expected an Ed25519 or X25519 private key, found ${key.asymmetricKeyType ?? 'another kind'}`,
  );
}

function parseKey(pem: string, origin: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new SojournError(
      'key.malformed',
      `${origin}: expected an Ed25519 private key in PKCS #8 PEM, found something else: make one with "sojourn keygen"`,
    );
  }
}

/** The reader key of a node is the image of its Ed25519 key: whoever knows the node's public key can make entries readable to it. */
function readerOf(key: KeyObject): ReaderKey {
  const stored = key.export({ format: 'der', type: 'pkcs8' }).subarray(-SECRET_BYTES);
  const secret = key.asymmetricKeyType === 'ed25519' ? readerSecretOf(stored) : stored;
  return nativeReaderKey(secret);
}

/** As `createReaderKey`, twenty times as fast. */
export function nativeReaderKey(secret: Uint8Array): ReaderKey {
  const der = Buffer.concat([READER_PKCS8_PREFIX, secret]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(READER_SPKI_PREFIX.length)),
    agree(publicKey) {
      const other = Buffer.concat([READER_SPKI_PREFIX, publicKey]);
      return diffieHellman({ privateKey, publicKey: createPublicKey({ key: other, format: 'der', type: 'spki' }) });
    },
  };
}

function signerOf(key: KeyObject): Signer {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)), sign: (message) => sign(null, message, key) };
}
