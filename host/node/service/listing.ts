/**
 * Lists of objects from the index, by id, in pages: the cursor is the last id, and holds over restarts and on any node of a store.
 */
import { SojournError } from '../../errors.ts';
import { compareBytes } from '../../object/codec.ts';
import { fromHex } from '../../json.ts';
import type { ListFilter, ListPage } from './node.ts';
import type { WakeIndex } from './wake-index.ts';

const PAGE_MOST = 1_000;

/** Errors: `usage` for a limit or a cursor that is none. */
export function listObjects(index: WakeIndex, filter: ListFilter, isRunning: (slot: number) => boolean): ListPage {
  const limit = filter.limit ?? 100;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > PAGE_MOST)
    throw new SojournError('usage', `limit: expected 1 to ${PAGE_MOST}, found ${limit}`);
  const after = filter.cursor === undefined ? null : fromHex(filter.cursor);
  if (filter.cursor !== undefined && after?.length !== 32)
    throw new SojournError('usage', 'cursor: expected "next" of the page before, found something else');
  const fits = filterOf(index, filter);
  /** By id, one more than asked for. */
  const found: number[] = [];
  for (const slot of candidates(index, filter)) {
    if (!fits(slot) || (after !== null && compareBytes(index.idBytes(slot), after) <= 0)) continue;
    insert(index, found, slot);
    if (found.length > limit + 1) found.pop();
  }
  const objects = found.slice(0, limit).map((slot) => index.line(slot, isRunning(slot)));
  return { objects, next: found.length > limit ? (objects.at(-1)?.id ?? null) : null };
}

function* candidates(index: WakeIndex, { parent, amongObjects }: ListFilter): Generator<number> {
  if (amongObjects !== undefined) {
    const above = parent === undefined ? null : index.find(parent);
    for (const id of amongObjects) {
      const slot = index.find(id);
      if (slot >= 0 && (above === null || (above >= 0 && index.parentOf(slot) === above))) yield slot;
    }
  } else if (parent !== undefined) {
    const slot = index.find(parent);
    if (slot >= 0) yield* index.childrenOf(slot);
  } else for (let slot = 0; slot < index.slots; slot++) yield slot;
}

function filterOf(
  index: WakeIndex,
  { status, handler, kind, dueBefore, amongHandlers }: ListFilter,
): (slot: number) => boolean {
  const [byHandler, byKind] = [
    handler === undefined ? undefined : index.handlerNumber(handler),
    kind === undefined ? undefined : index.kindNumber(kind),
  ];
  const handlers =
    amongHandlers === undefined ? null : new Set(Array.from(amongHandlers, (one) => index.handlerNumber(one)));
  return (slot) =>
    index.isHere(slot) &&
    (handlers === null || handlers.has(index.handlerOf(slot))) &&
    (status === undefined || index.statusOf(slot) === status) &&
    (byHandler === undefined || byHandler === index.handlerOf(slot)) &&
    (byKind === undefined || byKind === index.kindOf(slot)) &&
    (dueBefore === undefined || (index.statusOf(slot) === 'dormant' && index.wakesAtOf(slot) < dueBefore));
}

/** At its place by id. */
function insert(index: WakeIndex, found: number[], slot: number): void {
  const id = index.idBytes(slot);
  let [low, high] = [0, found.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(index.idBytes(found[middle] ?? 0), id) < 0) low = middle + 1;
    else high = middle;
  }
  found.splice(low, 0, slot);
}
