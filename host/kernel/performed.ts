/**
 * What a call came to, as the kernel, the record and the guest each see it, and the verdicts that the kernel itself gives.
 */
import { countOf, readCharges } from '../object/charges.ts';
import type { EntryOf, OutcomeClass, ResultBody, Verdict } from '../object/model.ts';
import type { GuestErrorCode, GuestReply } from '../ports.ts';
import type { Value } from '../value.ts';
import { Divergence } from './divergence.ts';
import type { ProviderResult } from './ports.ts';

export interface Performed {
  readonly class: OutcomeClass;
  readonly error: GuestErrorCode | null;
  readonly value: Value;
  readonly message: string | null;
}

const CLASSES: { readonly [code in GuestErrorCode]: OutcomeClass } = {
  'denied': 'refusal',
  'limit': 'failure',
  'invalid': 'failure',
  'not-found': 'capability-missing',
  'schema': 'failure',
  'timeout': 'timeout',
  'unavailable': 'no-response',
  'unknown': 'no-response',
};

export function performedOf(result: ProviderResult): Performed {
  return result.ok
    ? { class: 'success', error: null, value: result.value, message: null }
    : { class: CLASSES[result.error], error: result.error, value: null, message: result.message };
}

/** A call that was answered, and took longer than it may. A failure is a failure, however long it took. */
export function late(performed: Performed): Performed {
  return performed.error === null ? { ...performed, class: 'latency' } : performed;
}

/** A call whose answer is not known and never will be. */
export function lostCall(message: string): Performed {
  return { class: 'no-response', error: 'unknown', value: null, message };
}

export function resultBody(entry: EntryOf<'call'>, performed: Performed): ResultBody {
  return {
    call: entry.seq,
    class: performed.class,
    error: performed.error,
    value: performed.value,
    message: performed.message,
  };
}

/** Reads a recorded result back. */
export function recordedResult(entry: EntryOf<'result'>): Performed {
  const { class: outcome, error, value, message } = entry.body;
  return { class: outcome, error: error === null ? null : errorCode(error, entry.seq), value, message };
}

export function replyOf(performed: Performed): GuestReply {
  return performed.error === null ? { ok: true, value: performed.value } : { ok: false, error: performed.error };
}

export function allows(verdict: Verdict): boolean {
  return verdict.verdict === 'permit' || verdict.verdict === 'constrain';
}

/** A rejection that no policy made. */
export function rejected(reason: string): Verdict {
  return { verdict: 'reject', policies: [], reason, constraints: null, wake: null };
}

/** A constraint that this call would pass is a rejection: it is applied, or nothing is done (R32). `nth` counts from 1. */
export function narrowed(verdict: Verdict, requestBytes: number, nth: number): Verdict {
  if (verdict.verdict !== 'constrain' || verdict.constraints === null) return verdict;
  const { 'max-request-bytes': bytes, 'max-calls': calls } = verdict.constraints;
  if (typeof bytes === 'number' && requestBytes > bytes)
    return { ...verdict, verdict: 'reject', reason: 'constraint:max-request-bytes' };
  if (typeof calls === 'number' && nth > calls)
    return { ...verdict, verdict: 'reject', reason: 'constraint:max-calls' };
  return verdict;
}

/** What the guest is told of a verdict: a code, no detail. */
export function denialOf(verdict: Verdict): GuestReply {
  if (verdict.reason?.startsWith('invalid') === true) return { ok: false, error: 'invalid' };
  const beyond = verdict.reason !== null && /^(?:constraint|budget):/.test(verdict.reason);
  return { ok: false, error: beyond ? 'limit' : 'denied' };
}

export function least(limit: number, narrower: Value | undefined): number {
  return typeof narrower === 'number' ? Math.min(limit, narrower) : limit;
}

function errorCode(text: string, seq: number): GuestErrorCode {
  if (!Object.hasOwn(CLASSES, text)) throw new Divergence(seq, `expected an error code of the contract, found ${text}`);
  // the line above leaves only the keys of CLASSES
  return text as GuestErrorCode;
}

/**
 * The verdict to act on where one is recorded that no seal covers: this node's own. Throws Divergence where it does not allow what
 * the record says was allowed, or charges more for it than the record, which stays; what the record says was denied stays denied.
 */
export function confirmed(seq: number, recorded: Verdict, own: () => Verdict): Verdict {
  if (!allows(recorded)) return recorded;
  const verdict = own();
  if (allows(verdict)) {
    const said = readCharges(recorded.constraints) ?? {};
    const charges = Object.entries(readCharges(verdict.constraints) ?? {});
    const more = charges.find(([counter, amount]) => amount > countOf(said, counter));
    if (more === undefined) return verdict;
    throw new Divergence(seq, `it is recorded, under no seal, as spending less of ${more[0]} than this node charges`);
  }
  throw new Divergence(seq, 'it is recorded as allowed, under no seal, and this node does not allow it');
}
