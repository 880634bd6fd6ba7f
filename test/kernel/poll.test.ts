import { describe, expect, it } from 'vitest';
import { cursorIn, judgePoll, resolvePointer } from '../../host/kernel/poll.ts';
import type { PollAnswer } from '../../host/kernel/poll.ts';
import type { Predicate } from '../../host/kernel/predicate.ts';
import { retryAfter } from '../../host/kernel/retry-after.ts';
import type { Value } from '../../host/value.ts';

const JOB: Value = { 'state': 'running', 'done': 40, 'tags': ['a', { b: 1 }], 'a/b': { 'm~n': 0 }, 'note': null };
const at = (...pointer: string[]) => pointer;

describe('a pointer', () => {
  it.each<[readonly string[], Value | undefined]>([
    [[], JOB],
    [['done'], 40],
    [['tags', '1', 'b'], 1],
    [['a/b', 'm~n'], 0],
    [['note'], null],
    [['tags', '01'], undefined],
    [['tags', '-'], undefined],
    [['tags', '2'], undefined],
    [['tags', 'length'], undefined],
    [['__proto__'], undefined],
    [['constructor', 'name'], undefined],
    [['state', '0'], undefined],
  ])('%j leads to its value or nowhere', (pointer, expected) => {
    expect(resolvePointer(pointer, JOB)).toEqual(expected);
  });
});

describe('a test', () => {
  it('does not cost what it is compared with once for each member of a long answer', () => {
    const value: Value = Array.from({ length: 100_000 }, () => 1);
    const long: Value = Array.from({ length: 500_000 }, (_, n) => n);
    expect(judgePoll({ tag: 'contains', pointer: at(), value }, long)).toBe('not-yet');
    expect(judgePoll({ tag: 'contains', pointer: at(), value }, [...long, value])).toBe('satisfied');
  });

  it.each<[Predicate, PollAnswer]>([
    [{ tag: 'exists', pointer: at('state') }, 'satisfied'],
    [{ tag: 'exists', pointer: at('result') }, 'not-yet'],
    [{ tag: 'equals', pointer: at('state'), value: 'running' }, 'satisfied'],
    [{ tag: 'equals', pointer: at('state'), value: 'done' }, 'not-yet'],
    [{ tag: 'equals', pointer: at('tags'), value: ['a', { b: 1 }] }, 'satisfied'],
    [{ tag: 'equals', pointer: at('result'), value: 'done' }, 'not-enough-input'],
    [{ tag: 'equals', pointer: at('note'), value: null }, 'satisfied'],
    [{ tag: 'not-equals', pointer: at('state'), value: 'running' }, 'not-yet'],
    [{ tag: 'not-equals', pointer: at('result'), value: 1 }, 'not-enough-input'],
    [{ tag: 'at-least', pointer: at('done'), value: 40 }, 'satisfied'],
    [{ tag: 'at-least', pointer: at('done'), value: 40.5 }, 'not-yet'],
    [{ tag: 'at-least', pointer: at('state'), value: 1 }, 'not-enough-input'],
    [{ tag: 'at-most', pointer: at('done'), value: 39 }, 'not-yet'],
    [{ tag: 'at-most', pointer: at('done'), value: 40 }, 'satisfied'],
    [{ tag: 'contains', pointer: at('tags'), value: { b: 1 } }, 'satisfied'],
    [{ tag: 'contains', pointer: at('tags'), value: 'b' }, 'not-yet'],
    [{ tag: 'contains', pointer: at('state'), value: 'run' }, 'satisfied'],
    [{ tag: 'contains', pointer: at('state'), value: 1 }, 'not-enough-input'],
    [{ tag: 'contains', pointer: at('done'), value: 4 }, 'not-enough-input'],
  ])('%j', (predicate, expected) => {
    expect(judgePoll(predicate, JOB)).toBe(expected);
  });

  const satisfied: Predicate = { tag: 'exists', pointer: at('state') };
  const notYet: Predicate = { tag: 'exists', pointer: at('result') };
  const unknown: Predicate = { tag: 'equals', pointer: at('result'), value: 1 };

  it.each<[number, readonly Predicate[], PollAnswer]>([
    [1, [notYet, satisfied, unknown], 'satisfied'],
    [1, [notYet, unknown], 'not-enough-input'],
    [1, [notYet, notYet], 'not-yet'],
    [2, [satisfied, unknown], 'not-enough-input'],
    [2, [notYet, unknown], 'not-yet'],
    [2, [satisfied, notYet, satisfied], 'satisfied'],
  ])('of a group, %i of %j: what cannot be told decides only where it could', (need, members, expected) => {
    expect(judgePoll({ tag: 'group', need, members }, JOB)).toBe(expected);
  });
});

describe('a cursor', () => {
  it.each<[Value, string | number | null]>([
    ['b', 'b'],
    [7, 7],
    ['', null],
    ['x'.repeat(1025), null],
    [1.5, null],
    [{ a: 1 }, null],
    [null, null],
    [true, null],
  ])('is a text or a whole number: %j', (next, expected) => {
    expect(cursorIn({ pointer: ['next'], parameter: 'after' }, { next })).toBe(expected);
  });

  it('is none where the poll has none, or the result nothing', () => {
    expect(cursorIn(null, { next: 1 })).toBeNull();
    expect(cursorIn({ pointer: ['next'], parameter: 'after' }, [])).toBeNull();
  });
});

describe('Retry-After', () => {
  const answer = (headers: { readonly [name: string]: string }): Value => ({
    status: 503,
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    body: new Uint8Array(0),
  });

  it.each<[{ readonly [name: string]: string }, number | null]>([
    [{ 'retry-after': '120' }, 120_000],
    [{ 'retry-after': ' 0 ' }, 0],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:01:40 GMT' }, 90_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:01:40 GMT', 'date': 'Thu, 01 Jan 1970 00:01:00 GMT' }, 40_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:01 GMT' }, 0],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': '1e9' }, null],
    [{ 'retry-after': '99999999999999999999' }, null],
    [{ 'retry-after': 'tomorrow' }, null],
    [{}, null],
  ])('%j', (headers, expected) => {
    expect(retryAfter(answer(headers), 10_000)).toBe(expected);
  });

  it('is none where there was no answer', () => {
    expect(retryAfter(null, 0)).toBeNull();
  });
});
