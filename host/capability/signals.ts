/**
 * `signals`: messages that were appended to the object from outside, each under the seal of the node that delivered it. Before the last
 * checkpoint, only those that no run of the handler could read: the checkpoint has them.
 */
import { stringifyJson } from '../json.ts';
import type { CycleView, Provider, ProviderResult } from '../kernel/ports.ts';
import type { Value, ValueMap } from '../value.ts';
import { createLocal, tooLong } from './local.ts';

export function createSignals(): Provider {
  return createLocal({ 'signals.read': read });
}

async function read({ name, after, limit }: ValueMap, cycle: CycleView, maxBytes: number): Promise<ProviderResult> {
  const { state } = cycle;
  const waiting = new Map(state.waiting.map(({ seq, payload }) => [seq, payload]));
  const wanted = state.signals
    .filter((note) => note.seq > Number(after) && (name === null || note.name === name))
    .filter((note) => note.seq > state.checkpoint || waiting.has(note.seq))
    .slice(0, Number(limit));
  const older = await readOlder(cycle, new Set(wanted.map(({ seq }) => seq).filter((seq) => !waiting.has(seq))));
  const signals: Value[] = [];
  let bytes = 0;
  for (const { seq, time, node, name: called } of wanted) {
    const payload = stringifyJson(waiting.get(seq) ?? older.get(seq) ?? null);
    bytes += payload.length;
    if (bytes > maxBytes) return signals.length === 0 ? tooLong(maxBytes) : { ok: true, value: signals };
    signals.push({ seq, time, node, name: called, payload });
  }
  return { ok: true, value: signals };
}

/** Payloads of signals that stand in the history. */
async function readOlder(cycle: CycleView, seqs: Set<number>): Promise<ReadonlyMap<number, Value>> {
  const payloads = new Map<number, Value>();
  if (seqs.size === 0) return payloads;
  for await (const entry of cycle.entries(Math.min(...seqs))) {
    if (entry.kind !== 'signal' || !seqs.delete(entry.seq)) continue;
    payloads.set(entry.seq, entry.body.payload);
    if (seqs.size === 0) break;
  }
  return payloads;
}
