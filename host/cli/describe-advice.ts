/**
 * A question to an advisor and its answer in one sentence each. Both are somebody else's words: nothing of them reaches the terminal as it
 * is, and an answer is never told as something that happened.
 */
import { stringifyJson } from '../json.ts';
import { readAdvice } from '../object/advice.ts';
import type { EntryOf } from '../object/model.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { cleanLine } from './safe-text.ts';
import { say } from './sentence.ts';
import type { Sentence } from './sentence.ts';

const TEXT_MAX = 160;

/** `asks advisor triage: "…"`: the last of what was said. */
export function describeQuestion({ advisor, messages }: ValueMap): string {
  const last = isList(messages) ? messages.at(-1) : undefined;
  const said = isMap(last) && typeof last['content'] === 'string' ? last['content'] : '';
  const name = typeof advisor === 'string' ? cleanLine(advisor, 32) : '?';
  return `advisor ${name}${said === '' ? '' : `: ${cleanLine(said, TEXT_MAX)}`}`;
}

/** Null for a proposal that is no advice. */
export function describeAdvice({ body }: EntryOf<'proposal'>): Sentence | null {
  const note = readAdvice(body);
  if (note === null) return null;
  const sure = body.confidence === 0 ? '' : `, ${Math.round(body.confidence * 100)} % sure`;
  return say('advised', `by ${cleanLine(body.source, 128)}${sure}: ${describeAnswer(note.answer)}`);
}

function describeAnswer(answer: Value): string {
  const { tag, val = null }: ValueMap = isMap(answer) ? answer : {};
  if (tag === 'text') return cleanLine(String(val), TEXT_MAX);
  if (tag !== 'tool-calls' || !isList(val)) return cleanLine(stringifyJson(val), TEXT_MAX);
  const calls = val.map((call) => {
    const { name = null, arguments: given = null }: ValueMap = isMap(call) ? call : {};
    return `${String(name)} ${stringifyJson(given)}`;
  });
  return `to call ${cleanLine(calls.join(', '), TEXT_MAX)}`;
}
