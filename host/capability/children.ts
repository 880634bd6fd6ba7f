/** `children`: what the object's own memory tells of those that it has delegated to, in the order in which they were made. */
import { stringifyJson } from '../json.ts';
import type { CycleView, Provider, ProviderResult } from '../kernel/ports.ts';
import type { ValueMap } from '../value.ts';
import { createLocal, tooLong } from './local.ts';

export function createChildren(): Provider {
  return createLocal({ 'children.list': list });
}

function list(_request: ValueMap, { state }: CycleView, maxBytes: number): ProviderResult {
  const found = [...state.children]
    .toSorted(([, a], [, b]) => a.seq - b.seq)
    .map(([name, { id, status, end, told }]) => ({
      name,
      id,
      status,
      achieved: end === null ? null : end.achieved,
      result: end === null ? null : stringifyJson(end.result),
      seq: told,
    }));
  const bytes = found.reduce((sum, { result }) => sum + (result?.length ?? 0), 0);
  return bytes > maxBytes ? tooLong(maxBytes) : { ok: true, value: found };
}
