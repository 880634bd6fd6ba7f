/**
 * A policy set as one run of bytes, so that it can travel inside an object. Only one such form exists for given files, and its
 * SHA-256 is the set's digest, whether the set came from a folder or out of an object. docs/policy.md has the layout.
 */
import { SojournError } from '../errors.ts';
import type { PolicyLimits } from '../limits.ts';
import { sha256 } from '../object/crypto.ts';
import { SCHEMA_VERSION } from './schema.ts';

/** File names of a policy set to contents. */
export type PolicyFiles = ReadonlyMap<string, Uint8Array>;

/** Media type of the blob. */
export const POLICY_MEDIA = 'application/vnd.sojourn.policy-set';

const MAGIC = new TextEncoder().encode('sojourn policy set 1\n');
const WORD = 4;
const SETTINGS: readonly string[] = ['set.json', 'facts.json', 'readers.json'];

/** Encodes without looking into the files. */
export function encodePolicySet(files: PolicyFiles): Uint8Array {
  const parts = [MAGIC, word(SCHEMA_VERSION), word(files.size)];
  for (const [name, bytes] of sortFiles(files)) {
    const nameBytes = new TextEncoder().encode(name);
    parts.push(word(nameBytes.length), nameBytes, word(bytes.length), bytes);
  }
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** SHA-256 of the encoded set. */
export function digestPolicySet(files: PolicyFiles): Uint8Array {
  return sha256(encodePolicySet(files));
}

/** By name, in the order of their bytes. */
export function sortFiles(files: PolicyFiles): readonly (readonly [string, Uint8Array])[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Errors: `policy.malformed` with the offset, `policy.limit`. The files are views into `bytes`. */
export function decodePolicySet(bytes: Uint8Array, limits: PolicyLimits): PolicyFiles {
  const reader = new BlobReader(bytes);
  reader.expect(MAGIC);
  const version = reader.word();
  if (version !== SCHEMA_VERSION) throw malformed(MAGIC.length, `schema version ${SCHEMA_VERSION}`, String(version));
  const count = reader.word();
  if (count > limits.files)
    throw new SojournError('policy.limit', `policy set: expected at most ${limits.files} files, found ${count}`);
  const files = new Map<string, Uint8Array>();
  let last = '';
  for (let i = 0; i < count; i++) {
    const at = reader.offset;
    const name = decodeName(reader.take(reader.word()), at);
    if (name <= last) throw malformed(at, 'file names in order, each once', JSON.stringify(name));
    files.set(name, reader.take(reader.word()));
    last = name;
  }
  if (reader.offset !== bytes.length)
    throw malformed(reader.offset, 'the end', `${bytes.length - reader.offset} more bytes`);
  return files;
}

class BlobReader {
  offset = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  expect(magic: Uint8Array): void {
    const found = this.take(magic.length);
    if (!magic.every((byte, index) => found[index] === byte)) throw malformed(0, 'a policy set', 'other bytes');
  }

  word(): number {
    const at = this.offset;
    this.take(WORD);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at, WORD).getUint32(0);
  }

  take(length: number): Uint8Array {
    const left = this.bytes.length - this.offset;
    if (length > left) throw malformed(this.offset, `${length} bytes`, `${left}`);
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }
}

function decodeName(bytes: Uint8Array, at: number): string {
  const name = new TextDecoder('latin1').decode(bytes);
  if (!isPolicyFileName(name)) throw malformed(at, 'the name of a policy file', JSON.stringify(name));
  return name;
}

/** `set.json`, `facts.json`, `readers.json`, and names that end in `.cedar`: in lower case, at most 64 characters. */
export function isPolicyFileName(name: string): boolean {
  return SETTINGS.includes(name) || (name.length <= 64 && /^[a-z0-9][a-z0-9._-]*\.cedar$/.test(name));
}

function word(value: number): Uint8Array {
  const out = new Uint8Array(WORD);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

function malformed(offset: number, expected: string, found: string): SojournError {
  return new SojournError('policy.malformed', `policy set at byte ${offset}: expected ${expected}, found ${found}`, {
    details: { offset },
  });
}
