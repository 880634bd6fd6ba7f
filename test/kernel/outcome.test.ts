import { describe, expect, test } from 'vitest';
import { disallowed, failedRun } from '../../host/kernel/outcome.ts';
import { performedOf } from '../../host/kernel/performed.ts';
import type { GuestErrorCode } from '../../host/ports.ts';

describe('outcome classes', () => {
  test.each([
    ['denied', 'refusal'],
    ['limit', 'failure'],
    ['not-found', 'capability-missing'],
    ['timeout', 'timeout'],
    ['unavailable', 'no-response'],
    ['unknown', 'no-response'],
  ] as const)('a call that ends in %s is of class %s', (error: GuestErrorCode, name) => {
    expect(performedOf({ ok: false, error, message: 'm' })).toEqual({ class: name, error, value: null, message: 'm' });
  });

  test('a bound of time is a timeout, any other a failure, and both name the bound', () => {
    const run = (bound: 'fuel' | 'deadlineMs') => failedRun({ kind: 'bound', bound, message: 'm', fuel: 1 });
    expect(run('deadlineMs')).toMatchObject({ class: 'timeout', bound: 'deadlineMs', reason: 'bound:deadlineMs' });
    expect(run('fuel')).toMatchObject({ class: 'failure', bound: 'fuel', reason: 'bound:fuel' });
  });

  test("the handler's own error keeps its message and stack", () => {
    expect(failedRun({ kind: 'error', message: 'm', stack: 's', fuel: 1 })).toMatchObject({
      class: 'failure',
      reason: 'handler-error',
      message: 'm',
      value: { stack: 's' },
    });
  });

  test('a refused component is a failure with the code of its refusal', () => {
    expect(failedRun({ kind: 'refused', code: 'component.import', message: 'm' })).toMatchObject({
      class: 'failure',
      reason: 'component.import',
    });
  });

  test('a deferral waits for what policy says; a rejection waits for nothing', () => {
    const verdict = { policies: ['node:p'], reason: null, constraints: null };
    const wake = { tag: 'signal', name: 'approval' } as const;
    expect(disallowed('execution', { ...verdict, verdict: 'defer', wake })).toMatchObject({ class: 'deferral', wake });
    expect(disallowed('execution', { ...verdict, verdict: 'reject', wake: null })).toMatchObject({
      class: 'refusal',
      reason: 'policy',
      wake: null,
    });
  });
});
