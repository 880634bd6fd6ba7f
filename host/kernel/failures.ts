/**
 * Failure signals (R47, docs/failure-signals.md): what went wrong in a cycle, as entries that later cycles can act on. The host derives
 * them from what the cycle recorded, so a replay comes to the same; a guest can neither make nor leave out one.
 */
import { DEFAULT_LIMITS } from '../limits.ts';
import type { Entry, EntryOf, FailureBody, OutcomeClass } from '../object/model.ts';
import { executionIn, nextCall } from '../object/pending.ts';
import type { State } from '../object/state.ts';
import { isMap } from '../value.ts';
import type { ValueMap } from '../value.ts';
import type { Ending } from './outcome.ts';
import { allows } from './performed.ts';
import { ANY_TARGET, targetOf } from './target.ts';

/** Failures of one cycle that are told: the same on every node, for they are part of the record. The end of the cycle comes last. */
const MOST = DEFAULT_LIMITS.object.failures;

/** The failure signals of a cycle that has recorded `entries` and ends so. */
export function failuresIn(
  entries: readonly Entry[],
  ending: Ending,
  pending: State['pending'],
): readonly FailureBody[] {
  const ofCalls = entries.flatMap((entry) => {
    if (entry.kind === 'result') return failedResult(entry, entries);
    return entry.kind === 'call' && !allows(entry.body.verdict) ? [refusedCall(entry)] : [];
  });
  const ofEnd = failedEnd(entries, ending, pending);
  const told = ofCalls.some((failure) => failure.because === ofEnd?.because);
  if (ofEnd === null || told) return ofCalls.slice(0, MOST);
  return [...ofCalls.slice(0, MOST - 1), ofEnd];
}

function failedResult({ seq, body }: EntryOf<'result'>, entries: readonly Entry[]): readonly FailureBody[] {
  if (!isFailure(body.class)) return [];
  const call = entries.find((entry) => entry.kind === 'call' && entry.seq === body.call);
  const reason = body.error ?? (body.class === 'latency' ? 'latency' : null);
  return [{ class: body.class, ...aimOf(call), reason, because: seq }];
}

function refusedCall(call: EntryOf<'call'>): FailureBody {
  return { class: 'refusal', ...aimOf(call), reason: call.body.verdict.reason ?? 'policy', because: call.seq };
}

/** What the cycle as a whole failed at; null where it did not. Sleeping, and asking once more, is no failure. */
function failedEnd(entries: readonly Entry[], ending: Ending, pending: State['pending']): FailureBody | null {
  const { class: outcome, reason } = lastAttempt(ending) ?? ending;
  if (!isFailure(outcome) || reason === 'cursor-moved') return null;
  const proposal = entries.findLast((entry) => entry.kind === 'proposal' && entry.body.source === 'handler');
  const call = ending.action === 'execution' || ending.action === 'termination' ? executedCall(entries) : null;
  const result = entries.findLast((entry) => entry.kind === 'result' && entry.body.call === call?.seq);
  const because = result ?? call ?? proposal ?? entries[0];
  const aim = call === null ? plannedAim(executionIn(entries, pending), ending) : aimOf(call);
  return { class: outcome, ...aim, reason, because: because?.seq ?? null };
}

/** The call that the execution itself made: one behind the proposal, or in a cycle that no handler ran in. */
export function executedCall(entries: readonly Entry[]): EntryOf<'call'> | null {
  const proposal = entries.findLast((entry) => entry.kind === 'proposal' && entry.body.source === 'handler');
  const call = entries.findLast((entry) => entry.kind === 'call' && entry.seq > (proposal?.seq ?? 0));
  return call?.kind === 'call' ? call : null;
}

function plannedAim(body: ValueMap | null, ending: Ending): Pick<FailureBody, 'operation' | 'target'> {
  const call = ending.action === 'execution' && body !== null ? nextCall(body, null) : null;
  if (call === null) return { operation: null, target: null };
  return { operation: call.operation, target: shownTarget(call.operation, call.request) };
}

function aimOf(call: Entry | undefined): Pick<FailureBody, 'operation' | 'target'> {
  if (call?.kind !== 'call') return { operation: null, target: null };
  const { operation, request } = call.body;
  return { operation, target: shownTarget(operation, request) };
}

function shownTarget(operation: string, request: ValueMap): string | null {
  const target = targetOf(operation, request);
  return target === ANY_TARGET ? null : target;
}

/** Where the end of an envelope ended the object: how its last attempt ended. */
function lastAttempt({ action, reason, value }: Ending): Pick<FailureBody, 'class' | 'reason'> | null {
  if (action !== 'termination' || reason?.startsWith('envelope:') !== true || !isMap(value)) return null;
  const { result } = value;
  // the kernel wrote it from the attempt's own class
  return isMap(result) ? { class: result['class'] as OutcomeClass, reason } : null;
}

function isFailure(outcome: OutcomeClass): boolean {
  return outcome !== 'success' && outcome !== 'deferral';
}
