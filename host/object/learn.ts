/**
 * Learning from a witness: what is known of other objects follows from the entries alone. A witness must tell something, so that
 * what is told again and again costs nothing.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { withReturn } from './children.ts';
import { equalBytes } from './codec.ts';
import { readEnd } from './end.ts';
import { withNote } from './known.ts';
import type { Known, KnownEnd, KnownFork, KnownOutcome } from './known.ts';
import type { EntryOf } from './model.ts';
import type { State } from './state.ts';
import { readWitness } from './witness.ts';
import type { Testimony } from './witness.ts';
import type { Hash } from '../ports.ts';

/**
 * State behind a witness. Errors: `object.chain` for one that does not fit together, is of the object itself, or tells nothing that
 * is not known.
 */
export function applyWitness(before: State, next: State, entry: EntryOf<'witness'>, hash: Hash): State {
  const said = readWitness(entry.body, hash);
  const id = hex(entry.body.id);
  const known = before.objects.get(id);
  const misfit = findMisfit(before, entry, said, known);
  if (misfit !== null) {
    const [expected, found] = misfit;
    throw new SojournError('object.chain', `entry ${entry.seq}: expected ${expected}, found ${found}`, {
      details: { index: entry.seq, expected, found },
    });
  }
  const now = learn(known, entry, said);
  const objects = new Map(before.objects).set(id, now);
  // the end of another branch than the one that is known is none
  const ended = now.ended?.seq === entry.seq;
  const learned: State = { ...next, ...(ended ? withReturn(next, entry, said) : {}), objects };
  const { dormancy } = next;
  const { outcome } = said;
  if (dormancy === null || outcome === null || !isLater(outcome.seq, known)) return learned;
  const note = { seq: entry.seq, class: outcome.body.class, count: 1, own: false };
  return { ...learned, dormancy: { ...dormancy, outcomes: withNote(dormancy.outcomes, note) } };
}

/** Whether a witness tells anything: a newer head, an end, a child given up, or a fork. */
export function isNews(known: Known | undefined, said: Testimony): boolean {
  if (known === undefined || said.statement.seq > known.at) return true;
  if (known.fork === null && findFork(known, 0, said) !== null) return true;
  if (said.cancels.some(({ body }) => !known.cancelled.has(body.name))) return true;
  const { outcome } = said;
  return outcome !== null && (isLater(outcome.seq, known) || (known.ended === null && readEnd(outcome.body) !== null));
}

/** True of an outcome behind the last one that is known. */
function isLater(seq: number, known: Known | undefined): boolean {
  return seq > (known?.last?.at ?? 0);
}

type Misfit = readonly [expected: string, found: string] | null;

function findMisfit(state: State, entry: EntryOf<'witness'>, said: Testimony, known: Known | undefined): Misfit {
  if (equalBytes(entry.body.id, state.id)) return ['a witness of another object', 'one of the object itself'];
  const { objectsKnown } = DEFAULT_LIMITS.object;
  if (known === undefined && state.objects.size >= objectsKnown)
    return [`witnesses of at most ${objectsKnown} objects`, 'one more'];
  if (known !== undefined && !isNews(known, said))
    return [`a witness that tells more than is known up to entry ${known.at}`, `one of entry ${said.statement.seq}`];
  return null;
}

/**
 * What is known behind a witness. An older one never moves the head back. Of two branches, the one that was known first stays what is
 * known.
 */
function learn(known: Known | undefined, entry: EntryOf<'witness'>, said: Testimony): Known {
  const { seq } = entry;
  if (known === undefined) return { ...headOf(entry, said), ...toldBy(undefined, entry, said), fork: null };
  const fork = known.fork ?? findFork(known, seq, said);
  if (fork !== null) return { ...known, fork };
  const head = said.statement.seq >= known.at ? headOf(entry, said) : known;
  return { ...known, ...head, ...toldBy(known, entry, said) };
}

type Head = Pick<Known, 'seq' | 'at' | 'head' | 'node' | 'time' | 'cycle' | 'trust'>;

function headOf({ seq }: EntryOf<'witness'>, { statement }: Testimony): Head {
  const { seq: at, head, node, time, cycle, trust } = statement;
  return { seq, at, head: hex(head), node: hex(node), time, cycle, trust };
}

function toldBy(
  known: Known | undefined,
  entry: EntryOf<'witness'>,
  said: Testimony,
): Pick<Known, 'ended' | 'last' | 'cancelled' | 'spent'> {
  const { seq, body } = entry;
  const { outcome } = said;
  const last: KnownOutcome | null =
    outcome !== null && isLater(outcome.seq, known)
      ? { class: outcome.body.class, reason: outcome.body.reason, seq, at: outcome.seq }
      : (known?.last ?? null);
  const given = said.cancels.map(({ body: { name, reason } }) => [name, { seq, reason }] as const);
  return {
    ended: known?.ended ?? endOf(entry, said),
    last,
    // the first witness of it counts
    cancelled: new Map([...given, ...(known?.cancelled ?? [])]),
    spent: body.spent ?? known?.spent ?? null,
  };
}

/** Two heads of one seal, or an outcome behind the end: nothing but checkpoints follows that. */
function findFork(known: Known, seq: number, said: Testimony): KnownFork | null {
  const { at, head, ended, last } = known;
  const { statement, outcome } = said;
  const other = hex(statement.head);
  const sameSeal = statement.seq === at && other !== head;
  const behindEnd = ended !== null && outcome !== null && outcome.seq > ended.at;
  const endsBefore = outcome !== null && last !== null && readEnd(outcome.body) !== null && outcome.seq < last.at;
  return sameSeal || behindEnd || endsBefore ? { at: statement.seq, heads: [head, other], seq } : null;
}

function endOf(entry: EntryOf<'witness'>, { outcome, entries }: Testimony): KnownEnd | null {
  const end = outcome === null ? null : readEnd(outcome.body);
  if (outcome === null || end === null) return null;
  const item = entries.findIndex(({ seq }) => seq === outcome.seq);
  return { achieved: end.achieved, class: outcome.body.class, seq: entry.seq, item, at: outcome.seq };
}
