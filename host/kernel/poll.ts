/**
 * What a result says of a poll (R45): satisfied, not yet, or not enough input, which is neither; and where the next request goes on.
 * Pure: tests and pointers were checked when the proposal was read.
 */
import { encode, equalBytes } from '../object/codec.ts';
import { isList, isMap } from '../value.ts';
import type { Value } from '../value.ts';
import type { Cursor, Pointer, Predicate } from './predicate.ts';

export type PollAnswer = 'satisfied' | 'not-yet' | 'not-enough-input';

/** Three-valued: a group of which too few can be told is itself not to be told. */
export function judgePoll(predicate: Predicate, result: Value): PollAnswer {
  switch (predicate.tag) {
    case 'exists':
      return answer(resolvePointer(predicate.pointer, result) !== undefined);
    case 'group':
      return judgeGroup(
        predicate.need,
        predicate.members.map((member) => judgePoll(member, result)),
      );
    default: {
      const found = resolvePointer(predicate.pointer, result);
      return found === undefined ? 'not-enough-input' : compare(predicate, found);
    }
  }
}

function compare(test: Exclude<Predicate, { readonly tag: 'exists' | 'group' }>, found: Value): PollAnswer {
  switch (test.tag) {
    case 'equals':
      return answer(same(found, test.value));
    case 'not-equals':
      return answer(!same(found, test.value));
    case 'at-least':
      return typeof found === 'number' ? answer(found >= test.value) : 'not-enough-input';
    case 'at-most':
      return typeof found === 'number' ? answer(found <= test.value) : 'not-enough-input';
    case 'contains':
      if (isList(found)) return answer(contains(found, test.value));
      return typeof found === 'string' && typeof test.value === 'string'
        ? answer(found.includes(test.value))
        : 'not-enough-input';
  }
}

function judgeGroup(need: number, answers: readonly PollAnswer[]): PollAnswer {
  const satisfied = answers.filter((one) => one === 'satisfied').length;
  const open = answers.filter((one) => one === 'not-enough-input').length;
  if (satisfied >= need) return 'satisfied';
  return satisfied + open >= need ? 'not-enough-input' : 'not-yet';
}

function answer(holds: boolean): PollAnswer {
  return holds ? 'satisfied' : 'not-yet';
}

/** The value is written once: an answer has millions of members. */
function contains(members: readonly Value[], value: Value): boolean {
  const wanted = encode(value);
  return members.some((member) => equalBytes(encode(member), wanted));
}

function same(a: Value, b: Value): boolean {
  return equalBytes(encode(a), encode(b));
}

/** RFC 6901, section 4: the value at the pointer; undefined where there is none. */
export function resolvePointer(pointer: Pointer, value: Value): Value | undefined {
  let at: Value | undefined = value;
  for (const step of pointer) {
    if (isList(at)) at = /^(0|[1-9]\d*)$/.test(step) ? at[Number(step)] : undefined;
    else if (isMap(at)) at = Object.hasOwn(at, step) ? at[step] : undefined;
    else return undefined;
  }
  return at;
}

const CURSOR_CHARS = 1024;

/** What the result puts the cursor at: a text or a whole number. Null where it says nothing, or nothing that can be sent. */
export function cursorIn(cursor: Cursor | null, result: Value): string | number | null {
  const found = cursor === null ? undefined : resolvePointer(cursor.pointer, result);
  if (typeof found === 'string') return found !== '' && found.length <= CURSOR_CHARS ? found : null;
  return Number.isSafeInteger(found) ? Number(found) : null;
}
