/**
 * SHA-256, Ed25519 and X25519 in plain JavaScript, for hosts that hand in nothing faster. Nothing here touches a key's storage.
 */
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import type { CreateReaderKey, Hash, Signer, VerifySignature } from '../ports.ts';

export const sha256: Hash = (bytes) => nobleSha256(bytes);

/** RFC 8032, strict: no small-order or non-canonical points and scalars, so that one signature has one form. */
export const verifyEd25519: VerifySignature = (publicKey, message, signature) => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};

/** A signer for a 32-byte secret key (the seed of RFC 8032). */
export function createEd25519Signer(secretKey: Uint8Array): Signer {
  return {
    publicKey: ed25519.getPublicKey(secretKey),
    sign: (message) => ed25519.sign(message, secretKey),
  };
}

export const createReaderKey: CreateReaderKey = (secretKey) => ({
  publicKey: x25519.getPublicKey(secretKey),
  agree: (publicKey) => x25519.getSharedSecret(secretKey, publicKey),
});

/**
 * The X25519 secret key that belongs to an Ed25519 one (its 32-byte seed): the scalar that it signs with, so that the public key is the
 * birational image (RFC 7748 section 4.1) of the public key that its node is known by.
 */
export function readerSecretOf(seed: Uint8Array): Uint8Array {
  return ed25519.utils.toMontgomerySecret(seed);
}

/** The X25519 public key of whoever has this Ed25519 key. Throws for bytes that are no point. */
export function readerKeyOf(publicKey: Uint8Array): Uint8Array {
  return ed25519.utils.toMontgomery(publicKey);
}
