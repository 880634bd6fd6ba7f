/**
 * Follows what others change in a store that they share, so that the index stays as the objects are. What others began is left to them
 * until their lease must have ended; then it is looked at here.
 */
import { SojournError } from '../../errors.ts';
import type { Listed } from '../../ports.ts';
import type { Engine } from './engine.ts';
import { decodeNote } from './note.ts';
import { newsOf } from './relations.ts';

/** Behind an error, before the store is asked anew. */
const AGAIN_MS = 1_000;

/** From the call on, until the node closes. Does nothing where nobody else can have the store open. */
export function followOthers(engine: Engine): void {
  const changes = engine.store.changes(engine.closing.signal);
  if (changes !== null) void follow(engine, changes);
}

async function follow(engine: Engine, first: AsyncIterable<Listed>): Promise<void> {
  const { store, closing, log } = engine;
  let changes: AsyncIterable<Listed> | null = first;
  while (!closing.signal.aborted && changes !== null) {
    try {
      for await (const listed of changes) await takeForeign(engine, listed);
    } catch (error) {
      if (closing.signal.aborted) return;
      log.error({ code: error instanceof SojournError ? error.code : 'internal' }, `changes: ${String(error)}`);
    }
    if (closing.signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    changes = store.changes(closing.signal);
    await catchUp(engine);
  }
}

/** What was missed while the store did not answer. */
async function catchUp(engine: Engine): Promise<void> {
  const { store, index, closing, log } = engine;
  try {
    for await (const listed of store.list()) {
      if (closing.signal.aborted) return;
      const slot = index.find(listed.name);
      if (!index.isHere(slot) || index.bytesOf(slot) !== listed.length) await takeForeign(engine, listed);
    }
  } catch (error) {
    log.error({ code: error instanceof SojournError ? error.code : 'internal' }, `changes: ${String(error)}`);
  }
}

async function takeForeign({ index, turns, stock, schedule }: Engine, listed: Listed): Promise<void> {
  // what is worked on here is known better here
  const known = index.find(listed.name);
  const note = listed.note === null ? null : decodeNote(listed.note);
  if (turns.isRunning(known) || (note !== null && index.isHere(known) && note.seq < index.seqOf(known))) return;
  const slot = await stock.take(listed);
  if (!index.isHere(slot) || turns.isRunning(slot)) return;
  schedule.setForeign(slot);
  // who changed it tells others of it, unless it is gone by then
  for (const { to } of newsOf(index, slot)) if (!turns.isBusy(to)) schedule.setForeign(to);
}
