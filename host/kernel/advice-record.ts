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
import type { Value, ValueMap } from '../value.ts';
import { checkContent } from './advice-answer.ts';
import { readQuestion } from './advice-question.ts';
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

/**
 * What the guest is given: the contract's `answer`, its JSON fields as texts. Whoever wrote the entry may have checked nothing, so it is
 * held against the question again. Throws Divergence for an entry that is no answer to it.
 */
export function adviceReply({ seq, body }: EntryOf<'proposal'>, request: ValueMap): Performed {
  const note = readAdvice(body);
  const asked = readQuestion(request);
  if (note === null || !asked.ok) throw new Divergence(seq, 'expected an answer to a question, found another proposal');
  const checked = checkContent(asked.question, note.answer);
  if (!checked.ok) throw new Divergence(seq, checked.message);
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
