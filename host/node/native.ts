/**
 * Node's own cryptography behind the ground ports: three to five times as fast as the pure code that the lower layers default to
 * (docs/decisions). Keys are Ed25519 in PKCS #8 PEM files, so that stock tools can make and read them.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash as digest,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { Clock, Hash, Random, Signer, VerifySignature } from '../ports.ts';

/** DER of an Ed25519 SubjectPublicKeyInfo up to the 32 bytes of the key (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

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
}

export function generateKey(): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }), signer: signerOf(privateKey) };
}

/** Reads a PEM file's text. Errors: `key.malformed`; the key itself is in no message. */
export function readKey(pem: string, origin: string): Signer {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new SojournError(
      'key.malformed',
      `${origin}: expected an Ed25519 private key in PKCS #8 PEM, found something else: make one with "sojourn keygen"`,
    );
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new SojournError(
      'key.malformed',
      `${origin}: expected an Ed25519 private key, found ${key.asymmetricKeyType ?? 'another kind'}`,
    );
  }
  return signerOf(key);
}

function signerOf(key: KeyObject): Signer {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)), sign: (message) => sign(null, message, key) };
}
