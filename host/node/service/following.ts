/**
 * A store that nodes share: what the others do with its objects comes into this one's index. What they are at is left to them for a
 * little, and looked at when nothing more is heard; whether they have it, the store says.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Listed } from '../../ports.ts';
import type { Engine } from './engine.ts';
import { decodeNote } from './note.ts';
import { newsFor, newsOf } from './relations.ts';

/** What another node is at, or will be in a moment. */
const AWAY_MS = 500;
const AGAIN_MS = 1_000;

/** From now on, until the node closes. Does nothing for a store that nobody else has open. */
export function followStore(engine: Engine): void {
  const { store, closing, log } = engine;
  void (async () => {
    for (let isFirst = true; ; isFirst = false) {
      const changes = store.changes(closing.signal);
      if (changes === null) return;
      try {
        if (!isFirst) await takeAll(engine);
        for await (const listed of changes) await takeChange(engine, listed);
        return;
      } catch (error) {
        if (closing.signal.aborted) return;
        log.error({}, `changes: ${String(error)}`);
        await delay(AGAIN_MS, undefined, { ref: false });
      }
    }
  })();
}

/** What was not heard of. */
async function takeAll(engine: Engine): Promise<void> {
  for await (const listed of engine.store.list()) await takeChange(engine, listed);
}

async function takeChange({ index, stock, schedule, turns, ports }: Engine, listed: Listed): Promise<void> {
  const note = listed.note === null ? null : decodeNote(listed.note);
  const known = index.find(listed.name);
  // this node has done more with it since
  if (note !== null && index.isHere(known) && note.seq < index.seqOf(known)) return;
  const slot = await stock.take(listed);
  if (slot < 0) return;
  const now = ports.clock.now();
  const isOpen = listed.mark === null && note !== null && note.length < listed.length;
  const at = schedule.dueOf(slot);
  if (!turns.isBusy(slot)) schedule.putOff(slot, isOpen || at <= now ? now + AWAY_MS : at);
  schedule.addNews([...newsOf(index, slot), ...newsFor(index, slot)], now + AWAY_MS);
}
