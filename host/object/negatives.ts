/**
 * The fold of negative capabilities (docs/failure-signals.md): what is known not to work, on which node or in which zone, until when. A
 * bounded list: each is retired when its condition holds, when it worked after all, or when a newer one takes its place.
 */
import { equalBytes } from './codec.ts';
import type { Entry, EntryOf } from './model.ts';
import type { NegativeNote } from './state.ts';
import { DEFAULT_LIMITS } from '../limits.ts';

/** Those that are left behind a cycle with these entries. */
export function negativesAfter(negatives: readonly NegativeNote[], entries: readonly Entry[]): readonly NegativeNote[] {
  const met = entries.filter((entry): entry is EntryOf<'negative'> => entry.kind === 'negative');
  const retired = retiredIn(entries);
  if (met.length === 0 && retired.size === 0) return negatives;
  const added = met.map(({ seq, cycle, time, body }): NegativeNote => ({ seq, cycle, since: time, body }));
  return [...negatives.filter(({ seq }) => !retired.has(seq)), ...added];
}

/** What is expected and found where the entry makes no sense behind those of its cycle; null where it does. */
export function checkNegatives(
  negatives: readonly NegativeNote[],
  entries: readonly Entry[],
  entry: EntryOf<'negative'> | EntryOf<'retire'>,
): readonly [expected: string, found: string] | null {
  const retired = retiredIn(entries);
  const live = negatives.filter(({ seq }) => !retired.has(seq));
  if (entry.kind === 'retire') {
    const { negative } = entry.body;
    return live.some(({ seq }) => seq === negative)
      ? null
      : ['a negative capability that is not retired', `${negative}`];
  }
  const met = entries.find(({ seq }) => seq === entry.body.because);
  if (met?.kind !== 'result' && met?.kind !== 'verdict')
    return ['a result or a verdict of this cycle as what it was met by', `${entry.body.because}`];
  // it speaks of who met it, and rules nobody else out
  if (entry.body.node === null || !equalBytes(entry.body.node, met.node))
    return ['the node that met it', entry.body.node === null ? 'every node' : 'another'];
  const added = entries.filter(({ kind }) => kind === 'negative').length;
  const most = DEFAULT_LIMITS.object.negatives;
  return live.length + added < most ? null : [`at most ${most} negative capabilities`, 'more'];
}

/** A failure signal tells of a failure, and of something in its cycle. */
export function checkFailure(
  entries: readonly Entry[],
  { body: { class: outcome, because } }: EntryOf<'failure'>,
): readonly [expected: string, found: string] | null {
  if (outcome === 'success' || outcome === 'deferral') return ['the class of a failure', outcome];
  const known = because === null || entries.some(({ seq }) => seq === because);
  return known ? null : ['an entry of this cycle as what it follows from', `${because}`];
}

function retiredIn(entries: readonly Entry[]): ReadonlySet<number> {
  return new Set(entries.flatMap((entry) => (entry.kind === 'retire' ? [entry.body.negative] : [])));
}
