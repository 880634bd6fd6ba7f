/** `signals`: messages that were appended to the object from outside, each under the seal of the node that delivered it. */
import { hex, stringifyJson } from '../json.ts';
import type { CycleView, Provider, ProviderResult } from '../kernel/ports.ts';
import type { Value, ValueMap } from '../value.ts';
import { createLocal, tooLong } from './local.ts';

export function createSignals(): Provider {
  return createLocal({ 'signals.read': read });
}

async function read({ name, after, limit }: ValueMap, cycle: CycleView, maxBytes: number): Promise<ProviderResult> {
  const wanted = cycle.state.signals.filter(
    (note) => note.seq > Number(after) && (name === null || note.name === name),
  );
  const first = wanted[0];
  const signals: Value[] = [];
  if (first === undefined) return { ok: true, value: signals };
  const seqs = new Set(wanted.slice(0, Number(limit)).map((note) => note.seq));
  let bytes = 0;
  for await (const entry of cycle.entries(first.seq)) {
    if (entry.kind !== 'signal' || !seqs.delete(entry.seq)) continue;
    const payload = stringifyJson(entry.body.payload);
    bytes += payload.length;
    if (bytes > maxBytes) return signals.length === 0 ? tooLong(maxBytes) : { ok: true, value: signals };
    signals.push({ seq: entry.seq, time: entry.time, node: hex(entry.node), name: entry.body.name, payload });
    if (seqs.size === 0) break;
  }
  return { ok: true, value: signals };
}
