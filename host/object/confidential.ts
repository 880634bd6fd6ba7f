/**
 * Confidential bodies: in the place of its list, an entry's body may be stored as {digest, sealed}, `sealed` being a COSE_Encrypt whose
 * plaintext is the canonical CBOR of that list. Who can't open it still verifies the chain; who can has the same entry as if it had
 * been stored in the open. Bound to its object, its position and its kind, so that no body can be passed off as another.
 */
import { equalBytes, encode } from './codec.ts';
import { decryptWith, encryptTo, parseEnvelope } from './cose-encrypt.ts';
import { sha256 } from './crypto.ts';
import { byteString, describe, Mismatch } from './shape.ts';
import { isMap } from '../value.ts';
import type { ConfidentialBody, ConfidentialKind, EntryKind, StoredKind } from './model.ts';
import type { CreateReaderKey, ReaderKey } from '../ports.ts';
import type { Value } from '../value.ts';

const KINDS: ReadonlySet<EntryKind> = new Set<ConfidentialKind>([
  'signal',
  'call',
  'result',
  'proposal',
  'intent',
  'failure',
  'negative',
  'outcome',
]);

const AAD_NAME = 'sojourn/body';
const digest = byteString(32);

/** The plaintext of a body of one object; null where it is for others. Throws a Mismatch where it names this reader and does not open. */
export type Opener = (sealed: Uint8Array, seq: number, kind: ConfidentialKind) => Uint8Array | null;

/** True of kinds whose bodies may be confidential. */
export function mayBeConfidential(kind: EntryKind): kind is ConfidentialKind {
  return KINDS.has(kind);
}

/** The kind that is stored for an entry, whether its body could be opened or not. */
export function storedKind(entry: { readonly kind: EntryKind; readonly body: unknown }): StoredKind {
  return entry.kind === 'confidential' ? (entry.body as ConfidentialBody).inner : entry.kind; // the kind says what the body is
}

/** Opens the bodies of the object with this id. Null without a key: everything stays closed. */
export function createOpener(id: Uint8Array, key: ReaderKey | null): Opener | null {
  if (key === null) return null;
  return (sealed, seq, kind) => {
    const opened = decryptWith(parseEnvelope(sealed), bodyAad(id, seq, kind), key);
    if (opened.kind === 'broken') {
      throw new Mismatch('bytes that open with the key that they name', 'altered ones, or those of another entry');
    }
    return opened.kind === 'plain' ? opened.bytes : null;
  };
}

/** Who a body is sealed to, and with what randomness. */
export interface Sealing {
  readonly id: Uint8Array;
  /** X25519 public keys, each once, 1 to 16. */
  readonly readers: readonly Uint8Array[];
  readonly random: (length: number) => Uint8Array;
  /** Makes the keys that are used once; plain JavaScript where nothing faster is handed in. */
  readonly createKey?: CreateReaderKey;
}

/** What is stored in the place of `body`. Throws a Mismatch for a kind or for readers that can't be. */
export function sealBody(body: Value, seq: number, kind: StoredKind, sealing: Sealing): Value {
  if (!mayBeConfidential(kind)) throw new Mismatch('a kind that may be confidential', kind);
  const { id, readers, random, createKey } = sealing;
  const sealed = encryptTo(encode(body), bodyAad(id, seq, kind), readers, random, createKey);
  return { digest: sha256(sealed), sealed };
}

/** How a confidential body is stored. */
export function writeConfidential({ digest: kept, sealed }: ConfidentialBody): Value {
  return { digest: digest.write(kept), sealed };
}

/** Reads it without opening it: the digest fits, and what is sealed has the one form. Throws a Mismatch. */
export function readConfidential(value: Value, kind: StoredKind): { body: ConfidentialBody; readers: Uint8Array[] } {
  if (!mayBeConfidential(kind))
    throw new Mismatch('a body in the open, for this kind is never confidential', describe(value));
  const map = isMap(value) ? value : {};
  const { digest: kept = null, sealed = null, ...more } = map;
  if (Object.keys(more).length > 0) throw new Mismatch('digest and sealed', describe(value));
  const body = { inner: kind, digest: digest.read(kept) };
  if (sealed === null) return { body: { ...body, sealed: null }, readers: [] };
  if (!(sealed instanceof Uint8Array)) throw new Mismatch('bytes or null', describe(sealed)).within('sealed');
  if (!equalBytes(sha256(sealed), body.digest))
    throw new Mismatch('bytes of the digest beside them', 'altered ones').within('sealed');
  return { body: { ...body, sealed }, readers: readersOf(sealed) };
}

/** Key ids of those who can open it, in order. Throws a Mismatch. */
export function readersOf(sealed: Uint8Array): Uint8Array[] {
  try {
    return parseEnvelope(sealed).recipients.map(({ reader }) => reader);
  } catch (error) {
    throw error instanceof Mismatch ? error.within('sealed') : error;
  }
}

/** What a body is bound to: the canonical encoding of ["sojourn/body", id, seq, kind]. */
function bodyAad(id: Uint8Array, seq: number, kind: ConfidentialKind): Uint8Array {
  return encode([AAD_NAME, id, seq, kind]);
}
