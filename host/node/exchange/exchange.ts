/**
 * Store and forward (R28, R29): two places come to know the same of their objects. The longer copy of a history takes the place of the
 * shorter; who goes on with an object stays as it is. Copies that parted are told with the entry where they do, and left alone. What breaks
 * off in the middle is done again by doing it again.
 */
import { SojournError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { compareObjects } from '../compare.ts';
import type { HostPorts } from '../host-ports.ts';
import type { Copy, ExchangePlace } from './place.ts';

/**
 * `new`, `extended`: the other side has it now. `only`: a living object that the other side takes only with the right to go on with it.
 * `refused`: `message` says why.
 */
export interface ExchangeLine {
  readonly object: string;
  readonly result: 'same' | 'new' | 'extended' | 'only' | 'fork' | 'refused';
  /** Where it came from; null where nothing went over. */
  readonly from: 'a' | 'b' | null;
  /** `seq` of the first entry that is not the same in both, for a fork. */
  readonly at: number | null;
  readonly message: string | null;
}

export interface ExchangeOptions {
  readonly ports: Pick<HostPorts, 'store' | 'hash' | 'verify'>;
  readonly limits: Limits;
  readonly onLine?: (line: ExchangeLine) => void;
  readonly signal?: AbortSignal | null;
}

/** What the end of two copies is compared by: more than a seal, which holds the hash of all before it. */
const END_BYTES = 4096;
/** Of a place, not of one object: the others would fare no better. */
const ENDING: readonly ErrorCode[] = [
  'node.unreachable',
  'node.closing',
  'token.missing',
  'token.refused',
  'rate.exceeded',
  'store.full',
];

/** Errors: those of listing, and of a place that is gone, full or refuses the token. What is wrong with one object is its line. Ids in order. */
export async function exchange(
  a: ExchangePlace,
  b: ExchangePlace,
  options: ExchangeOptions,
): Promise<readonly ExchangeLine[]> {
  const [ours, theirs] = [await listed(a), await listed(b)];
  const lines: ExchangeLine[] = [];
  for (const id of [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()) {
    options.signal?.throwIfAborted();
    const line = await exchangeOne(id, { a, b }, { a: ours.get(id), b: theirs.get(id) }, options);
    lines.push(line);
    options.onLine?.(line);
  }
  return lines;
}

type Side = 'a' | 'b';
type Both<T> = { readonly [side in Side]: T };

async function exchangeOne(
  object: string,
  places: Both<ExchangePlace>,
  copies: Both<Copy | undefined>,
  options: ExchangeOptions,
): Promise<ExchangeLine> {
  const said = { object, from: null, at: null, message: null } as const;
  const unfit = copies.a?.unfit ?? copies.b?.unfit ?? null;
  if (unfit !== null) return { ...said, result: 'refused', message: unfit };
  try {
    const from = await sourceOf(object, places, copies, options);
    if (from === null) return { ...said, result: 'same' };
    const result = await places[from === 'a' ? 'b' : 'a'].take(object, places[from].read(object));
    return { ...said, result, from: result === 'same' ? null : from };
  } catch (error) {
    if (!(error instanceof SojournError) || ENDING.includes(error.code)) throw error;
    const { at = null } = error.details;
    if (error.code === 'object.forked' && typeof at === 'number')
      return { ...said, result: 'fork', at, message: error.message };
    return { ...said, result: error.code === 'object.left' ? 'only' : 'refused', message: error.message };
  }
}

/** Whose copy the other is to have; null where both have the same. Errors: `object.forked` with the entry, `object.*`. */
async function sourceOf(
  object: string,
  places: Both<ExchangePlace>,
  copies: Both<Copy | undefined>,
  { ports, limits }: ExchangeOptions,
): Promise<Side | null> {
  if (copies.a === undefined || copies.b === undefined) return copies.a === undefined ? 'b' : 'a';
  const longer: Side = copies.a.length >= copies.b.length ? 'a' : 'b';
  const end = Math.min(copies.a.length, copies.b.length);
  const start = Math.max(0, end - END_BYTES);
  const [left, right] = await Promise.all([
    readRange(places.a.read(object, start), end - start),
    readRange(places.b.read(object, start), end - start),
  ]);
  if (Buffer.compare(left, right) === 0) return copies.a.length === copies.b.length ? null : longer;
  return compared(object, places, { ports, limits });
}

/** Reads both from their beginning: they parted, or are not stored alike. */
async function compared(object: string, places: Both<ExchangePlace>, options: ExchangeOptions): Promise<Side | null> {
  const { ports, limits } = options;
  const names = [`${object} of ${places.a.name}`, `${object} of ${places.b.name}`] as const;
  const read = (name: string): AsyncIterable<Uint8Array> => places[name === names[0] ? 'a' : 'b'].read(object);
  const { relation, behind, at } = await compareObjects(names, { ...ports, store: { ...ports.store, read } }, limits);
  if (relation === 'same') return null;
  if (relation === 'prefix') return behind === 'a' ? 'b' : 'a';
  if (relation === 'fork')
    throw new SojournError(
      'object.forked',
      `object ${object}: expected one history, found two that part at entry ${at}, in ${places.a.name} and in ${places.b.name}: compare the two, and follow one`,
      { details: { at } },
    );
  throw new SojournError('object.unproven', `object ${object}: expected an entry that both copies have, found none`);
}

async function listed(place: ExchangePlace): Promise<ReadonlyMap<string, Copy>> {
  const copies = new Map<string, Copy>();
  for await (const copy of place.list()) {
    const twice = `object ${copy.id}: expected one copy in ${place.name}, found two: take one away`;
    copies.set(copy.id, copies.has(copy.id) ? { ...copy, unfit: twice } : copy);
  }
  return copies;
}

async function readRange(source: AsyncIterable<Uint8Array>, length: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= length) break;
  }
  return Buffer.concat(pieces).subarray(0, length);
}
