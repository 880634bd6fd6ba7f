import { describe, expect, test } from 'vitest';
import { nextTrust, TRUST_START } from '../../host/kernel/trust.ts';
import type { OutcomeClass } from '../../host/object/model.ts';

function after(trust: number, ...classes: OutcomeClass[]): number {
  return classes.reduce((value, name) => nextTrust(value, { class: name, reason: null, bound: null }), trust);
}

describe('trust slope', () => {
  test('begins whole and stays whole through successes', () => {
    expect(after(TRUST_START, 'success', 'success')).toBe(1000);
  });

  test('a break costs at once and recovery is slower', () => {
    expect(after(1000, 'failure')).toBe(900);
    expect(after(1000, 'failure', 'success')).toBe(910);
    expect(after(1000, 'failure', ...Array.from({ length: 10 }, (): OutcomeClass => 'success'))).toBe(1000);
  });

  test('a broken bound and a trap cost twice', () => {
    expect(nextTrust(1000, { class: 'failure', reason: 'bound:fuel', bound: 'fuel' })).toBe(800);
    expect(nextTrust(1000, { class: 'failure', reason: 'trap', bound: null })).toBe(800);
  });

  test('waiting for an approval costs nothing', () => {
    expect(after(700, 'deferral')).toBe(700);
  });

  test('never leaves 0 to 1000', () => {
    expect(after(30, 'failure', 'failure')).toBe(0);
    expect(after(995, 'success')).toBe(1000);
  });
});
