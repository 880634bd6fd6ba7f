/**
 * The small language of `@wake`, and how several of them become one condition.
 *
 *   wake = all *("or" all)        all = one *("and" one)
 *   one  = "signal" name | "after" duration | "at" instant | "changed" facet | "outcomes" class count | "(" wake ")"
 */
import { DEFAULT_LIMITS } from '../limits.ts';
import { OUTCOME_CLASSES } from '../object/condition.ts';
import type { Condition, ContextFacet } from '../object/model.ts';
import { parseDuration, parseInstant } from './instant.ts';

export type WakeResult =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly message: string };

const TEXT_MAX = 1024;
const FACETS: readonly ContextFacet[] = ['policy', 'node', 'zone', 'capabilities'];
const MAX_COUNT = DEFAULT_LIMITS.object.outcomesAwaited;
const ONE = '`signal`, `after`, `at`, `changed`, `outcomes` or `(`';
const SIGNAL_NAME = /^[a-z0-9._-]{1,64}$/;

class WakeError extends Error {}

/** Reads one `@wake` text. The message says what was expected and found, and at which character (from 1). */
export function parseWake(text: string, maxNodes: number): WakeResult {
  if (text.length > TEXT_MAX)
    return { ok: false, message: `expected at most ${TEXT_MAX} characters, found ${text.length}` };
  try {
    const condition = new WakeReader(text).read();
    const nodes = countNodes(condition);
    if (nodes > maxNodes)
      return { ok: false, message: `expected at most ${maxNodes} conditions and groups, found ${nodes}` };
    return { ok: true, condition };
  } catch (error) {
    if (error instanceof WakeError) return { ok: false, message: error.message };
    throw error;
  }
}

/** The object wakes when any of the conditions holds, since each alone may change the verdict. Equal ones count once. */
export function anyOf(conditions: readonly Condition[]): Condition | null {
  const members = conditions.flatMap((one) => (one.tag === 'group' && one.need === 1 ? one.members : [one]));
  const distinct = [...new Map(members.map((one) => [JSON.stringify(one), one])).values()];
  return distinct.length > 1 ? { tag: 'group', need: 1, members: distinct } : (distinct[0] ?? null);
}

export function countNodes(condition: Condition): number {
  if (condition.tag !== 'group') return 1;
  return condition.members.reduce((sum, member) => sum + countNodes(member), 1);
}

interface Word {
  readonly text: string;
  readonly at: number;
}

/** Recursive descent. Depth is bounded by the length of the text. */
class WakeReader {
  private readonly words: readonly Word[];
  private readonly end: number;
  private next = 0;

  constructor(text: string) {
    this.words = [...text.matchAll(/[()]|[^\s()]+/g)].map((match) => ({ text: match[0], at: match.index + 1 }));
    this.end = text.length + 1;
  }

  read(): Condition {
    const condition = this.readGroup('or');
    const rest = this.words[this.next];
    if (rest !== undefined) throw this.failure('`or`, `and` or the end', rest);
    return condition;
  }

  private readGroup(joint: 'or' | 'and'): Condition {
    const readMember = () => (joint === 'or' ? this.readGroup('and') : this.readOne());
    const members = [readMember()];
    while (this.words[this.next]?.text === joint) {
      this.next += 1;
      members.push(readMember());
    }
    const [only] = members;
    if (members.length === 1 && only !== undefined) return only;
    return { tag: 'group', need: joint === 'or' ? 1 : members.length, members };
  }

  private readOne(): Condition {
    const word = this.take(ONE);
    if (word.text === '(') return this.readNested();
    if (word.text === 'signal') return { tag: 'signal', name: this.readSignalName() };
    if (word.text === 'after')
      return { tag: 'elapsed', ms: this.readNumber('a duration such as P30D or PT12H', parseDuration) };
    if (word.text === 'at')
      return { tag: 'instant', at: this.readNumber('an instant such as 2027-01-01T00:00:00Z', parseInstant) };
    // what it was until now is for the kernel to fill in
    if (word.text === 'changed') return { tag: 'context', facet: this.readName(FACETS), was: '' };
    if (word.text === 'outcomes') return this.readOutcomes();
    throw this.failure(ONE, word);
  }

  private readNested(): Condition {
    const condition = this.readGroup('or');
    const close = this.take('`)`');
    if (close.text !== ')') throw this.failure('`)`', close);
    return condition;
  }

  private readSignalName(): string {
    const expected = 'a signal name of 1 to 64 characters a-z, 0-9, `-`, `.`, `_`';
    const word = this.take(expected);
    if (!SIGNAL_NAME.test(word.text)) throw this.failure(expected, word);
    return word.text;
  }

  private readOutcomes(): Condition {
    const name = this.readName(['any', ...OUTCOME_CLASSES]);
    const count = this.readNumber(`a number from 1 to ${MAX_COUNT}`, (text) => {
      const number = /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : 0;
      return number >= 1 && number <= MAX_COUNT ? number : null;
    });
    return { tag: 'outcomes', classes: name === 'any' ? [] : [name], count };
  }

  private readName<T extends string>(names: readonly T[]): T {
    const expected = `one of ${names.join(', ')}`;
    const word = this.take(expected);
    const name = names.find((one) => one === word.text);
    if (name === undefined) throw this.failure(expected, word);
    return name;
  }

  private readNumber(expected: string, parse: (text: string) => number | null): number {
    const word = this.take(expected);
    const value = parse(word.text);
    if (value === null) throw this.failure(expected, word);
    return value;
  }

  private take(expected: string): Word {
    const word = this.words[this.next];
    if (word === undefined) throw new WakeError(`character ${this.end}: expected ${expected}, found the end`);
    this.next += 1;
    return word;
  }

  private failure(expected: string, found: Word): WakeError {
    return new WakeError(`character ${found.at}: expected ${expected}, found ${JSON.stringify(found.text)}`);
  }
}
