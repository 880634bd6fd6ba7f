/**
 * Witnesses: what an object knows of another one, from that one's own seal and the entries right before it. A witness proves itself:
 * the seal is signed, the entries link up to its head. It does not prove that the chain behind it holds (the node that appended it
 * has verified that), nor that no other branch exists.
 */
import { itemHash } from './chain-bytes.ts';
import { equalBytes } from './codec.ts';
import { decodeEntry, peekKind } from './entry.ts';
import { isBadObject } from './genesis.ts';
import { checkReceipt, decodeReceipt } from './seal.ts';
import { SojournError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { Entry, EntryKind, EntryOf, SealStatement, WitnessBody } from './model.ts';
import type { SealPorts } from './seal.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Hash } from '../ports.ts';

/** What a witness says. */
export interface Testimony {
  readonly statement: SealStatement;
  /** The entries that it holds, in order. */
  readonly entries: readonly Entry[];
  /** The end of the cycle that the seal closes; null where the witness does not hold it. */
  readonly outcome: EntryOf<'outcome'> | null;
  /** Children that the object gave up in that cycle. */
  readonly cancels: readonly EntryOf<'cancel'>[];
}

/**
 * Of the stored items between two seals, those that a witness of the second one holds: from the first `cancel` on, else from the
 * outcome on. None where there is neither, or where they are too many or too long: then the witness is a bare head.
 */
export function pickItems(section: readonly Uint8Array[], limits: ObjectLimits): readonly Uint8Array[] {
  const first = section.findIndex((bytes) => MATTERS.has(peekKind(bytes)));
  const items = first < 0 ? [] : section.slice(first);
  const size = items.reduce((sum, bytes) => sum + bytes.length, 0);
  return items.length > limits.witnessItems || size > limits.witnessBytes ? [] : items;
}

/**
 * Reads a witness, sizes first. Whether the receipt is signed is for `checkWitness`. Errors: `object.chain` for one that does not fit
 * together.
 */
export function readWitness(body: WitnessBody, hash: Hash, limits: ObjectLimits = DEFAULT_LIMITS.object): Testimony {
  const size = body.items.reduce((sum, bytes) => sum + bytes.length, 0);
  if (body.items.length > limits.witnessItems)
    throw refuse(`at most ${limits.witnessItems} items`, String(body.items.length));
  if (size > limits.witnessBytes) throw refuse(`items of at most ${limits.witnessBytes} bytes`, String(size));
  const { statement } = ofWitness('receipt', () => decodeReceipt(body.receipt));
  if (!equalBytes(statement.id, body.id)) throw refuse('a receipt of the object that it names', 'that of another one');
  const entries = readLinked(body.items, statement, hash, limits);
  const outcome = entries.findLast((entry) => entry.kind === 'outcome') ?? null;
  const done = outcome?.body.class === 'success';
  const cancels = done ? entries.filter((entry) => entry.kind === 'cancel') : [];
  return { statement, entries, outcome, cancels };
}

/** Kinds that tell others something. */
const MATTERS: ReadonlySet<EntryKind | null> = new Set<EntryKind | null>(['cancel', 'outcome']);

/** Null where the witness proves itself, else what is wrong with it. */
export function checkWitness(body: WitnessBody, ports: SealPorts, limits?: ObjectLimits): string | null {
  try {
    readWitness(body, ports.hash, limits);
    const check = checkReceipt(body.receipt, ports);
    if (!check.ok) return `witness: ${check.message}`;
    return check.signed ? null : 'witness: expected a signed receipt, found one that nobody signed';
  } catch (error) {
    if (!isBadObject(error)) throw error;
    return error.message;
  }
}

/** The items from the last one back: it is the seal's head, and each is the one that the item behind it follows. */
function readLinked(
  items: readonly Uint8Array[],
  statement: SealStatement,
  hash: Hash,
  limits: ObjectLimits,
): readonly Entry[] {
  let head = statement.head;
  const entries = items.toReversed().map((bytes, index) => {
    const seq = statement.seq - 1 - index;
    if (!equalBytes(itemHash(bytes, hash), head))
      throw refuse(`the item with the hash that entry ${seq + 1} names`, 'another');
    const entry = ofWitness(`item ${seq}`, () => decodeEntry(bytes, limits));
    if (entry.seq !== seq) throw refuse(`entry ${seq}`, `entry ${entry.seq}`);
    if (entry.kind === 'seal') throw refuse('entries since the seal before', 'a seal');
    head = entry.prev;
    return entry;
  });
  return entries.toReversed();
}

function ofWitness<T>(part: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!isBadObject(error)) throw error;
    throw new SojournError('object.chain', `witness: ${part}: ${error.message}`, { cause: error });
  }
}

function refuse(expected: string, found: string): SojournError {
  return new SojournError('object.chain', `witness: expected ${expected}, found ${found}`);
}
