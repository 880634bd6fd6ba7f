/**
 * `memory`: the object's own entries, read-only and paged. Bodies are the JSON that `sojourn show --json` prints. It begins behind the
 * last checkpoint, so that a handler sees the same with and without what stands in archives.
 */
import { hex, stringifyJson } from '../json.ts';
import type { CycleView, Provider, ProviderResult } from '../kernel/ports.ts';
import { entryJson } from '../object/json.ts';
import type { Value, ValueMap } from '../value.ts';
import { createLocal, tooLong } from './local.ts';

export function createMemory(): Provider {
  return createLocal({ 'memory.read': read });
}

async function read({ start, limit, kind }: ValueMap, cycle: CycleView, maxBytes: number): Promise<ProviderResult> {
  const entries: Value[] = [];
  let bytes = 0;
  for await (const entry of cycle.entries(Math.max(cycle.state.checkpoint + 1, Number(start)))) {
    if (kind !== null && entry.kind !== kind) continue;
    if (entries.length === Number(limit)) return { ok: true, value: { entries, next: entry.seq } };
    const body = stringifyJson(entryJson(entry)['body'] ?? null);
    bytes += body.length;
    if (bytes > maxBytes)
      return entries.length === 0 ? tooLong(maxBytes) : { ok: true, value: { entries, next: entry.seq } };
    entries.push({
      seq: entry.seq,
      time: entry.time,
      node: hex(entry.node),
      cycle: entry.cycle,
      kind: entry.kind,
      body,
    });
  }
  return { ok: true, value: { entries, next: null } };
}
