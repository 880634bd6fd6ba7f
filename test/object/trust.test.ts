import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findLargeBreak,
  FIRST_CONTINUITY,
  LARGE_BREAK,
  LOSS_WINDOW,
  nextContinuity,
  nextTrust,
  TRUST_START,
  weighCycle,
} from '../../host/object/trust.ts';
import type { Continuity } from '../../host/object/trust.ts';
import type { ActionName, OutcomeBody, OutcomeClass } from '../../host/object/model.ts';
import { outcome } from './builder.ts';

const of = (name: OutcomeClass, changes: Partial<OutcomeBody> = {}): OutcomeBody =>
  outcome({ class: name, ...changes });

function after(trust: number, ...classes: OutcomeClass[]): number {
  return classes.reduce((value, name) => nextTrust(value, of(name)), trust);
}

const TRAP = of('failure', { reason: 'trap' });

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
    expect(nextTrust(1000, of('failure', { reason: 'bound:fuel', bound: 'fuel' }))).toBe(800);
    expect(nextTrust(1000, TRAP)).toBe(800);
  });

  test('sleeping, waking and waiting for an approval neither cost nor earn', () => {
    expect(after(700, 'deferral')).toBe(700);
    for (const action of ['dormancy', 'reentry'] as const) expect(nextTrust(700, of('success', { action }))).toBe(700);
  });

  test('a refusal costs where the handler asked for what it may not, and not where a node would not ask or wake it', () => {
    expect(nextTrust(700, of('refusal'))).toBe(680);
    expect(nextTrust(700, of('refusal', { action: null, reason: 'policy-missing' }))).toBe(700);
    expect(nextTrust(700, of('refusal', { action: 'reentry', reason: 'policy' }))).toBe(700);
  });

  test('never leaves 0 to 1000', () => {
    expect(after(30, 'failure', 'failure')).toBe(0);
    expect(after(995, 'success')).toBe(1000);
  });
});

describe('continuity', () => {
  const run = (...outcomes: OutcomeBody[]): Continuity => outcomes.reduce(nextContinuity, FIRST_CONTINUITY);

  test('counts what was earned since the last break, and passes over sleep', () => {
    const sleep = of('success', { action: 'dormancy' });
    expect(run(of('success'), sleep, of('deferral'), of('partial')).over).toBe(2);
    expect(run(of('success'), of('refusal'), of('success')).over).toBe(1);
    expect(run(TRAP).over).toBe(0);
  });

  test('remembers what the last 16 weighed cycles cost', () => {
    const many = Array.from({ length: LOSS_WINDOW }, () => of('success'));
    expect(run(TRAP, ...many.slice(1)).losses).toEqual([200, ...Array<number>(15).fill(0)]);
    expect(run(TRAP, ...many).losses).toEqual(Array(16).fill(0));
  });

  test('two traps are a large break until they are 16 weighed cycles old, a low slope is one until it is earned back', () => {
    const good = (count: number) => Array.from({ length: count }, () => of('success'));
    expect(findLargeBreak(800, run(TRAP))).toBeNull();
    expect(findLargeBreak(600, run(TRAP, TRAP))).toEqual({ slope: 600, lost: 400 });
    expect(findLargeBreak(740, run(TRAP, TRAP, ...good(14)))).not.toBeNull();
    expect(findLargeBreak(750, run(TRAP, TRAP, ...good(15)))).toBeNull();
    expect(findLargeBreak(299, run(...good(16)))).toEqual({ slope: 299, lost: 0 });
    expect(findLargeBreak(300, run(...good(16)))).toBeNull();
  });
});

const outcomes = fc.array(
  fc
    .record({
      class: fc.constantFrom<OutcomeClass>(
        'success',
        'partial',
        'failure',
        'deferral',
        'refusal',
        'timeout',
        'latency',
        'no-response',
        'node-loss',
        'capability-missing',
      ),
      action: fc.constantFrom<(ActionName | null)[]>(
        null,
        'execution',
        'dormancy',
        'reentry',
        'termination',
        'mutation',
      ),
      reason: fc.constantFrom(null, 'trap', 'policy'),
      bound: fc.constantFrom(null, 'fuel'),
    })
    .map((changes) => outcome(changes)),
  { maxLength: 60 },
);

describe('whatever happened', () => {
  test('the slope stays within its bounds, never rises by more than 10 a cycle, and falls exactly where trust breaks', () => {
    fc.assert(
      fc.property(outcomes, fc.integer({ min: 0, max: 1000 }), (history, start) => {
        history.reduce((slope, body) => {
          const next = nextTrust(slope, body);
          expect(next).toBeGreaterThanOrEqual(0);
          expect(next).toBeLessThanOrEqual(1000);
          expect(next - slope).toBeLessThanOrEqual(10);
          if (weighCycle(body).kind !== 'break') expect(next).toBeGreaterThanOrEqual(slope);
          else expect(next < slope || next === 0).toBe(true);
          return next;
        }, start);
      }),
    );
  });

  test('to come back from a large break takes at least as many cycles as the slope or the window demand', () => {
    fc.assert(
      fc.property(outcomes, outcomes, (before, later) => {
        let slope = TRUST_START;
        let continuity: Continuity = FIRST_CONTINUITY;
        const step = (body: OutcomeBody): void => {
          slope = nextTrust(slope, body);
          continuity = nextContinuity(continuity, body);
        };
        before.forEach(step);
        if (findLargeBreak(slope, continuity) === null) return;
        const needed = Math.ceil((LARGE_BREAK.slope - slope) / 10);
        let earned = 0;
        for (const body of later) {
          step(body);
          if (weighCycle(body).kind === 'earned') earned++;
          if (findLargeBreak(slope, continuity) !== null) continue;
          expect(earned).toBeGreaterThanOrEqual(Math.max(1, needed));
          return;
        }
      }),
    );
  });

  test('continuity is what the last break left', () => {
    fc.assert(
      fc.property(outcomes, (history) => {
        const weights = history.map((body) => weighCycle(body).kind);
        const since = weights.slice(weights.lastIndexOf('break') + 1).filter((kind) => kind === 'earned').length;
        expect(history.reduce(nextContinuity, FIRST_CONTINUITY).over).toBe(since);
      }),
    );
  });
});
