/**
 * The object's history, read-only: every sealed entry, and those of the present cycle so far.
 */
import { read as readPage } from 'sojourn:object/memory@0.1.0';
import { callCapability } from './capability-error.ts';
import { decodeJson } from './json.ts';
import type { Json } from './json.ts';
import { encodeU64 } from './u64.ts';

export interface MemoryEntry {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly node: string;
  readonly cycle: number;
  /** For example `call`, `result`, `proposal`, `outcome`. */
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
