/**
 * Finds what a crash left at the end of an object: an entry that was not written to its end. Only a strict beginning of the next
 * entry is ever called torn, and only where no seal covers it; bytes damaged in any other way are reported and left alone.
 */
import { itemHash } from './chain-bytes.ts';
import { compareBytes, decode } from './codec.ts';
import { sha256 } from './crypto.ts';
import { decodeEntry, encodeEntry, parseStart, peekKind } from './entry.ts';
import { HeadReader, UNSIGNED } from './head.ts';
import { readItems } from './items.ts';
import { scanItem } from './scan.ts';
import { decodeStatement, encodeStatement, statementStart } from './seal.ts';
import { SojournError } from '../errors.ts';
import type { EntryStart } from './entry.ts';
import type { Item, Numbering } from './items.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Hash } from '../ports.ts';
import type { Value } from '../value.ts';

/** An entry is a list of eight, the last of them its body. */
const ENTRY_FIELDS = 8;
const ENTRY_HEAD = 0x80 + ENTRY_FIELDS;
/** No field before the body is longer than a digest with its head, or nested. */
const FIELD_LIMITS = { itemBytes: 40, depth: 0 };

export interface Tail {
  /** Byte offset behind the last seal; 0 where there is none. */
  readonly sealEnd: number;
  /** Byte offset behind the last item that is whole. */
  readonly completeEnd: number;
  /** True where a beginning of an entry follows: it may be cut off at `completeEnd`. */
  readonly torn: boolean;
}

/**
 * Where the object's whole items end. The chain is not verified. Errors: those of reading and of `readItems`, and `object.malformed`
 * for a last item that is neither whole nor a plain beginning; `object.truncated` where not even the genesis is whole.
 */
export async function findTail(
  source: AsyncIterable<Uint8Array>,
  limits: ObjectLimits,
  hash: Hash = sha256,
): Promise<Tail> {
  let id: Uint8Array | null = null;
  let last: Item | null = null;
  let sealEnd = 0;
  let completeEnd = 0;
  const rest: { bytes: Uint8Array } = { bytes: new Uint8Array(0) };
  const numbering: Numbering = { seq: 0 };
  for await (const item of readItems(source, limits, (bytes) => (rest.bytes = bytes), numbering)) {
    id ??= hash(item.bytes);
    last = item;
    completeEnd = item.offset + item.bytes.length;
    const kind = peekKind(item.bytes);
    if (kind === 'seal') sealEnd = completeEnd;
    if (kind === 'checkpoint' && sealEnd === 0) numbering.seq = decodeEntry(item.bytes, limits, item.offset).seq + 1;
  }
  if (rest.bytes.length === 0) return { sealEnd, completeEnd, torn: false };
  const place = { index: (last?.seq ?? -1) + 1, offset: completeEnd };
  if (last === null || id === null) {
    throw new SojournError('object.truncated', 'genesis: expected a whole item, found the end within it', {
      details: place,
    });
  }
  const damage = isSound(last, limits)
    ? findDamage(rest.bytes, place.index, itemHash(last.bytes, hash), id)
    : 'a whole entry before it';
  if (damage === null) return { sealEnd, completeEnd, torn: true };
  const message = `item ${place.index} at byte ${completeEnd}: expected ${damage}, found damaged bytes; nothing was cut off`;
  throw new SojournError('object.malformed', message, { details: place });
}

/** Whether an item is what it seems: garbage can look like items too. */
function isSound(item: Item, limits: ObjectLimits): boolean {
  if (item.seq === 0) return true;
  try {
    const entry = decodeEntry(item.bytes, limits);
    return entry.seq === item.seq && (entry.kind !== 'seal' || decodeStatement(entry.body.statement).seq === entry.seq);
  } catch {
    return false;
  }
}

/** Null where `rest` is a beginning of entry `index` and nothing else; otherwise what was expected. */
function findDamage(rest: Uint8Array, index: number, prev: Uint8Array, id: Uint8Array): string | null {
  const fields = readFields(rest);
  if (fields === null) return 'a beginning of the next entry';
  const [seq, before] = fields;
  if (seq !== undefined && seq !== index) return `entry ${index}`;
  if (before !== undefined && !(before instanceof Uint8Array && compareBytes(before, prev) === 0))
    return 'the hash of the item before';
  if (fields.length < ENTRY_FIELDS - 1) return null;
  const start = parseStart(fields);
  if (start === null) return 'an entry of a known kind';
  if (start.kind === 'seal') return isShortSeal(rest, start) ? null : 'a beginning of a seal';
  return hasSealBehind(rest, index, id) ? 'no seal behind it' : null;
}

/** The fields up to the kind, as far as they are there; null where something else stands there. */
function readFields(rest: Uint8Array): Value[] | null {
  if (rest[0] !== ENTRY_HEAD) return null;
  const fields: Value[] = [];
  let at = 1;
  while (fields.length < ENTRY_FIELDS - 1) {
    try {
      const scan = scanItem(rest, at, FIELD_LIMITS);
      if (scan.kind === 'incomplete') return fields;
      fields.push(decode(rest.subarray(at, scan.end), FIELD_LIMITS));
      at = scan.end;
    } catch {
      return null;
    }
  }
  return fields;
}

/** True where less is there than the seal with this header has: all of it is fixed but the size of the trust slope. */
function isShortSeal(rest: Uint8Array, start: EntryStart): boolean {
  const signed = start.node.some((byte) => byte !== 0);
  const digest = new Uint8Array(32);
  const statement = encodeStatement({ ...start, id: digest, head: digest, trust: 0 });
  const body = { statement, publicKey: signed ? digest : null, signature: signed ? new Uint8Array(64) : null };
  const whole = encodeEntry({ ...start, kind: 'seal', body }).length;
  const trust = rest[whole - (signed ? 66 : 1) - 1]; // the last byte of the statement, in front of the signature and its head
  const more = trust === undefined || trust < 24 ? 0 : trust === 24 ? 1 : 2;
  return rest.length < whole + more;
}

/** True where the bytes hold the statement of a later seal of this object. */
function hasSealBehind(rest: Uint8Array, index: number, id: Uint8Array): boolean {
  const pattern = statementStart(id);
  for (let at = rest.indexOf(pattern[0] ?? 0); at >= 0; at = rest.indexOf(pattern[0] ?? 0, at + 1)) {
    if (!pattern.every((byte, i) => rest[at + i] === byte)) continue;
    const reader = new HeadReader(rest, at + pattern.length, 0);
    if (reader.nextIs(UNSIGNED) && reader.argument > index) return true;
  }
  return false;
}
