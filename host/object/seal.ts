/**
 * Seals and receipts: COSE_Sign1 (RFC 9052, untagged) with EdDSA over a statement about the chain so far. The protected header is
 * exactly {1: -8, 4: public key}, the unprotected one is empty, external_aad is empty. A node without a key writes both
 * the protected header and the signature as empty bytes: such a seal says that it is unsigned and proves nothing.
 */
import { compareBytes, decode, encode } from './codec.ts';
import { anyBytes, byteString, describe, Mismatch, record, uint } from './shape.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { isList, isMap } from '../value.ts';
import type { SealBody, SealStatement } from './model.ts';
import type { Shape } from './shape.ts';
import type { Hash, Signer, VerifySignature } from '../ports.ts';
import type { Value } from '../value.ts';

const STATEMENT_NAME = 'sojourn/seal';
const STATEMENT_VERSION = 1;
/** CBOR of {1: -8, 4: h'…'} up to the 32 bytes of the key. */
const PROTECTED_PREFIX: readonly number[] = [0xa2, 0x01, 0x27, 0x04, 0x58, 0x20];
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const NODE_ID_BYTES = 16;
const MAX_TRUST = 1000;
const EMPTY = new Uint8Array(0);
/** A receipt is some 300 bytes. */
const RECEIPT_LIMITS = { itemBytes: 1024, depth: 4 };

const statementShape = record<SealStatement>({
  id: byteString(32),
  seq: uint(),
  head: byteString(32),
  time: uint(),
  node: byteString(NODE_ID_BYTES),
  cycle: uint(),
  trust: uint(MAX_TRUST),
});

export interface SealPorts {
  readonly hash: Hash;
  readonly verify: VerifySignature;
}

export type SealCheck =
  | { readonly ok: true; readonly statement: SealStatement; readonly signed: boolean }
  /** `seal`: the statement says something else than the chain. `signature`: no signature of that key. `node`: not that node's key. */
  | { readonly ok: false; readonly reason: 'seal' | 'signature' | 'node'; readonly message: string };

/** How a seal's body is stored: [protected, {}, payload, signature]. */
export const sealShape: Shape<SealBody> = {
  write: (seal) => {
    const stored = [protectedHeader(seal.publicKey), {}, anyBytes.write(seal.statement), seal.signature ?? EMPTY];
    readSeal(stored);
    return stored;
  },
  read: readSeal,
};

/** Node id of a key: the first 16 bytes of its SHA-256; 16 zero bytes for a node without a key. */
export function nodeIdOf(publicKey: Uint8Array | null, hash: Hash): Uint8Array {
  return publicKey === null
    ? new Uint8Array(NODE_ID_BYTES)
    : new Uint8Array(hash(publicKey).subarray(0, NODE_ID_BYTES));
}

/** Seals what the statement says; without a signer the seal is unsigned. `statement.node` must be the signer's node id. */
export function createSeal(statement: SealStatement, signer: Signer | null): SealBody {
  const payload = encodeStatement(statement);
  if (signer === null) return { statement: payload, publicKey: null, signature: null };
  const { publicKey } = signer;
  return { statement: payload, publicKey, signature: signer.sign(signedBytes(publicKey, payload)) };
}

/** Whether a seal says what the chain says, and is its node's. The trust slope is the kernel's to recompute. */
export function checkSeal(seal: SealBody, expected: Omit<SealStatement, 'trust'>, ports: SealPorts): SealCheck {
  const check = checkSignature(seal, ports);
  if (!check.ok) return check;
  const { statement } = check;
  for (const field of ['id', 'head', 'node'] as const) {
    if (compareBytes(statement[field], expected[field]) === 0) continue;
    return { ok: false, reason: 'seal', message: `the seal's statement has another ${field} than the chain` };
  }
  for (const field of ['seq', 'time', 'cycle'] as const) {
    if (statement[field] === expected[field]) continue;
    const message = `the seal's statement: expected ${field} ${expected[field]}, found ${statement[field]}`;
    return { ok: false, reason: 'seal', message };
  }
  return check;
}

/** The receipt of a seal: its COSE_Sign1, for others to keep (R20). */
export function encodeReceipt(seal: SealBody): Uint8Array {
  return encode(sealShape.write(seal));
}

