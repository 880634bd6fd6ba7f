/** Budgets and children in words. */
import { describe, expect, it } from 'vitest';
import { describeSpent } from '../../host/cli/describe-budgets.ts';
import { describeChild } from '../../host/cli/describe-child.ts';
import { explainReason } from '../../host/cli/describe-condition.ts';
import type { Child } from '../../host/object/child.ts';

const NOTHING = { fuel: 0, calls: 0, bytes: 0, cycles: 0, counters: {} };
const CHILD: Child = { seq: 5, id: 'ab', status: 'running', told: 5, carved: {}, end: null };
const END = { seq: 9, achieved: true, result: { price: 12 }, back: {}, late: false };

describe('what was spent', () => {
  it('stands with its limit where there is one, counters by their names', () => {
    expect(describeSpent(NOTHING, {})).toBe('0 cycles, 0 fuel, 0 calls, 0 bytes');
    const spent = { fuel: 1200, calls: 2, bytes: 812, cycles: 3, counters: { cents: 120 } };
    expect(describeSpent(spent, { cycles: 50, fuel: 9000, counters: { cents: 500, tokens: 7 } })).toBe(
      '3 cycles of 50, 1,200 of 9,000 fuel, 2 calls, 812 bytes, 120 of 500 cents, 0 of 7 tokens',
    );
  });
});

describe('a child', () => {
  it.each<[Partial<Child>, string]>([
    [{}, 'not heard of since entry 5'],
    [{ status: 'returned', told: 9, end: END }, 'came back at entry 9, its goal achieved: {"price":12}'],
    [
      { status: 'returned', told: 9, end: { ...END, late: true, achieved: false, result: null } },
      'came back at entry 9, late, its goal not achieved: null',
    ],
    [{ status: 'missing', told: 7 }, 'missing since entry 7'],
    [{ status: 'cancelled', told: 7 }, 'given up at entry 7'],
    [
      { status: 'cancelled', told: 9, end: { ...END, achieved: false, result: null } },
      'ended as given up at entry 9, its goal not achieved: null',
    ],
  ])('%o is told as "%s"', (changes, text) => {
    expect(describeChild('part', { ...CHILD, ...changes })).toBe(`part: object ab (entry 5), ${text}`);
  });
});

it('reasons of budgets and of parents are said in words', () => {
  expect(explainReason('budget:cents')).toBe('what is left of cents does not cover it');
  expect(explainReason('budget:\u001b[31m')).not.toContain('\u001b');
  expect(explainReason('cancelled')).toBe('its parent gave it up');
});
