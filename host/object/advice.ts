/**
 * Advice as it stands in an object: a proposal without an action, in place of the result of an `advice.ask` call. It says who was asked,
 * what (by digest) and what came back. It is never decided on, commits nothing and is no handler's proposal.
 */
import { compareBytes, encode } from './codec.ts';
import { sha256 } from './crypto.ts';
import type { Entry, EntryOf, ProposalBody } from './model.ts';
import { isMap } from '../value.ts';
import type { Value } from '../value.ts';

export const ADVICE_OPERATION = 'advice.ask';
export const ADVICE_PREFIX = 'advice:';

export interface AdviceNote {
  /** `seq` of the call that it answers. */
  readonly call: number;
  /** SHA-256 of the call's request, encoded. */
  readonly prompt: Uint8Array;
  /** The content as the advisor gave it: `{ tag, val }` in plain data. */
  readonly answer: Value;
}

/** What an advice entry holds; null for a handler's proposal, and for one whose body is another. */
export function readAdvice({ source, action, body }: ProposalBody): AdviceNote | null {
  if (action !== null || !source.startsWith(ADVICE_PREFIX) || !isMap(body)) return null;
  const { call, prompt, answer, ...rest } = body;
  const whole = Number.isSafeInteger(call) && prompt instanceof Uint8Array && answer !== undefined;
  return whole && Object.keys(rest).length === 0 ? { call: call as number, prompt, answer } : null; // checked
}

/** `seq` of the call that this entry answers: a result's, or an advice's; null for any other. */
export function answeredCall(entry: Entry): number | null {
  if (entry.kind === 'result') return entry.body.call;
  return entry.kind === 'proposal' ? (readAdvice(entry.body)?.call ?? null) : null;
}

/** What is wrong with a proposal in a cycle of these entries so far: expected and found. Null where nothing is. */
export function checkProposal(
  cycle: readonly Entry[],
  { body }: EntryOf<'proposal'>,
): readonly [expected: string, found: string] | null {
  const isAdvice = body.source.startsWith(ADVICE_PREFIX);
  if (body.action !== null) return isAdvice ? ['advice without an action', body.action] : null;
  const note = readAdvice(body);
  if (note === null) return ['advice with its call, prompt and answer', 'a proposal without an action'];
  const call = cycle.find((entry) => entry.kind === 'call' && entry.seq === note.call);
  if (call?.kind !== 'call' || call.body.operation !== ADVICE_OPERATION)
    return [`an ${ADVICE_OPERATION} call of this cycle`, `${note.call}`];
  if (cycle.some((entry) => answeredCall(entry) === note.call))
    return ['one answer to a call', `another for ${note.call}`];
  const asked = sha256(encode(call.body.request));
  return compareBytes(asked, note.prompt) === 0 ? null : ['the digest of what was asked', 'another'];
}
