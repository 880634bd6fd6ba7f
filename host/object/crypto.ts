/**
 * SHA-256 and Ed25519 in plain JavaScript, for hosts that hand in nothing faster. Nothing here touches a key's storage.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import type { Hash, Signer, VerifySignature } from '../ports.ts';

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
