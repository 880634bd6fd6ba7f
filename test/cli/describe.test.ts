import { describe, expect, it } from 'vitest';
import { describeCondition, describeVerdict } from '../../host/cli/describe-condition.ts';
import { describeEntry } from '../../host/cli/describe-entry.ts';
import { shortId, showBytes, showCount, showDuration, showTime } from '../../host/cli/quantities.ts';
import type { Condition, Entry, Verdict } from '../../host/object/model.ts';
import type { Value } from '../../host/value.ts';

const signal = (name: string): Condition => ({ tag: 'signal', name });
const elapsed = (ms: number): Condition => ({ tag: 'elapsed', ms });
const group = (need: number, ...members: Condition[]): Condition => ({ tag: 'group', need, members });

describe('quantities', () => {
  it.each([
    [0, 'no time'],
    [1, '1 millisecond'],
    [90_000, '1 minute 30 seconds'],
    [30 * 86_400_000, '30 days'],
    [86_400_000 + 3_600_000, '1 day 1 hour'],
  ])('%d ms are %s', (ms, text) => {
    expect(showDuration(ms)).toBe(text);
  });

  it('shows every time that the format can hold', () => {
    expect(showTime(0)).toBe('1970-01-01 00:00:00 UTC');
    expect(showTime(8.64e15)).toBe('+275760-09-13 00:00:00 UTC');
    expect(showTime(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991 ms after 1970');
  });

  it('counts and measures', () => {
    expect([showCount(1, 'entry'), showCount(1234, 'entry'), showCount(2, 'day')]).toEqual([
      '1 entry',
      '1,234 entries',
      '2 days',
    ]);
    expect([showBytes(1), showBytes(20_480), showBytes(3_145_728)]).toEqual(['1 byte', '20.0 KiB', '3.0 MiB']);
  });

  it('calls a node without a key nobody', () => {
    expect([shortId(new Uint8Array(16)), shortId(new Uint8Array(16).fill(0xab))]).toEqual(['nobody', 'abababab']);
  });
});

describe('a wake condition', () => {
  it.each<[Condition, string]>([
    [{ tag: 'instant', at: 0 }, 'from 1970-01-01 00:00:00 UTC on'],
    [signal('*'), 'on any signal'],
    [elapsed(1000), 'after 1 second (1970-01-01 00:00:01 UTC)'],
    [group(1, signal('a'), signal('b')), 'on the signal "a" or on the signal "b"'],
    [group(2, signal('a'), signal('b')), 'on the signal "a" and on the signal "b"'],
    [group(2, signal('a'), signal('b'), signal('c')), '2 of: on the signal "a", on the signal "b", on the signal "c"'],
    [
      group(1, signal('a'), group(2, signal('b'), signal('c'))),
      'on the signal "a" or (on the signal "b" and on the signal "c")',
    ],
    [{ tag: 'outcomes', classes: [], count: 1 }, 'after 1 outcome'],
    [{ tag: 'outcomes', classes: ['failure', 'timeout'], count: 3 }, 'after 3 outcomes of class failure or timeout'],
    [{ tag: 'context', facet: 'policy', was: 'p' }, "when the node's policy has changed"],
    [{ tag: 'context', facet: 'node', was: 'n' }, 'on another node'],
    [{ tag: 'object', id: new Uint8Array(32).fill(0xab), state: 'ended', seq: 0 }, 'when object abababab has ended'],
    [
      { tag: 'object', id: new Uint8Array(32).fill(0xab), state: 'reached', seq: 9 },
      'when object abababab has reached entry 9',
    ],
    [group(1, signal('only')), 'on the signal "only"'],
  ])('%j is %s', (condition, text) => {
    expect(describeCondition(condition, 0)).toBe(text);
  });

  it('of any depth is described in bounded words', () => {
    let deep: Condition = signal('a');
    for (let level = 0; level < 5000; level++) deep = group(1, deep, signal('b'));
    expect(describeCondition(deep, null)).toContain('…');
  });
});

describe('a verdict', () => {
  const verdict = (fields: Partial<Verdict>): Verdict => ({
    verdict: 'reject',
    policies: [],
    reason: null,
    constraints: null,
    wake: null,
    ...fields,
  });

  it.each<[Partial<Verdict>, string]>([
    [{ reason: 'no-permit' }, 'rejected: no policy permits it'],
    [{ reason: 'invalid: url: expected one' }, 'rejected: invalid: url: expected one'],
    [{ verdict: 'permit', policies: ['node:a', 'carried:b'] }, 'permitted by node:a, carried:b'],
    [
      { verdict: 'constrain', policies: ['node:a'], constraints: { 'max-calls': 2 } },
      'permitted within bounds by node:a (max-calls 2)',
    ],
  ])('%j is "%s"', (fields, text) => {
    expect(describeVerdict(verdict(fields))).toBe(text);
  });
});

describe('an entry', () => {
  const header = { seq: 3, prev: new Uint8Array(32), time: 0, node: new Uint8Array(16), cycle: 1, policy: null };

  it('of a call that failed says so in bad tone', () => {
    const entry: Entry = {
      ...header,
      kind: 'result',
      body: { call: 2, class: 'timeout', error: 'timeout', value: null, message: 'no answer\u001b[2J within 5 ms' },
    };
    expect(describeEntry(entry)).toEqual({
      verb: 'answered',
      text: 'timeout: no answer[2J within 5 ms',
      quote: null,
      tone: 'bad',
    });
  });

  it('of a proposal quotes the reason, and how sure it is', () => {
    const body = {
      source: 'handler',
      action: 'termination',
      body: { achieved: false },
      rationale: 'no\nhope',
      confidence: 0.5,
      fuel: 1,
    } as const;
    expect(describeEntry({ ...header, kind: 'proposal', body })).toMatchObject({
      text: 'termination, its goal not achieved, 50 % sure',
      quote: 'no hope',
    });
  });

  it.each<[object, string]>([
    [{ tag: 'text', val: 'Done.\u001b[2J' }, 'by advice:triage/rules-3f, 90 % sure: Done.[2J'],
    [
      { tag: 'tool-calls', val: [{ id: 'a', name: 'refund', arguments: { cents: 5 } }] },
      'by advice:triage/rules-3f, 90 % sure: to call refund {"cents":5}',
    ],
    [{ tag: 'structured', val: { risk: 'low' } }, 'by advice:triage/rules-3f, 90 % sure: {"risk":"low"}'],
    [{ tag: 'tool-calls', val: 'no list' }, 'by advice:triage/rules-3f, 90 % sure: "no list"'],
  ])('of advice says who gave it and what: %j', (answer, text) => {
    const body = {
      source: 'advice:triage/rules-3f',
      action: null,
      body: { call: 2, prompt: new Uint8Array(32), answer: answer as Value },
      rationale: '',
      confidence: 0.9,
      fuel: 0,
    };
    expect(describeEntry({ ...header, kind: 'proposal', body })).toMatchObject({ verb: 'advised', text });
  });

  it('of a question says whom it goes to, and the last of what was said', () => {
    const messages = [{ role: 'user', content: 'Order 17\u001b[31m came late.' }];
    const verdict: Verdict = { verdict: 'permit', policies: ['node:a'], reason: null, constraints: null, wake: null };
    const body = { index: 0, operation: 'advice.ask', request: { advisor: 'triage', messages }, key: null, verdict };
    expect(describeEntry({ ...header, kind: 'call', body }).text).toBe(
      'advisor triage: Order 17[31m came late. — permitted by node:a',
    );
  });

  it('of an outcome that a bound ended names the bound', () => {
    const body = {
      class: 'failure',
      action: null,
      reason: 'bound:fuel',
      bound: 'fuel',
      message: 'used up',
      value: null,
      wake: null,
      fuel: 1000,
      calls: 0,
      bytes: 0,
    } as const;
    expect(describeEntry({ ...header, kind: 'outcome', body })).toMatchObject({
      text: 'failure: bound:fuel — used up (1,000 fuel)',
      tone: 'bad',
    });
  });
});
