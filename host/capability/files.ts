/** `files`: what the object carries, read-only. The content stands in the object itself, so a replay reads the same. */
import type { CycleView, Provider, ProviderResult } from '../kernel/ports.ts';
import type { ValueMap } from '../value.ts';
import { createLocal, tooLong } from './local.ts';

export function createFiles(): Provider {
  return createLocal({ 'files.read': read });
}

async function read({ path }: ValueMap, cycle: CycleView, maxBytes: number): Promise<ProviderResult> {
  const file = cycle.state.files.get(String(path));
  if (file === undefined) return { ok: false, error: 'not-found', message: `${String(path)}: no such file` };
  if (file.size > maxBytes) return tooLong(maxBytes);
  for await (const entry of cycle.entries(file.seq))
    if (entry.kind === 'blob') return { ok: true, value: entry.body.bytes };
  return { ok: false, error: 'not-found', message: `${String(path)}: its blob is not there` };
}