/** The seal in a receipt. Errors: `object.seal`, and those of `decode`. */
export function decodeReceipt(bytes: Uint8Array): { readonly seal: SealBody; readonly statement: SealStatement } {
  const value = decode(bytes, RECEIPT_LIMITS);
  try {
    const seal = readSeal(value);
    return { seal, statement: decodeStatement(seal.statement) };
  } catch (error) {
    throw error instanceof Mismatch ? error.toError('object.seal', 'receipt') : error;
  }
}

/** Whether a receipt is signed by the node that it names. Errors: those of `decodeReceipt`. */
export function checkReceipt(bytes: Uint8Array, ports: SealPorts): SealCheck {
  return checkSignature(decodeReceipt(bytes).seal, ports);
}

/** Canonical CBOR of ["sojourn/seal", 1, id, seq, head, time, node, cycle, trust]. */
export function encodeStatement(statement: SealStatement): Uint8Array {
  try {
    return encode([STATEMENT_NAME, STATEMENT_VERSION, ...(statementShape.write(statement) as Value[])]); // a record is a list
  } catch (error) {
    throw error instanceof Mismatch ? error.toError('object.seal', 'seal statement') : error;
  }
}

/** How every statement about this object begins, behind the head of its list. */
export function statementStart(id: Uint8Array): Uint8Array {
  return encode([STATEMENT_NAME, STATEMENT_VERSION, id]).subarray(1);
}

/** Errors: `object.seal`, and `object.version` for a statement of a later version. */
export function decodeStatement(bytes: Uint8Array): SealStatement {
  const value = decode(bytes, DEFAULT_LIMITS.object);
  if (!isList(value) || value[0] !== STATEMENT_NAME) {
    throw new Mismatch(`a list that begins with ${STATEMENT_NAME}`, describe(value)).toError(
      'object.seal',
      'seal statement',
    );
  }
  if (value[1] !== STATEMENT_VERSION) {
    throw new Mismatch(`version ${STATEMENT_VERSION}`, describe(value[1])).toError('object.version', 'seal statement');
  }
  try {
    return statementShape.read(value.slice(2));
  } catch (error) {
    throw error instanceof Mismatch ? error.toError('object.seal', 'seal statement') : error;
  }
}

function checkSignature(seal: SealBody, ports: SealPorts): SealCheck {
  const { publicKey, signature } = seal;
  const statement = decodeStatement(seal.statement);
  if (compareBytes(nodeIdOf(publicKey, ports.hash), statement.node) !== 0) {
    const found = publicKey === null ? 'an unsigned seal' : 'the key of another one';
    return {
      ok: false,
      reason: 'node',
      message: `the seal: expected the key of the node that it names, found ${found}`,
    };
  }
  if (publicKey === null || signature === null) return { ok: true, statement, signed: false };
  if (ports.verify(publicKey, signedBytes(publicKey, seal.statement), signature))
    return { ok: true, statement, signed: true };
  return {
    ok: false,
    reason: 'signature',
    message: 'the seal: expected a signature of its key over its statement, found another',
  };
}

/** Sig_structure of RFC 9052 section 4.4. */
function signedBytes(publicKey: Uint8Array, payload: Uint8Array): Uint8Array {
  return encode(['Signature1', protectedHeader(publicKey), EMPTY, payload]);
}

function protectedHeader(publicKey: Uint8Array | null): Uint8Array {
  return publicKey === null ? EMPTY : Uint8Array.from([...PROTECTED_PREFIX, ...publicKey]);
}

function readSeal(value: Value): SealBody {
  const [header, unprotected, statement, signature] = isList(value) && value.length === 4 ? value : [];
  const whole = header instanceof Uint8Array && statement instanceof Uint8Array && signature instanceof Uint8Array;
  if (!whole || !isMap(unprotected) || Object.keys(unprotected).length > 0) {
    throw new Mismatch('[protected, {}, payload, signature]', describe(value));
  }
  if (header.length === 0 && signature.length === 0) return { statement, publicKey: null, signature: null };
  const known = PROTECTED_PREFIX.every((byte, i) => header[i] === byte);
  if (!known || header.length !== PROTECTED_PREFIX.length + PUBLIC_KEY_BYTES) {
    throw new Mismatch('protected header {1: -8, 4: 32 bytes}', 'another one');
  }
  if (signature.length !== SIGNATURE_BYTES)
    throw new Mismatch(`a signature of ${SIGNATURE_BYTES} bytes`, describe(signature));
  return { statement, publicKey: header.slice(PROTECTED_PREFIX.length), signature };
}
