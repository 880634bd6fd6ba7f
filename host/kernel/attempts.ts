/**
 * Attempts that changed nothing (R45, docs/polling.md): when one may be merged with those before it in place of a cycle of its own, and how
 * they are counted together. Only a call that leaves nothing behind may: the cycle that is not written is then not missed.
 */
import { readCharges } from '../object/charges.ts';
import { encode } from '../object/codec.ts';
import type { AttemptsBody, Entry, EntryOf, NegativeBody } from '../object/model.ts';
import { nextCall } from '../object/pending.ts';
import type { State } from '../object/state.ts';
import type { Hash } from '../ports.ts';
import type { CyclePorts } from './ports.ts';

/** Whether the next attempt of what is pending may turn out to be none to speak of: it reads, and nothing more. */
export function mayMerge(state: State, { providers }: Pick<CyclePorts, 'providers'>): boolean {
  const { pending } = state;
  const call = pending === null ? null : nextCall(pending.body, pending.cursor);
  return call !== null && providers.get(call.operation)?.repetition(call.request) === 'safe';
}

/**
 * The attempt of the cycle with these entries, to be merged; null where it is worth its cycle: it ended another way than the last
 * recorded one, was decided another way, waits for something else, rules out something else, or cost something that is counted.
 */
export function mergeableAttempt(
  before: State,
  after: State,
  entries: readonly Entry[],
  hash: Hash,
): AttemptsBody | null {
  const { pending } = before;
  const outcome = entries.at(-1);
  const calls = entries.filter((entry) => entry.kind === 'call');
  const result = entries.find((entry) => entry.kind === 'result');
  if (pending === null || after.pending?.digest !== pending.digest || outcome?.kind !== 'outcome') return null;
  if (calls.length !== 1 || result?.kind !== 'result' || calls.some((call) => isCharged(call))) return null;
  // the digest of an answer that few can be is the answer
  if (result.cover !== undefined) return null;
  if (!sameNegatives(before, after)) return null;
  const { time, body } = outcome;
  return {
    proposal: pending.proposal,
    count: 1,
    first: time,
    last: time,
    class: body.class,
    fuel: body.fuel,
    calls: body.calls,
    bytes: body.bytes,
    digest: result.body.error === null ? hash(encode(result.body.value)) : null,
  };
}

function isCharged({ body }: EntryOf<'call'>): boolean {
  return Object.keys(readCharges(body.verdict.constraints) ?? {}).length > 0;
}

/** Met again, a negative capability has another entry and says the same. */
function sameNegatives(before: State, after: State): boolean {
  const said = ({ negatives }: State): string[] => negatives.map(({ body }) => textOf(body)).toSorted();
  return JSON.stringify(said(before)) === JSON.stringify(said(after));
}

function textOf({ operation, target, node, zone, reason, until }: NegativeBody): string {
  return JSON.stringify([operation, target, node === null ? null : [...node], zone, reason, until]);
}

/** One more, behind those that are merged already. */
export function addAttempt(merged: AttemptsBody | null, one: AttemptsBody): AttemptsBody {
  if (merged === null) return one;
  return {
    ...one,
    count: merged.count + one.count,
    first: merged.first,
    fuel: merged.fuel + one.fuel,
    calls: merged.calls + one.calls,
    bytes: merged.bytes + one.bytes,
  };
}

/** True where this many merged attempts in all are to be sealed: a year of hourly ones then has 14 seals. */
export function isSealedAt(merged: number): boolean {
  return Number.isInteger(Math.log2(merged));
}
