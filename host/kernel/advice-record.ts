/**
 * How an advisor's answer goes into the record and comes back out of it. What the guest is given is always read from the entry, so that
 * a replay gives it the same.
 */
import { hex, stringifyJson } from '../json.ts';
import { ADVICE_OPERATION, readAdvice } from '../object/advice.ts';
import { encode } from '../object/codec.ts';
import type { Entry, EntryOf, ProposalBody } from '../object/model.ts';
import type { Hash } from '../ports.ts';
import { isList, isMap } from '../value.ts';
import type { Value } from '../value.ts';
import { Divergence } from './divergence.ts';
import type { Performed } from './performed.ts';

/** The entry of an answer that was taken; null for anything else that a call came to: that is a `result`. */
export function adviceBody(call: EntryOf<'call'>, performed: Performed, hash: Hash): ProposalBody | null {
  const { value } = performed;
  if (call.body.operation !== ADVICE_OPERATION || performed.error !== null || !isMap(value)) return null;
  const { source, confidence, content } = value;
  return {
    source: String(source),
    action: null,
    body: { call: call.seq, prompt: hash(encode(call.body.request)), answer: content ?? null },
    rationale: '',
    confidence: Number(confidence),
    fuel: 0,
  };
}

/** Whether the entry is an advisor's answer to this call. */
export function answersCall(entry: Entry | null, call: number): boolean {
  return entry?.kind === 'proposal' && readAdvice(entry.body)?.call === call;
}

/** An answer as the advisor gave it: what its bytes are counted by, live and in a replay. */
export function adviceGiven({ source, confidence, body }: ProposalBody): Value {
  return { source, confidence, content: isMap(body) ? (body['answer'] ?? null) : null };
}

/** What the guest is given: the contract's `answer`, its JSON fields as texts. Throws Divergence for an entry that holds none. */
export function adviceReply({ seq, body }: EntryOf<'proposal'>): Performed {
  const note = readAdvice(body);
  if (note === null) throw new Divergence(seq, 'expected an answer to a question, found another proposal');
  const value = {
    source: body.source,
    confidence: body.confidence,
    content: contentReply(note.answer),
    prompt: hex(note.prompt),
    seq,
  };
  return { class: 'success', error: null, value, message: null };
}

function contentReply(answer: Value): Value {
  if (!isMap(answer)) return answer;
  const { tag = null, val = null } = answer;
  if (tag === 'structured') return { tag, val: stringifyJson(val) };
  if (tag !== 'tool-calls' || !isList(val)) return { tag, val };
  return {
    tag,
    val: val.map((call) => (isMap(call) ? { ...call, arguments: stringifyJson(call['arguments'] ?? null) } : call)),
  };
}
