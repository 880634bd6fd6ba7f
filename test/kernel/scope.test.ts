import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../host/kernel/operations.ts';
import { budgetLeft, checkBudgets, checkWithin, covers, exhaustedBudget } from '../../host/kernel/scope.ts';
import type { Scope } from '../../host/object/model.ts';

const NOTHING_SPENT = { fuel: 0, calls: 0, bytes: 0, cycles: 0, counters: {} };

function scope(capabilities: string[], zones: string[] = [], depth = 1): Scope {
  return { capabilities, zones, depth };
}

describe('scope', () => {
  test('covers by full name, by interface and by all', () => {
    expect(covers(['http.send'], 'http.send')).toBe(true);
    expect(covers(['kv.*'], 'kv.set')).toBe(true);
    expect(covers(['*'], 'tools.call')).toBe(true);
    expect(covers([], 'clock.now')).toBe(false);
  });

  test.each([
    [['HTTP.send'], 'http.send'],
    [['http.send '], 'http.send'],
    [['http.'], 'http.send'],
    [['h*'], 'http.send'],
    [['kv.*'], 'kvx.set'],
    [['ｈttp.send'], 'http.send'],
  ])('%j does not cover %s', (capabilities, operation) => {
    expect(covers(capabilities, operation)).toBe(false);
  });

  test('a child within its parent is within', () => {
    expect(checkWithin(scope(['http.*', 'kv.get']), scope(['http.send', 'kv.get']))).toBeNull();
    expect(checkWithin(scope(['*'], ['eu', 'us']), scope(['*'], ['eu']))).toBeNull();
  });

  test.each([
    ['capabilities', scope(['http.send']), scope(['http.*'])],
    ['capabilities', scope(['http.*']), scope(['*'])],
    ['zones', scope(['*'], ['eu']), scope(['*'], [])],
    ['zones', scope(['*'], ['eu']), scope(['*'], ['us'])],
    ['depth', scope(['*'], [], 0), scope(['*'])],
  ])('a child with wider %s is refused', (path, parent, child) => {
    expect(checkWithin(parent, child)?.path).toBe(path);
  });

  test('what a child may do, its parent may', () => {
    const pattern = fc.constantFrom(...OPERATIONS, '*', 'http.*', 'kv.*', 'memory.*', 'Http.send', 'kv.');
    fc.assert(
      fc.property(fc.array(pattern), fc.array(pattern), (parent, child) => {
        if (checkWithin(scope(parent), scope(child)) !== null) return;
        for (const operation of OPERATIONS) if (covers(child, operation)) expect(covers(parent, operation)).toBe(true);
      }),
    );
  });
});

describe('budgets', () => {
  test('what is left is the limit less what was spent, and never below nothing', () => {
    expect(budgetLeft({ fuel: 10 }, { ...NOTHING_SPENT, fuel: 4 }, 'fuel')).toBe(6);
    expect(budgetLeft({ fuel: 10 }, { ...NOTHING_SPENT, fuel: 40 }, 'fuel')).toBe(0);
    expect(budgetLeft({}, NOTHING_SPENT, 'fuel')).toBeNull();
    expect(exhaustedBudget({ cycles: 2 }, { ...NOTHING_SPENT, cycles: 2 })).toBe('cycles');
  });

  test('a child of a bounded parent must be bounded, and within what is left', () => {
    const spent = { ...NOTHING_SPENT, fuel: 40 };
    expect(checkBudgets({ fuel: 100 }, spent, { fuel: 60 })).toBeNull();
    expect(checkBudgets({ fuel: 100 }, spent, { fuel: 61 })?.path).toBe('budgets/fuel');
    expect(checkBudgets({ fuel: 100 }, spent, {})?.path).toBe('budgets/fuel');
  });
});
