/**
 * How many bodies of an object are confidential, to whom, and from where on its state is not known to this reader. Fed entry by entry,
 * in memory that grows with the number of readers only.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { readersOf } from '../object/confidential.ts';
import type { Entry } from '../object/model.ts';
import type { Value } from '../value.ts';

export interface Census {
  /** Confidential bodies in all, redacted ones included. */
  readonly bodies: number;
  /** Those that this reader opened. */
  readonly opened: number;
  /** Those whose ciphertext was taken out of this copy. */
  readonly redacted: number;
  /** Key ids (hexadecimal) of those who can open some, and how many; the first 1,024 of them. */
  readonly readers: ReadonlyMap<string, number>;
  /** `seq` of the first body that stayed closed: what the object is from there on is not known. Null where all is. */
  readonly closedAt: number | null;
}

const READERS_MAX = 1024;

export function createCensus(): Census & { count(entry: Entry): void } {
  const readers = new Map<string, number>();
  let [bodies, opened, redacted] = [0, 0, 0];
  let closedAt: number | null = null;
  return {
    count(entry) {
      const closed = entry.kind === 'confidential' ? entry.body : null;
      if (closed === null && entry.cover === undefined) return;
      bodies++;
      if (closed === null) opened++;
      else closedAt ??= entry.seq;
      if (closed?.sealed === null) redacted++;
      const of = closed === null ? entry.cover?.readers : closed.sealed === null ? [] : readersOf(closed.sealed);
      for (const reader of (of ?? []).map(hex)) {
        const known = readers.get(reader);
        if (known !== undefined || readers.size < READERS_MAX) readers.set(reader, (known ?? 0) + 1);
      }
    },
    readers,
    get bodies() {
      return bodies;
    },
    get opened() {
      return opened;
    },
    get redacted() {
      return redacted;
    },
    get closedAt() {
      return closedAt;
    },
  };
}

/** For reports. */
export function censusJson({ bodies, opened, redacted, readers, closedAt }: Census) {
  return { bodies, opened, redacted, readers: Object.fromEntries(readers) as { [id: string]: Value }, closedAt };
}

/** For callers who can't go on without the state. Errors: `object.confidential`, naming the first body that stayed closed. */
export function expectOpen(census: Census, name: string): void {
  if (census.closedAt === null) return;
  const index = census.closedAt;
  const who =
    census.readers.size === 0 ? 'nobody any more' : [...census.readers.keys()].map((id) => id.slice(0, 8)).join(', ');
  throw new SojournError(
    'object.confidential',
    `${name}: entry ${index}: expected a body that this node's key opens, found one that is closed to it; its confidential bodies are readable to ${who}: go on with it on a node that has one of these keys`,
    { details: { index, readers: [...census.readers.keys()] } },
  );
}
