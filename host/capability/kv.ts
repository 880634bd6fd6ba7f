/**
 * `kv`: keyed state that is the fold of the object's entries. A write is checked against the memory schema and the state's
 * bounds here; it becomes part of the object with the cycle's proposal. Keys are compared as UTF-8 bytes.
 */
import { parseJson, stringifyJson } from '../json.ts';
import type { CycleView, Provider, ProviderResult } from '../kernel/ports.ts';
import { checkMemory } from '../kernel/memory-schema.ts';
import type { Value, ValueMap } from '../value.ts';
import { createLocal, tooLong } from './local.ts';

export function createKv(): Provider {
  return createLocal({ 'kv.get': get, 'kv.set': set, 'kv.delete': remove, 'kv.keys': keys });
}

function get({ key }: ValueMap, cycle: CycleView, maxBytes: number): ProviderResult {
  const found = read(cycle, String(key));
  const text = found === null ? null : stringifyJson(found.value);
  return text !== null && text.length > maxBytes ? tooLong(maxBytes) : { ok: true, value: text };
}

function read(cycle: CycleView, key: string): { readonly value: Value } | null {
  return cycle.writes.has(key) ? (cycle.writes.get(key) ?? null) : (cycle.state.values.get(key) ?? null);
}

function set({ key, value }: ValueMap, cycle: CycleView): ProviderResult {
  const { stateBytes, stateKeys } = cycle.limits.object;
  const parsed = parseJson(String(value), stateBytes);
  if (!parsed.ok) return { ok: false, error: 'invalid', message: parsed.message };
  const misfit = checkMemory(cycle.state.genesis.schema, String(key), parsed.value);
  if (misfit !== null) return { ok: false, error: 'schema', message: misfit };
  const size = sizeWith(cycle, String(key), String(value).length);
  if (size.keys > stateKeys) return { ok: false, error: 'limit', message: `expected at most ${stateKeys} keys` };
  if (size.bytes > stateBytes)
    return { ok: false, error: 'limit', message: `expected at most ${stateBytes} bytes of state` };
  cycle.writes.set(String(key), { value: parsed.value });
  return { ok: true, value: null };
}

function remove({ key }: ValueMap, cycle: CycleView): ProviderResult {
  const misfit = checkMemory(cycle.state.genesis.schema, String(key), undefined);
  if (misfit !== null) return { ok: false, error: 'schema', message: misfit };
  cycle.writes.set(String(key), null);
  return { ok: true, value: null };
}

function keys({ prefix, after, limit }: ValueMap, cycle: CycleView, maxBytes: number): ProviderResult {
  const all = liveKeys(cycle).filter((key) => key.startsWith(String(prefix)));
  const page = all
    .toSorted(compareBytes)
    .filter((key) => after === null || compareBytes(key, String(after)) > 0)
    .slice(0, Number(limit));
  return page.join().length > maxBytes ? tooLong(maxBytes) : { ok: true, value: page };
}

function liveKeys(cycle: CycleView): readonly string[] {
  const names = new Set([...cycle.state.values.keys(), ...cycle.writes.keys()]);
  return [...names].filter((key) => read(cycle, key) !== null);
}

/** Text lengths bound the stored bytes from below by a factor of three at most; the bound is on what a guest may pile up. */
function sizeWith(cycle: CycleView, key: string, length: number): { readonly keys: number; readonly bytes: number } {
  const others = liveKeys(cycle).filter((name) => name !== key);
  const bytes = others.reduce(
    (sum, name) => sum + name.length + stringifyJson(read(cycle, name)?.value ?? null).length,
    0,
  );
  return { keys: others.length + 1, bytes: bytes + key.length + length };
}

function compareBytes(a: string, b: string): number {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
