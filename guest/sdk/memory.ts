/**
 * The object's history, read-only: every sealed entry, and those of the present cycle so far.
 */
import { read as readPage } from 'sojourn:object/memory@0.2.0';
import { callCapability } from './capability-error.ts';
import { decodeJson } from './json.ts';
import type { Json } from './json.ts';
import type { OutcomeClass } from './task.ts';
import { encodeU64 } from './u64.ts';

export interface MemoryEntry {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly node: string;
  readonly cycle: number;
  /** For example `call`, `result`, `proposal`, `outcome`, `failure`, `witness`. */
  readonly kind: string;
  readonly body: Json;
}

export interface MemoryQuery {
  /** Where to begin; default 0. */
  readonly start?: number;
  readonly kind?: string;
  /** Entries a page, 1 to 256; default 64. Each page is one call. */
  readonly pageSize?: number;
}

/** Entries in order of `seq`, read page by page as far as the caller goes. */
export function* read(query: MemoryQuery = {}): Generator<MemoryEntry, void> {
  let next: number | null = query.start ?? 0;
  while (next !== null) {
    const start = encodeU64(next, 'memory.read start');
    const page = callCapability('memory.read', () => readPage(start, query.pageSize ?? 64, query.kind));
    for (const entry of page.entries) {
      yield {
        seq: Number(entry.seq),
        time: Number(entry.time),
        node: entry.node,
        cycle: Number(entry.cycle),
        kind: entry.kind,
        body: decodeJson(entry.body),
      };
    }
    next = page.next === undefined || page.next === null ? null : Number(page.next);
  }
}

/** A failure signal: made by the host, never by a handler. */
export interface Failure {
  readonly seq: number;
  readonly time: number;
  readonly class: OutcomeClass;
  /** For example `http.send`. */
  readonly operation: string | null;
  /** What it aimed at, for example a host. */
  readonly target: string | null;
  readonly reason: string | null;
  /** Position of the entry that it follows from. */
  readonly because: number | null;
}

/** Something that could not be done, on this node or in this zone, when it was met. */
export interface Negative {
  readonly seq: number;
  readonly time: number;
  readonly operation: string;
  /** `*` for any. */
  readonly target: string;
  /** The node that it was met on; null for any. */
  readonly node: string | null;
  /** The zone that it was met in; null for any. */
  readonly zone: string | null;
  readonly reason: string;
  readonly because: number;
}

/** Failures from `start` on, in order. */
export function* failures(query: Omit<MemoryQuery, 'kind'> = {}): Generator<Failure, void> {
  for (const { seq, time, body } of read({ ...query, kind: 'failure' })) {
    // the host's own entry, by its kind
    yield { ...(body as unknown as Omit<Failure, 'seq' | 'time'>), seq, time };
  }
}

/** Negative capabilities that no entry has retired, in order. Whether one is still live where the handler runs now is the host's to say. */
export function negatives(): Negative[] {
  const retired = new Set<number>();
  for (const { body } of read({ kind: 'retire' })) retired.add((body as { readonly negative: number }).negative); // the host's own entry
  const found: Negative[] = [];
  for (const { seq, time, body } of read({ kind: 'negative' })) {
    if (retired.has(seq)) continue;
    const { operation, target, node, zone, reason, because } = body as unknown as Negative; // the host's own entry, by its kind
    found.push({ seq, time, operation, target, node, zone, reason, because });
  }
  return found;
}
