/** What a node tells of the objects that it works on, each thing once it is durable. */
import { readEnd } from '../../object/end.ts';
import type { Entry, EntryOf } from '../../object/model.ts';
import type { State } from '../../object/state.ts';
import type { Events } from './events.ts';

export function tellEntries(events: Events, object: string, entries: readonly Entry[]): void {
  for (const { seq, kind, cycle, time } of entries)
    events.tell({ type: 'entry', object, time, entry: { seq, kind, cycle } });
}

export function tellOutcome(events: Events, object: string, { seq, cycle, time, body }: EntryOf<'outcome'>): void {
  const { action, reason, message } = body;
  const what = { class: body.class, action, reason, message };
  events.tell({ type: 'outcome', object, time, entry: { seq, cycle }, ...what });
}

/** That it fell asleep or ended, where a cycle of this run did that. */
export function tellEnd(
  events: Events,
  object: string,
  { status, last }: State,
  before: State,
  wakesAt: number | null,
): void {
  if (last === null || last.seq === before.last?.seq) return;
  const { time, body } = last;
  if (status === 'dormant') events.tell({ type: 'asleep', object, time, wakesAt });
  const end = readEnd(body);
  if (end !== null) events.tell({ type: 'ended', object, time, achieved: end.achieved, class: body.class });
}
